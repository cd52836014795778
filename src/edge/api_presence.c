/* edge/api_presence.c -- who is online, as the server sees it or as one of its users does. */
#include "edge/api_state.h"

#include "base/ids.h"
#include "edge/token.h"
#include "edge/visibility.h"
#include "shard/by_home.h"
#include "shard/list.h"

/* `ids` are listed, `others` looked up and left out: who may not be seen costs what others cost. */
static void ask_homes(struct edge *e, kith_slice ids, kith_slice others)
{
    struct world *w = e->ctx->world;
    struct by_home listed = {0}, dropped = {0};
    for (kith_slice id; ids_next(&ids, &id);)
        ids_put(&listed.of[world_home(w, id)], id);
    for (kith_slice id; ids_next(&others, &id);)
        ids_put(&dropped.of[world_home(w, id)], id);
    for (unsigned home = 0; home < w->o.count; home++) {
        struct buf *a = &listed.of[home], *b = &dropped.of[home];
        bool failed = a->failed || b->failed;
        if (a->len + b->len == 0 && !failed) continue;
        struct mail *m = failed ? NULL : api_call(CALL_PRESENCE, buf_slice(a), buf_slice(b));
        if (m) m->device = !e->exchange->viewed;
        api_call_home(e, home, m);
    }
    by_home_fini(&listed, w->o.count);
    by_home_fini(&dropped, w->o.count);
}

/* The store has said whom the viewer may see. */
static void presence_seen(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct buf ids = x->a, others = x->b;
    x->a = x->b = (struct buf){0};
    x->number = 0;
    x->done = x->route->done;
    ask_homes(e, buf_slice(&ids), buf_slice(&others));
    buf_fini(&ids);
    buf_fini(&others);
}

/* As a viewer the store is asked first; else a NULL ptr. */
static void begin(struct edge *e, kith_slice ids, kith_slice viewer)
{
    if (!viewer.ptr) {
        ask_homes(e, ids, (kith_slice){0});
        return;
    }
    e->exchange->viewed = true;
    e->exchange->done = presence_seen;
    api_call_store(e, api_call(CALL_VISIBLE, viewer, ids));
}

void api_presence_get(struct edge *e)
{
    struct buf scratch = {0}, ids = {0};
    kith_slice viewer;
    ids_put(&ids, e->exchange->user);
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
    json_put_quoted(&json, x->user);
    buf_puts(&json, x->a.len ? ",\"online\":true,\"metas\":" : ",\"online\":false,\"metas\":");
    put_metas(&json, buf_slice(&x->a));
    if (!x->viewed) {
        buf_puts(&json, ",\"hidden\":");
        put_metas(&json, buf_slice(&x->b));
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
        api_problem(
            e, 400, "bad_query",
            "send {\"ids\":[..]} with at most 10000 user ids, and perhaps \"as\", the id of "
            "one who looks");
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
    put_list(&json, buf_slice(&x->a));
    if (!x->viewed) {
        buf_puts(&json, ",\"hidden\":");
        put_list(&json, buf_slice(&x->b));
    }
    buf_puts(&json, "}\n");
    api_respond(e, 200, &json);
    buf_fini(&json);
}
