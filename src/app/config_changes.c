/* app/config_changes.c -- in what one config differs from another, for people to read. */
#include "app/config_changes.h"

#include <stdio.h>
#include <string.h>

/* One section of both. */
struct pair {
    const struct config_scope *was, *now;
    const void *was_values, *now_values;
    const char *name; /* "token app"; NULL: the top ones */
};

static const char *text_of(const struct config_scope *s, int key)
{
    const char *text = s->settings[key].text ? s->settings[key].text : config_keys[key].initial;
    return text ? text : "";
}

static kith_slice bytes_of(const void *values, const struct config_key *k)
{
    return *(const kith_slice *)((const char *)values + k->offset);
}

static bool holds_bytes(const struct config_key *k)
{
    return k->type == CONFIG_SECRET_FILE || k->type == CONFIG_PUBLIC_FILE;
}

/* A file of the same name may hold something else by now. */
static bool is_other_inside(const struct pair *p, int key)
{
    const struct config_key *k = &config_keys[key];
    return holds_bytes(k) && p->was->settings[key].text && p->now->settings[key].text &&
           !slice_eq(bytes_of(p->was_values, k), bytes_of(p->now_values, k));
}

static void put_name(struct buf *out, const struct pair *p, const struct config_key *k)
{
    if (p->name)
        buf_printf(out, "[%s] %s", p->name, k->name);
    else
        buf_printf(out, "%s.%s", k->section, k->name);
}

static const char *shown(const char *text) { return *text ? text : "nothing"; }

static unsigned put_change(struct buf *out, const struct pair *p, int key)
{
    const struct config_key *k = &config_keys[key];
    const char *was = text_of(p->was, key), *now = text_of(p->now, key);
    bool same = strcmp(was, now) == 0, inside = is_other_inside(p, key);
    if (same && !inside) return 0;
    put_name(out, p, k);
    if (same)
        buf_puts(out, ": the file holds something else\n");
    else if (config_key_is_private(k))
        buf_puts(out, !*was ? " is new\n" : !*now ? " is gone\n" : " is another\n");
    else
        buf_printf(out, " = %s, was %s\n", shown(now), shown(was));
    return 1;
}

static unsigned put_scope(struct buf *out, const struct pair *p, enum config_group group, bool live)
{
    unsigned n = 0;
    for (int i = 0; i < config_keys_count; i++)
        if (config_key_group(&config_keys[i]) == group &&
            config_key_is_live(&config_keys[i]) == live)
            n += put_change(out, p, i);
    return n;
}

/* As with strchr: the values are only looked at. */
static const void *values(const struct kith_config *c, enum config_group group, int at)
{
    return config_values_at((struct kith_config *)c, group, (unsigned)at);
}

static unsigned put_section(struct buf *out, const struct kith_config *was,
                            const struct kith_config *now, enum config_group group,
                            const char *name)
{
    char called[64];
    int a = config_find_section(was, group, name), b = config_find_section(now, group, name);
    (void)snprintf(called, sizeof called, "%s %s", config_group_word(group), name);
    if (a < 0 || b < 0) {
        buf_printf(out, "[%s] is %s\n", called, a < 0 ? "new" : "gone");
        return 1;
    }
    const struct pair p = {.was = config_scope_at(was, group, (unsigned)a),
                           .now = config_scope_at(now, group, (unsigned)b),
                           .was_values = values(was, group, a),
                           .now_values = values(now, group, b),
                           .name = called};
    return put_scope(out, &p, group, true);
}

static unsigned put_group(struct buf *out, const struct kith_config *was,
                          const struct kith_config *now, enum config_group group)
{
    unsigned n = 0;
    for (unsigned i = 0; i < config_count(was, group); i++)
        n += put_section(out, was, now, group, config_name_at(was, group, i));
    for (unsigned i = 0; i < config_count(now, group); i++)
        if (config_find_section(was, group, config_name_at(now, group, i)) < 0)
            n += put_section(out, was, now, group, config_name_at(now, group, i));
    return n;
}

unsigned config_changes(const struct kith_config *was, const struct kith_config *now, bool live,
                        struct buf *out)
{
    const struct pair top = {
        .was = &was->top, .now = &now->top, .was_values = &was->now, .now_values = &now->now};
    unsigned n = put_scope(out, &top, CONFIG_TOP, live);
    for (enum config_group g = CONFIG_TOKENS; live && g < CONFIG_GROUPS; g++)
        n += put_group(out, was, now, g);
    return n;
}
