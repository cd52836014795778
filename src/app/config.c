/* app/config.c -- a server's settings: what is said of each, and what holds. */
#include "app/config_state.h"

#include "app/config_value.h"
#include "base/assert.h"
#include "io/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1 << 20) /* of a kith.conf: all keys with their explanations have 6 KiB */

static bool is_token(const struct config_key *k) { return strcmp(k->section, "token") == 0; }

static void scope_fini(struct config_scope *s)
{
    for (int i = 0; i < CONFIG_KEYS; i++) {
        free(s->settings[i].text);
        free(s->settings[i].bytes);
    }
}

static void config_fini(struct kith_config *c)
{
    scope_fini(&c->top);
    for (unsigned i = 0; i < c->now.key_count; i++)
        scope_fini(&c->tokens[i]);
    free(c->file);
}

void kith_config_free(struct kith_config *c)
{
    if (!c) return;
    config_fini(c);
    free(c);
}

/* The defaults of the top sections, or of a token. The table holds none that is refused. */
static void set_defaults(void *base, bool token)
{
    for (int i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *k = &config_keys[i];
        if (is_token(k) != token || !k->initial) continue;
        kith_err e = config_value_set(k, k->initial, base, NULL, NULL);
        KITH_ASSERT(e == KITH_OK);
    }
}

struct kith_config *kith_config_new(void)
{
    struct kith_config *c = calloc(1, sizeof *c);
    if (c) set_defaults(&c->now, false);
    return c;
}

/* The place in now.keys and tokens, or -1. */
static int find_token(const struct kith_config *c, const char *name)
{
    for (unsigned i = 0; i < c->now.key_count; i++)
        if (strcmp(c->now.keys[i].name, name) == 0) return (int)i;
    return -1;
}

static kith_err make_token(struct kith_config *c, const char *name, kith_problem *why)
{
    if (c->now.key_count == TOKEN_KEYS_CONFIGURED_MAX)
        return problem(KITH_FULL, why, "more than %d [token NAME] sections; drop an old one",
                       TOKEN_KEYS_CONFIGURED_MAX);
    struct settings_key *key = &c->now.keys[c->now.key_count++];
    *key = (struct settings_key){0};
    (void)snprintf(key->name, sizeof key->name, "%s", name);
    set_defaults(key, true);
    return KITH_OK;
}

kith_err config_put_token(struct kith_config *c, const char *name, unsigned line, kith_problem *why)
{
    kith_err e = find_token(c, name) < 0 ? make_token(c, name, why) : KITH_OK;
    if (e) return e;
    struct config_scope *scope = &c->tokens[find_token(c, name)];
    if (line && scope->line)
        return problem(KITH_BAD, why, "this section stands on line %u already; join the two",
                       scope->line);
    if (line) scope->line = line;
    return KITH_OK;
}

/* Where a section's texts and values are; a token must be there. */
static void find_scope(struct kith_config *c, const char *section, struct config_scope **scope,
                       void **base)
{
    const char *token = config_token_name(section);
    int at = token ? find_token(c, token) : 0;
    KITH_ASSERT(at >= 0);
    *scope = token ? &c->tokens[at] : &c->top;
    *base = token ? (void *)&c->now.keys[at] : (void *)&c->now;
}

/* Not to be repeated on a terminal or in a log, and no value of ours has them. */
static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) return true;
    return false;
}

static kith_err check_text(const char *value, kith_problem *why)
{
    size_t len = strlen(value);
    if (len == 0) return problem(KITH_BAD, why, "is empty; write a value, or leave the line out");
    if (has_control(value))
        return problem(KITH_BAD, why, "holds a tab or control character; write plain text");
    if (len > 1 && value[0] == '"' && value[len - 1] == '"')
        return problem(KITH_BAD, why,
                       "stands in quotes, which would be part of it; write it "
                       "without");
    return KITH_OK;
}

/* What is kept as the text: a list that goes on is one with what stood before. NULL: no memory. */
static char *text_to_keep(const struct config_key *k, const struct config_setting *s,
                          const char *value, unsigned line)
{
    char *text = NULL;
    bool goes_on = k->type == CONFIG_ORIGINS && line && s->line;
    if (asprintf(&text, "%s%s%s", goes_on ? s->text : "", goes_on ? " " : "", value) < 0)
        return NULL;
    return text;
}

static kith_err put(const struct config_key *k, struct config_setting *s, void *base,
                    const char *value, unsigned line, kith_problem *why)
{
    if (line && s->line && k->type != CONFIG_ORIGINS)
        return problem(KITH_BAD, why, "stands on line %u already; keep one of them", s->line);
    kith_err e = check_text(value, why);
    if (e) return e;
    char *text = text_to_keep(k, s, value, line);
    void *bytes = NULL;
    if (!text) return problem(KITH_NOMEM, why, "out of memory");
    e = config_value_set(k, text, base, &bytes, why);
    if (e) {
        free(text);
        return e;
    }
    free(s->text);
    free(s->bytes);
    *s = (struct config_setting){text, bytes, line};
    return KITH_OK;
}

