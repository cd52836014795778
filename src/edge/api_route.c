/* edge/api_route.c -- the paths of the REST API. */
#include "edge/api_state.h"

#include "base/ids.h"
#include "edge/token.h"

static const struct api_route routes[] = {
    {"GET", "/v1/openapi.json", API_NONE, NO_BODY, api_openapi_get, NULL, NULL, NULL},
    {"GET", "/v1/live", API_READ, NO_BODY, api_live_get, api_live_got, NULL, NULL},
    {"GET", "/v1/nodes", API_READ, NO_BODY, api_nodes_get, api_nodes_got, NULL, NULL},
    {"PUT", "/v1/users/*/watches/*", API_WRITE, NO_BODY, api_watches_put, api_no_content, NULL,
     NULL},
    {"DELETE", "/v1/users/*/watches/*", API_WRITE, NO_BODY, api_watches_delete, api_no_content,
     NULL, NULL},
    {"PUT", "/v1/users/*/friends/*", API_WRITE, NO_BODY, api_friends_put, api_no_content, NULL,
     NULL},
    {"DELETE", "/v1/users/*/friends/*", API_WRITE, NO_BODY, api_friends_delete, api_no_content,
     NULL, NULL},
    {"PUT", "/v1/users/*/blocks/*", API_WRITE, NO_BODY, api_blocks_put, api_no_content, NULL, NULL},
    {"DELETE", "/v1/users/*/blocks/*", API_WRITE, NO_BODY, api_blocks_delete, api_no_content, NULL,
     NULL},
    {"GET", "/v1/users/*/visibility", API_READ, NO_BODY, api_visibility_get, api_visibility_got,
     NULL, NULL},
    {"PUT", "/v1/users/*/visibility", API_WRITE, JSON_BODY, api_visibility_put, api_visibility_got,
     NULL, "mode ids last_seen"},
    {"GET", "/v1/users/*/audience", API_READ, NO_BODY, api_audience_get, api_audience_got,
     "viewer after", NULL},
    {"GET", "/v1/users/*/presence", API_READ, NO_BODY, api_presence_get, api_presence_got, "as",
     NULL},
    {"POST", "/v1/presence/query", API_READ, JSON_BODY, api_presence_query, api_presence_queried,
     NULL, "ids as"},
    {"POST", "/v1/users/*/refresh", API_WRITE, NO_BODY, api_refresh_post, api_no_content, NULL,
     NULL},
    {"GET", "/v1/events", API_READ, NO_BODY, api_events_get, api_events_got, "after limit", NULL},
    {"POST", "/v1/graph/import", API_WRITE, GRAPH_BODY, NULL, api_import_got, "mutual", NULL},
    {"GET", "/v1/graph/export", API_READ, NO_BODY, api_export_get, api_export_got, NULL, NULL},
    {"POST", "/v1/users/*/push", API_WRITE, JSON_BODY, api_push_post, api_sessions_got, NULL,
     "event payload"},
    {"POST", "/v1/broadcast", API_WRITE, JSON_BODY, api_broadcast_post, api_sessions_got, NULL,
     "event payload"},
    {"DELETE", "/v1/users/*", API_ADMIN, NO_BODY, api_user_delete, api_no_content, "until", NULL},
    {"POST", "/v1/users/*/disconnect", API_ADMIN, JSON_BODY, api_disconnect_post, api_sessions_got,
     NULL, "until"},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static kith_slice next_segment(kith_slice *path)
{
    kith_slice text = slice_from(*path, 1);
    kith_slice segment = slice_head(text, slice_find(text, '/'));
    *path = slice_from(text, segment.len);
    return segment;
}

/* Whether the path has the form of the pattern, segment by segment. */
static bool fits(kith_slice pattern, kith_slice path)
{
    while (pattern.len && path.len) {
        kith_slice want = next_segment(&pattern), have = next_segment(&path);
        if (slice_is(want, "*") ? have.len == 0 : !slice_eq(want, have)) return false;
    }
    return pattern.len == path.len;
}

static kith_err put_names(kith_slice pattern, kith_slice path, struct buf *names)
{
    struct buf scratch = {0};
    kith_err e = KITH_OK;
    while (!e && pattern.len) {
        kith_slice id, want = next_segment(&pattern);
        e = http_segment(&path, &scratch, &id);
        if (e || !slice_is(want, "*")) continue;
        e = token_user_valid(id) ? KITH_OK : KITH_BAD;
        if (!e) ids_put(names, id);
    }
    buf_fini(&scratch);
    return !e && names->failed ? KITH_NOMEM : e;
}

/* Of all routes that fit the path. */
static void put_methods(kith_slice path, struct buf *methods)
{
    for (int i = 0; i < ROUTES; i++) {
        if (!fits(slice_str(routes[i].path), path)) continue;
        buf_puts(methods, methods->len ? ", " : "");
        buf_puts(methods, routes[i].method);
    }
}

kith_err api_route_find(const struct http_request *r, const struct api_route **out,
                        struct buf *names, struct buf *methods)
{
    for (int i = 0; i < ROUTES; i++) {
        kith_slice pattern = slice_str(routes[i].path);
        if (!slice_is(r->method, routes[i].method) || !fits(pattern, r->path)) continue;
        *out = &routes[i];
        return put_names(pattern, r->path, names);
    }
    put_methods(r->path, methods);
    return methods->failed ? KITH_NOMEM : methods->len ? KITH_REFUSED : KITH_NONE;
}

/* script/embed.py makes it of docs/openapi.json. */
extern const struct kith_page edge_openapi_pages[];

void api_openapi_get(struct edge *e)
{
    struct buf json = {0};
    buf_put(&json, edge_openapi_pages[0].bytes);
    api_respond(e, 200, &json);
    buf_fini(&json);
}
