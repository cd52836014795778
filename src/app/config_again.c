/* app/config_again.c -- a config made of others: copied, read again, or put together. */
#include "app/config_again.h"

#include <stdio.h>
#include <string.h>

static bool is_in(const struct config_key *k, const struct config_setting *s, enum config_part part)
{
    switch (part) {
    case CONFIG_ALL: return true;
    case CONFIG_LATER: return s->line == 0 && !s->earlier;
    case CONFIG_LIVE: return config_key_is_live(k);
    case CONFIG_FIXED: return !config_key_is_live(k);
    }
    return false;
}

/* `section` is of a named one; NULL: each key of the top knows its own. */
static kith_err copy_scope(struct kith_config *to, const char *section,
                           const struct config_scope *from, enum config_part part,
                           kith_problem *why)
{
    kith_err e = KITH_OK;
    for (int i = 0; i < config_keys_count && !e; i++) {
        const struct config_key *k = &config_keys[i];
        const struct config_setting *s = &from->settings[i];
        if (s->text && is_in(k, s, part))
            e = config_put(to, section ? section : k->section, k->name, s->text, 0, why);
    }
    return e;
}

/* A section that holds nothing is one, too. */
static kith_err copy_named(struct kith_config *to, const struct kith_config *from,
                           enum config_group group, enum config_part part, kith_problem *why)
{
    kith_err e = KITH_OK;
    bool whole = part == CONFIG_ALL || part == CONFIG_LIVE;
    for (unsigned i = 0; i < config_count(from, group) && !e; i++) {
        char section[64];
        const char *name = config_name_at(from, group, i);
        (void)snprintf(section, sizeof section, "%s %s", config_group_word(group), name);
        if (whole) e = config_put_section(to, group, name, 0, why);
        if (!e) e = copy_scope(to, section, config_scope_at(from, group, i), part, why);
    }
    return e;
}

kith_err config_copy(struct kith_config *to, const struct kith_config *from, enum config_part part,
                     kith_problem *why)
{
    kith_err e = copy_scope(to, NULL, &from->top, part, why);
    for (enum config_group g = CONFIG_TOKENS; g < CONFIG_GROUPS && !e; g++)
        e = copy_named(to, from, g, part, why);
    return e;
}

static kith_err begin(struct kith_config **out, kith_problem *why)
{
    *out = kith_config_new();
    return *out ? KITH_OK : problem(KITH_NOMEM, why, "out of memory");
}

static kith_err end(kith_err e, struct kith_config **out)
{
    if (!e) return KITH_OK;
    kith_config_free(*out);
    *out = NULL;
    return e;
}

kith_err config_again(const struct kith_config *c, struct kith_config **out, kith_problem *why)
{
    kith_err e = begin(out, why);
    if (!c->file) return end(e ? e : config_copy(*out, c, CONFIG_ALL, why), out);
    if (!e) e = config_copy(*out, c->before, CONFIG_ALL, why);
    if (!e) e = kith_config_load(*out, c->file, why);
    if (!e) e = config_copy(*out, c, CONFIG_LATER, why);
    return end(e, out);
}

kith_err config_taken_up(const struct kith_config *runs, const struct kith_config *said,
                         struct kith_config **out, kith_problem *why)
{
    kith_err e = begin(out, why);
    if (!e) e = config_copy(*out, runs, CONFIG_FIXED, why);
    if (!e) e = config_copy(*out, said, CONFIG_LIVE, why);
    return end(e, out);
}

/* Where each setting was said. The sections stand in the same order. */
static void copy_marks(struct kith_config *to, const struct kith_config *from)
{
    for (enum config_group g = CONFIG_TOP; g < CONFIG_GROUPS; g++)
        for (unsigned i = 0; i < config_count(from, g); i++) {
            struct config_scope *t = config_scope_at(to, g, i);
            const struct config_scope *f = config_scope_at(from, g, i);
            t->line = f->line;
            for (int key = 0; key < config_keys_count; key++) {
                t->settings[key].line = f->settings[key].line;
                t->settings[key].earlier = f->settings[key].earlier;
            }
        }
}

kith_err config_clone(const struct kith_config *c, struct kith_config **out, kith_problem *why)
{
    kith_err e = begin(out, why);
    if (!e) e = config_copy(*out, c, CONFIG_ALL, why);
    if (!e && c->before) e = config_clone(c->before, &(*out)->before, why);
    if (!e && c->file && !((*out)->file = strdup(c->file)))
        e = problem(KITH_NOMEM, why, "out of memory");
    if (!e) copy_marks(*out, c);
    return end(e, out);
}
