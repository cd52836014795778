/* edge/api_presence.c -- who is online, as the server sees it or as one of its users does. */
#include "edge/api_state.h"

#include "base/ids.h"
#include "edge/token.h"
#include "edge/visibility.h"
#include "shard/by_home.h"
#include "shard/list.h"

enum { PAGE_IDS = 200 }; /* asked of the homes at once: so much more than the bound may come */

/* Moves the next of `from`, behind *at, to their homes' lists. */
static void part(const struct world *w, const struct buf *from, size_t *at, struct by_home *to,
                 unsigned *room)
{
    kith_slice rest = slice_from(buf_slice(from), *at), id;
    for (; *room && ids_next(&rest, &id); --*room)
        ids_put(&to->of[world_home(w, id)], id);
    *at = from->len - rest.len;
}

/* Of a page of those who are left. `ids` are listed, `others` looked up and left out: who may not
 * be seen costs what others cost. */
static void ask_homes(struct edge *e)
{
    struct world *w = e->ctx->world;
    struct api_exchange *x = e->exchange;
    struct by_home listed = {0}, dropped = {0};
    unsigned room = PAGE_IDS;
    part(w, &x->people.ids, &x->people.ids_at, &listed, &room);
    part(w, &x->people.others, &x->people.others_at, &dropped, &room);
    for (unsigned home = 0; home < w->o.count; home++) {
        struct buf *a = &listed.of[home], *b = &dropped.of[home];
        bool failed = a->failed || b->failed;
        if (a->len + b->len == 0 && !failed) continue;
        struct mail *m = failed ? NULL : api_call(CALL_PRESENCE, buf_slice(a), buf_slice(b));
        if (m) m->hidden_too = !x->people.viewed;
        api_call_home(e, home, m);
    }
    by_home_fini(&listed, w->o.count);
    by_home_fini(&dropped, w->o.count);
}

/* One page of answers is there. */
static void page_got(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    if (x->got.a.len + x->got.b.len > API_ANSWER_BYTES_MAX)
        api_problem(e, 413, "too_large",
                    "the answer would have more than 16 MiB: ask for fewer users at once");
    else if (x->people.ids_at < x->people.ids.len || x->people.others_at < x->people.others.len)
        ask_homes(e);
    else
        x->route->done(e);
}

/* The store has said whom the viewer may see. */
static void presence_seen(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    x->people.ids = x->got.a;
    x->people.others = x->got.b;
    x->got.a = x->got.b = (struct buf){0};
    x->got.number = 0;
    x->done = page_got;
    ask_homes(e);
}

/* As a viewer the store is asked first; else a NULL ptr. */
static void begin(struct edge *e, kith_slice ids, kith_slice viewer)
{
    struct api_exchange *x = e->exchange;
    if (viewer.ptr) {
        x->people.viewed = true;
        x->done = presence_seen;
        api_call_store(e, api_call(CALL_VISIBLE, viewer, ids));
        return;
    }
    buf_put(&x->people.ids, ids);
    if (x->people.ids.failed) x->got.err = KITH_NOMEM;
    x->done = page_got;
    ask_homes(e);
}

void api_presence_get(struct edge *e)
{
    struct buf scratch = {0}, ids = {0};
    kith_slice viewer;
    ids_put(&ids, e->exchange->asked.user);
    if (ids.failed)
        api_failed(e, KITH_NOMEM);
    else if (api_query_id(e, "as", &scratch, &viewer))
        begin(e, buf_slice(&ids), viewer);
    buf_fini(&scratch);
    buf_fini(&ids);
}

/* The metas of the one user of whom there may be pieces. */
static void put_metas(struct buf *json, kith_slice pieces)
{
    struct kith_list list = {0};
    kith_slice user, value = KITH_LIT("{\"metas\":[]}");
    json->failed |= list_make(&list, pieces) != KITH_OK;
    if (!json->failed) (void)list_next(&list, &user, &value);
    buf_put(json, slice_head(slice_from(value, 9), value.len - 10)); /* {"metas":[..]} */
    list_fini(&list);
}

/* Hidden sessions are the operator's to know, and no viewer's. */
void api_presence_got(struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    struct buf json = {0};
    buf_puts(&json, "{\"user\":");
    json_put_quoted(&json, x->asked.user);
    buf_puts(&json, x->got.a.len ? ",\"online\":true,\"metas\":" : ",\"online\":false,\"metas\":");
    put_metas(&json, buf_slice(&x->got.a));
    if (!x->people.viewed) {
        buf_puts(&json, ",\"hidden\":");
        put_metas(&json, buf_slice(&x->got.b));
    }
    buf_puts(&json, "}\n");
    api_respond(e, 200, &json);
    buf_fini(&json);
}

/* What is asked: {"ids":[..]}, and perhaps "as":"<viewer>". */
struct query {
    struct buf ids, viewer_bytes;
    kith_slice viewer;
};

static kith_err read_ids(struct json object, struct query *q)
{
    struct json ids;
    struct buf listed = {0};
    kith_err e = json_get(object, "ids", &ids);
    if (!e) e = ids.type == JSON_ARRAY ? ids_read(ids, API_IDS_MAX, &listed) : KITH_BAD;
    if (!e) e = ids_put_sorted(&q->ids, buf_slice(&listed));
    buf_fini(&listed);
    return e;
}

static kith_err read_viewer(struct json object, struct query *q)
{
    struct json as;
    if (json_get(object, "as", &as) != KITH_OK) return KITH_OK;
    if (as.type != JSON_STRING) return KITH_BAD;
    q->viewer = json_text(as, &q->viewer_bytes);
    if (q->viewer_bytes.failed) return KITH_NOMEM;
    return token_user_valid(q->viewer) ? KITH_OK : KITH_BAD;
}

static bool read_query(struct edge *e, struct query *q)
{
    struct json object;
    if (!api_object(e, &object)) return false;
    kith_err err = read_ids(object, q);
    if (!err) err = read_viewer(object, q);
    if (err == KITH_NOMEM)
        api_failed(e, err);
    else if (err)
        api_problem(e, 400, "bad_query",
                    "send {\"ids\":[\"..\"]} with at most 10000 user ids, as texts, and perhaps "
                    "\"as\", the id of one who looks");
    return !err;
}

void api_presence_query(struct edge *e)
{
    struct query q = {0};
    if (read_query(e, &q)) begin(e, buf_slice(&q.ids), q.viewer);
    buf_fini(&q.ids);
    buf_fini(&q.viewer_bytes);
}

static void put_list(struct buf *json, kith_slice pieces)
{
    struct kith_list list = {0};
    json->failed |= list_make(&list, pieces) != KITH_OK;
    if (!json->failed) buf_put(json, list_json(&list));
    list_fini(&list);
}

void api_presence_queried(struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    struct buf json = {0};
    buf_puts(&json, "{\"presence\":");
    put_list(&json, buf_slice(&x->got.a));
    if (!x->people.viewed) {
        buf_puts(&json, ",\"hidden\":");
        put_list(&json, buf_slice(&x->got.b));
    }
    buf_puts(&json, "}\n");
    api_respond(e, 200, &json);
    buf_fini(&json);
}
