/* app/config.c -- a server's settings: what is said of each, and what holds. */
#include "app/config_state.h"

#include "app/config_again.h"
#include "app/config_value.h"
#include "base/assert.h"
#include "io/file.h"
#include "wire/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1 << 20) /* of a kith.conf: all keys with their explanations have 6 KiB */

/* The sections of one group: what they hold, and how many there are. As with strchr, who may change
 * the config may change these. */
struct sections {
    struct config_scope *scopes;
    void *values; /* the first one's, each of `size` bytes; a name stands first in it */
    size_t size;
    unsigned *count, max;
};

static struct sections sections_of(const struct kith_config *config, enum config_group group)
{
    struct kith_config *c = (struct kith_config *)(uintptr_t)config;
    struct settings *s = &c->now;
    switch (group) {
    case CONFIG_TOKENS:
        return (struct sections){c->tokens, s->keys, sizeof s->keys[0], &s->key_count,
                                 TOKEN_KEYS_CONFIGURED_MAX};
    case CONFIG_API_KEYS:
        return (struct sections){c->api_keys, s->api_keys, sizeof s->api_keys[0], &s->api_key_count,
                                 API_KEYS_MAX};
    case CONFIG_CERTIFICATES:
        return (struct sections){c->certificates, s->certificates, sizeof s->certificates[0],
                                 &s->certificate_count, TLS_CERTIFICATES_MAX};
    default: return (struct sections){&c->top, s, sizeof *s, NULL, 1};
    }
}

unsigned config_count(const struct kith_config *c, enum config_group group)
{
    return group == CONFIG_TOP ? 1 : *sections_of(c, group).count;
}

struct config_scope *config_scope_at(const struct kith_config *c, enum config_group group,
                                     unsigned at)
{
    return &sections_of(c, group).scopes[at];
}

void *config_values_at(struct kith_config *c, enum config_group group, unsigned at)
{
    struct sections all = sections_of(c, group);
    return (char *)all.values + at * all.size;
}

_Static_assert(offsetof(struct settings_key, name) == 0 &&
                   offsetof(struct settings_api_key, name) == 0 &&
                   offsetof(struct settings_certificate, name) == 0,
               "where config_name_at finds it");

const char *config_name_at(const struct kith_config *c, enum config_group group, unsigned at)
{
    struct sections all = sections_of(c, group);
    return (const char *)all.values + at * all.size;
}

static void scope_fini(struct config_scope *s)
{
    for (int i = 0; i < config_keys_count; i++) {
        free(s->settings[i].text);
        free(s->settings[i].bytes);
    }
}

static void config_fini(struct kith_config *c)
{
    for (enum config_group g = CONFIG_TOP; g < CONFIG_GROUPS; g++)
        for (unsigned i = 0; i < config_count(c, g); i++)
            scope_fini(config_scope_at(c, g, i));
    free(c->file);
    kith_config_free(c->before);
}

void kith_config_free(struct kith_config *c)
{
    if (!c) return;
    config_fini(c);
    free(c);
}

/* The defaults of a section of this group. The table holds none that is refused. */
static void set_defaults(void *base, enum config_group group)
{
    for (int i = 0; i < config_keys_count; i++) {
        const struct config_key *k = &config_keys[i];
        if (config_key_group(k) != group || !k->initial) continue;
        kith_err e = config_value_set(k, k->initial, base, NULL, NULL);
        KITH_ASSERT(e == KITH_OK);
    }
}

struct kith_config *kith_config_new(void)
{
    struct kith_config *c = calloc(1, sizeof *c);
    if (c) set_defaults(&c->now, CONFIG_TOP);
    return c;
}

/* The place among its group's, or -1. The top sections are one. */
int config_find_section(const struct kith_config *c, enum config_group group, const char *name)
{
    if (group == CONFIG_TOP) return 0;
    for (unsigned i = 0; i < config_count(c, group); i++)
        if (strcmp(config_name_at(c, group, i), name) == 0) return (int)i;
    return -1;
}

static kith_err make_section(struct kith_config *c, enum config_group group, const char *name,
                             kith_problem *why)
{
    struct sections all = sections_of(c, group);
    unsigned at = *all.count;
    if (at == all.max)
        return problem(KITH_FULL, why, "more than %u [%s NAME] sections; drop an old one", at,
                       config_group_word(group));
    char *values = config_values_at(c, group, at); /* which begin with its name */
    (void)snprintf(values, SETTINGS_NAME_MAX + 1, "%s", name);
    set_defaults(values, group);
    *all.count = at + 1;
    return KITH_OK;
}

