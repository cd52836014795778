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

void visibility_take(struct json object, struct visibility_said *out)
{
    static const char *const members[] = {"session", "last_seen", "mode", "ids", NULL};
    struct json value[4] = {0};
    uint32_t count;
    kith_err e = json_members(object, members, value, &count);
    *out = (struct visibility_said){value[0], value[1], value[2], value[3], e ? 0 : count};
}

kith_err visibility_word(const struct visibility_said *said, struct json value,
                         const char *const words[], unsigned *which)
{
    if (!value.raw.ptr) return KITH_NONE;
    if (said->members != 1 || value.type != JSON_STRING) return KITH_BAD;
    for (*which = 0; words[*which]; ++*which)
        if (json_text_is(value, slice_str(words[*which]))) return KITH_OK;
    return KITH_BAD;
}

static bool mode_of(struct json mode, enum visibility *out)
{
    if (mode.type != JSON_STRING) return false;
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
        bool fits = id.raw.len <= JSON_WRITTEN_MAX(USER_ID_BYTES_MAX) && ++count <= max;
        e = id.type == JSON_STRING && fits ? KITH_OK : KITH_BAD;
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

static kith_err read_mode(const struct visibility_said *said, struct rule *r, struct buf *sorted,
                          const char **why)
{
    struct buf listed = {0};
    if (said->members == 0 || !mode_of(said->mode, &r->visibility))
        return bad(visibility_no_mode, why);
    bool lists = r->visibility >= VISIBILITY_ONLY;
    if (lists != (said->ids.raw.ptr != NULL) || (lists && said->ids.type != JSON_ARRAY))
        return bad("only and except list ids, and no other mode does", why);
    kith_err e = lists ? ids_read(said->ids, CHOSEN_MAX, &listed) : KITH_OK;
    if (!e) e = ids_put_sorted(sorted, buf_slice(&listed));
    if (e) *why = e == KITH_BAD ? "ids are at most 5000 user ids" : "server busy, try again";
    buf_fini(&listed);
    r->ids = buf_slice(sorted);
    return e;
}

kith_err visibility_read(const struct visibility_said *said, struct rule *r, struct buf *sorted,
                         const char **why)
{
    unsigned which;
    kith_err e = visibility_word(said, said->last_seen, lasts, &which);
    r->kind = RULE_VISIBILITY;
    if (e == KITH_NONE) return read_mode(said, r, sorted, why);
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