static kith_err unknown(const char *section, const char *name, kith_problem *why)
{
    if (has_control(section) || has_control(name))
        return problem(KITH_BAD, why, "no such key; `kith config init` shows them all");
    if (!config_section_known(section)) {
        const char *meant = config_section_meant(section);
        return problem(KITH_BAD, why, "no section [%.60s]; %s%s%s", section,
                       meant ? "did you mean [" : "`kith config init` shows them all",
                       meant ? meant : "", meant ? "]?" : "");
    }
    const struct config_key *meant = config_key_meant(section, name);
    bool token = meant && is_token(meant);
    return problem(KITH_BAD, why, "%.60s.%.60s: no such key; %s%s%s%s%s%s", section, name,
                   meant ? "did you mean " : "`kith config init` shows them all",
                   meant ? meant->section : "", token ? " NAME" : "", meant ? "." : "",
                   meant ? meant->name : "", meant ? "?" : "");
}

kith_err config_put(struct kith_config *c, const char *section, const char *name, const char *value,
                    unsigned line, kith_problem *why)
{
    const struct config_key *k = config_key_find(section, name);
    struct config_scope *scope;
    void *base;
    kith_problem what;
    if (!k) return unknown(section, name, why);
    const char *token = config_token_name(section);
    kith_err e = token ? config_put_token(c, token, 0, why) : KITH_OK;
    if (e) return e;
    find_scope(c, section, &scope, &base);
    e = put(k, &scope->settings[k - config_keys], base, value, line, &what);
    return e ? problem(e, why, "%s.%s: %s", section, name, what.text) : KITH_OK;
}

/* Parts "section.key" at its last dot. */
static bool split_key(const char *key, char section[64], const char **name)
{
    const char *dot = strrchr(key, '.');
    if (!dot || dot - key > 63) return false;
    (void)snprintf(section, 64, "%.*s", (int)(dot - key), key);
    *name = dot + 1;
    return true;
}

kith_err kith_config_set(struct kith_config *c, const char *key, const char *value,
                         kith_problem *why)
{
    char section[64];
    const char *name;
    if (!c || !key || !value) return problem(KITH_BAD, why, "a key or its value is missing");
    if (!split_key(key, section, &name))
        return problem(KITH_BAD, why, "a key is written section.key, as server.listen");
    return config_put(c, section, name, value, 0, why);
}

const char *kith_config_get(const struct kith_config *c, const char *key)
{
    char section[64];
    const char *name;
    if (!c || !key) return NULL;
    const struct config_key *k = split_key(key, section, &name) ? config_key_find(section, name)
                                                                : NULL;
    const char *token = k ? config_token_name(section) : NULL;
    int at = token ? find_token(c, token) : 0;
    if (!k || at < 0) return NULL;
    const struct config_scope *scope = token ? &c->tokens[at] : &c->top;
    const char *text = scope->settings[k - config_keys].text;
    return text ? text : k->initial ? k->initial : "";
}

const struct settings *kith_config_settings(const struct kith_config *c) { return &c->now; }

static kith_err copy_scope(struct kith_config *to, const char *section,
                           const struct config_scope *from, kith_problem *why)
{
    kith_err e = KITH_OK;
    for (int i = 0; i < CONFIG_KEYS && !e; i++) {
        const struct config_key *k = &config_keys[i];
        if (from->settings[i].text)
            e = config_put(to, section ? section : k->section, k->name, from->settings[i].text, 0,
                           why);
    }
    return e;
}

/* All that is set in `from`, said again: lines and file are forgotten. */
static kith_err copy_settings(struct kith_config *to, const struct kith_config *from,
                              kith_problem *why)
{
    kith_err e = copy_scope(to, NULL, &from->top, why);
    for (unsigned i = 0; i < from->now.key_count && !e; i++) {
        char section[64];
        (void)snprintf(section, sizeof section, "token %s", from->now.keys[i].name);
        e = config_put_token(to, from->now.keys[i].name, 0, why);
        if (!e) e = copy_scope(to, section, &from->tokens[i], why);
    }
    return e;
}

/* The file is read into a copy, which takes the place of `c` if all is well. */
kith_err kith_config_load(struct kith_config *c, const char *path, kith_problem *why)
{
    struct buf text = {0};
    bool exposed = false;
    if (!c || !path) return problem(KITH_BAD, why, "no file to read");
    struct kith_config *copy = kith_config_new();
    kith_err e = copy ? copy_settings(copy, c, why) : problem(KITH_NOMEM, why, "out of memory");
    if (!e) e = file_read(path, FILE_BYTES_MAX, &text, &exposed, why);
    if (!e) e = config_read(copy, path, buf_slice(&text), exposed, why);
    if (!e) {
        struct kith_config old = *c;
        *c = *copy;
        *copy = old;
    }
    buf_fini(&text);
    kith_config_free(copy);
    return e;
}