kith_err config_put_section(struct kith_config *c, enum config_group group, const char *name,
                            unsigned line, kith_problem *why)
{
    int at = config_find_section(c, group, name);
    if (at < 0) {
        at = (int)config_count(c, group);
        kith_err e = make_section(c, group, name, why);
        if (e) return e;
    }
    struct config_scope *scope = config_scope_at(c, group, (unsigned)at);
    if (line && scope->line)
        return problem(KITH_BAD, why, "this section stands on line %u already; join the two",
                       scope->line);
    if (line) scope->line = line;
    return KITH_OK;
}

/* Not to be repeated on a terminal or in a log, and no value of ours has them. */
static bool has_control(const char *s) { return utf8_has_control(slice_str(s)); }

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
    bool goes_on = config_key_is_list(k) && line && s->line;
    if (asprintf(&text, "%s%s%s", goes_on ? s->text : "", goes_on ? " " : "", value) < 0)
        return NULL;
    return text;
}

static kith_err put(const struct config_key *k, struct config_setting *s, void *base,
                    const char *value, unsigned line, kith_problem *why)
{
    if (line && s->line && !config_key_is_list(k))
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
    *s = (struct config_setting){.text = text, .bytes = bytes, .line = line};
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
    bool named = meant && config_key_group(meant) != CONFIG_TOP;
    return problem(KITH_BAD, why, "%.60s.%.60s: no such key; %s%s%s%s%s%s", section, name,
                   meant ? "did you mean " : "`kith config init` shows them all",
                   meant ? meant->section : "", named ? " NAME" : "", meant ? "." : "",
                   meant ? meant->name : "", meant ? "?" : "");
}

kith_err config_put(struct kith_config *c, const char *section, const char *name, const char *value,
                    unsigned line, kith_problem *why)
{
    const struct config_key *k = config_key_find(section, name);
    const char *called;
    kith_problem what;
    if (!k) return unknown(section, name, why);
    enum config_group group = config_group_of(section, &called);
    kith_err e = called ? config_put_section(c, group, called, 0, why) : KITH_OK;
    if (e) return e;
    unsigned at = (unsigned)config_find_section(c, group, called);
    struct config_setting *s = &config_scope_at(c, group, at)->settings[k - config_keys];
    e = put(k, s, config_values_at(c, group, at), value, line, &what);
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
    if (!k) return NULL;
    const char *called;
    enum config_group group = config_group_of(section, &called);
    int at = config_find_section(c, group, called);
    if (at < 0) return NULL;
    const char *text = config_scope_at(c, group, (unsigned)at)->settings[k - config_keys].text;
    return text ? text : k->initial ? k->initial : "";
}

const struct settings *kith_config_settings(const struct kith_config *c) { return &c->now; }

static void mark_earlier(struct kith_config *c)
{
    for (enum config_group g = CONFIG_TOP; g < CONFIG_GROUPS; g++)
        for (unsigned i = 0; i < config_count(c, g); i++)
            for (int key = 0; key < config_keys_count; key++)
                config_scope_at(c, g, i)->settings[key].earlier = true;
}

/* The read one takes the place of `c`, which it keeps as what stood before. */
static void replace(struct kith_config *c, struct kith_config *read)
{
    struct kith_config old = *c;
    *c = *read;
    *read = old;
    kith_config_free(read->before);
    read->before = NULL;
    c->before = read;
}

/* The file is read into a copy, so that nothing has changed if it is no good. */
kith_err kith_config_load(struct kith_config *c, const char *path, kith_problem *why)
{
    struct buf text = {0};
    bool exposed = false;
    if (!c || !path) return problem(KITH_BAD, why, "no file to read");
    struct kith_config *copy = kith_config_new();
    kith_err e = copy ? config_copy(copy, c, CONFIG_ALL, why)
                      : problem(KITH_NOMEM, why, "out of memory");
    if (!e) mark_earlier(copy);
    if (!e) e = file_read(path, FILE_BYTES_MAX, &text, &exposed, why);
    if (!e) e = config_read(copy, path, buf_slice(&text), exposed, why);
    if (e)
        kith_config_free(copy);
    else
        replace(c, copy);
    buf_fini(&text);
    return e;
}
