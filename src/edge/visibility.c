/* edge/visibility.c -- who may see a user, as JSON says it. */
#include "edge/visibility.h"

#include "base/limits.h"
#include "edge/token.h"

/* In the order of enum visibility. */
static const char *const names[] = {"friends", "public", "nobody", "only", "except"};
enum { MODES = sizeof names / sizeof names[0] };

const char *visibility_name(enum visibility mode) { return names[mode]; }

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

kith_err visibility_read(kith_slice payload, struct rule *r, struct buf *sorted, const char **why)
{
    static const char no_mode[] =
        "visibility needs a mode: friends, public, nobody, only or except";
    struct json object, ids;
    struct buf listed = {0};
    if (json_parse(payload, &object) || object.type != JSON_OBJECT || json_unique_keys(object))
        return bad(no_mode, why);
    if (!mode_of(object, &r->visibility)) return bad(no_mode, why);
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
