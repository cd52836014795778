/* edge/visibility.c -- who may see a user, as JSON says it. */
#include "edge/visibility.h"

#include "base/limits.h"
#include "edge/token.h"

/* In the order of enum visibility. */
static const char *const names[] = {"friends", "public", "nobody", "only", "except"};
enum { MODES = sizeof names / sizeof names[0] };

/* In the order of enum last_seen. */
static const char *const lasts[] = {"off", "coarse", "exact", NULL};

const char visibility_no_mode[] =
    "visibility needs a mode: friends, public, nobody, only or except";

const char *visibility_name(enum visibility mode) { return names[mode]; }

const char *last_seen_name(enum last_seen how) { return lasts[how]; }

kith_err visibility_word(struct json object, const char *key, const char *const words[],
                         unsigned *which)
{
    struct json said, name, value;
    if (json_get(object, key, &said) == KITH_NONE) return KITH_NONE;
    struct json_walk walk = json_walk(object);
    bool alone = json_next(&walk, &name, &value) && !json_next(&walk, &name, &value);
    if (!alone || said.type != JSON_STRING) return KITH_BAD;
    for (*which = 0; words[*which]; ++*which)
        if (json_text_is(said, slice_str(words[*which]))) return KITH_OK;
    return KITH_BAD;
}

static bool mode_of(struct json object, enum visibility *out)
{
    struct json mode;
    if (json_get(object, "mode", &mode) != KITH_OK || mode.type != JSON_STRING) return false;
    for (size_t i = 0; i < MODES; i++)
        if (json_text_is(mode, slice_str(names[i]))) {
            *out = (enum visibility)i;
            return true;
        }
    return false;
}

kith_err ids_read(struct json array, uint32_t max, struct buf *out)
{
    struct json_walk walk = json_walk(array);
    struct buf text = {0};
    uint32_t count = 0;
    kith_err e = KITH_OK;
    for (struct json id; !e && json_next(&walk, NULL, &id);) {
        e = id.type == JSON_STRING && ++count <= max ? KITH_OK : KITH_BAD;
        kith_slice user = e ? (kith_slice){0} : json_text(id, &text);
        if (!e && text.failed) e = KITH_NOMEM;
        if (!e && !token_user_valid(user)) e = KITH_BAD;
        if (!e) ids_put(out, user);
    }
    buf_fini(&text);
    return !e && out->failed ? KITH_NOMEM : e;
}

static kith_err bad(const char *what, const char **why)
{
    *why = what;
    return KITH_BAD;
}

static kith_err read_mode(struct json object, struct rule *r, struct buf *sorted, const char **why)
{
    struct json ids;
    struct buf listed = {0};
    if (json_unique_keys(object) || !mode_of(object, &r->visibility))
        return bad(visibility_no_mode, why);
    bool lists = r->visibility >= VISIBILITY_ONLY;
    kith_err e = json_get(object, "ids", &ids);
    if (lists != (e == KITH_OK) || (lists && ids.type != JSON_ARRAY))
        return bad("only and except list ids, and no other mode does", why);
    e = lists ? ids_read(ids, CHOSEN_MAX, &listed) : KITH_OK;
    if (!e) e = ids_put_sorted(sorted, buf_slice(&listed));
    if (e) *why = e == KITH_BAD ? "ids are at most 5000 user ids" : "server busy, try again";
    buf_fini(&listed);
    r->ids = buf_slice(sorted);
    return e;
}

kith_err visibility_read(struct json object, struct rule *r, struct buf *sorted, const char **why)
{
    unsigned which;
    kith_err e = visibility_word(object, "last_seen", lasts, &which);
    r->kind = RULE_VISIBILITY;
    if (e == KITH_NONE) return read_mode(object, r, sorted, why);
    if (e) return bad("last_seen is off, coarse or exact, and stands alone", why);
    r->kind = RULE_LAST_SEEN;
    r->last_seen = (enum last_seen)which;
    return KITH_OK;
}

static void put_ids(struct buf *out, kith_slice ids)
{
    bool comma = false;
    buf_putc(out, '[');
    for (kith_slice id; ids_next(&ids, &id); comma = true) {
        if (comma) buf_putc(out, ',');
        json_put_quoted(out, id);
    }
    buf_putc(out, ']');
}

void visibility_put_json(struct buf *out, enum visibility mode, kith_slice ids)
{
    buf_printf(out, "{\"mode\":\"%s\"", names[mode]);
    if (mode >= VISIBILITY_ONLY) {
        buf_puts(out, ",\"ids\":");
        put_ids(out, ids);
    }
    buf_putc(out, '}');
}
