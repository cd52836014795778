/* edge/api_graph.c -- the REST API's changes of who may see whom, and who sees a user. */
#include "edge/api_state.h"

#include "base/ids.h"
#include "edge/visibility.h"

static void change(struct edge *e, enum rule_kind kind, bool on)
{
    const struct api_exchange *x = e->exchange;
    struct rule r = {.kind = kind, .user = x->asked.user, .other = x->asked.other, .on = on};
    api_call_store(e, rule_mail(&r, (kith_slice){0}));
}

void api_watches_put(struct edge *e) { change(e, RULE_WATCH, true); }
void api_watches_delete(struct edge *e) { change(e, RULE_WATCH, false); }
void api_friends_put(struct edge *e) { change(e, RULE_FRIENDS, true); }
void api_friends_delete(struct edge *e) { change(e, RULE_FRIENDS, false); }
void api_blocks_put(struct edge *e) { change(e, RULE_BLOCK, true); }
void api_blocks_delete(struct edge *e) { change(e, RULE_BLOCK, false); }

/* Visibility */

void api_visibility_get(struct edge *e)
{
    api_call_store(e, api_call(CALL_VISIBILITY, e->exchange->asked.user, (kith_slice){0}));
}

void api_visibility_got(struct edge *e)
{
    struct buf json = {0};
    const struct api_exchange *x = e->exchange;
    visibility_put_json(&json, (enum visibility)(x->got.number & 0xff), buf_slice(&x->got.a));
    if (!json.failed) json.len--; /* the brace */
    buf_printf(&json, ",\"last_seen\":\"%s\"}\n",
               last_seen_name((enum last_seen)(x->got.number >> 8)));
    api_respond(e, 200, &json);
    buf_fini(&json);
}

/* The change holds: what is answered is all that stands now. */
static void visibility_kept(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    x->got.number = 0;
    x->done = x->route->done;
    api_visibility_get(e);
}

void api_visibility_put(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct rule r = {.user = x->asked.user};
    struct json object;
    struct visibility_said said;
    struct buf ids = {0};
    const char *why;
    if (!api_object(e, &object)) return;
    visibility_take(object, &said);
    kith_err err = visibility_read(&said, &r, &ids, &why);
    x->done = visibility_kept;
    if (err == KITH_BAD)
        api_problem(e, 400, "bad_visibility", why);
    else if (err)
        api_failed(e, err);
    else
        api_call_store(e, rule_mail(&r, (kith_slice){0}));
    buf_fini(&ids);
}

/* Audience */

void api_audience_get(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct buf viewer_bytes = {0}, after_bytes = {0};
    kith_slice viewer, after;
    bool good = api_query_id(e, "viewer", &viewer_bytes, &viewer) &&
                api_query_id(e, "after", &after_bytes, &after);
    if (good && viewer.ptr && after.ptr) {
        api_problem(e, 400, "bad_parameter", "viewer asks for one verdict: there is none after it");
    } else if (good) {
        buf_put(&x->got.c, viewer); /* for its answer, which has no such part */
        api_call_store(e, viewer.ptr ? api_call(CALL_VERDICT, x->asked.user, viewer)
                                     : api_call(CALL_AUDIENCE, x->asked.user, after));
    }
    buf_fini(&viewer_bytes);
    buf_fini(&after_bytes);
}

static void put_member(struct buf *json, const char *name, kith_slice text)
{
    buf_printf(json, "\"%s\":", name);
    json_put_quoted(json, text);
}

static const char *flag(bool value) { return value ? "true" : "false"; }

static void put_rule(struct buf *json, enum audience_rule rule)
{
    buf_printf(json, "\"sees\":%s,\"rule\":\"%s\"", flag(rule == AUDIENCE_SEES),
               audience_rule_text(rule));
}

/* What one of the two has said of the other. */
static void put_stance(struct buf *json, const char *whose, const struct stance *s)
{
    buf_printf(json,
               "\"%s\":{\"watches\":%s,\"blocks\":%s,\"visibility\":\"%s\",\"lists\":%s,"
               "\"beyond\":%s}",
               whose, flag(s->watches), flag(s->blocks), visibility_name(s->visibility),
               flag(s->lists), flag(s->beyond));
}

static void put_reasons(struct buf *json, uint64_t of)
{
    static const char *const reciprocity[] = {
        [RECIPROCITY_OFF] = "off", [RECIPROCITY_ON] = "on", [RECIPROCITY_GIVEN] = "given"};
    struct stance viewer = stance_of_byte((uint8_t)of), user = stance_of_byte((uint8_t)(of >> 8));
    buf_puts(json, ",\"said\":{");
    put_stance(json, "viewer", &viewer);
    buf_putc(json, ',');
    put_stance(json, "user", &user);
    buf_printf(json, "},\"reciprocity\":\"%s\"", reciprocity[of >> 16 & 3]);
}

static void put_verdict(struct buf *json, kith_slice viewer, uint64_t rules)
{
    enum audience_rule asked = (enum audience_rule)(rules >> 8 & 0xff);
    put_member(json, "viewer", viewer);
    buf_putc(json, ',');
    put_rule(json, (enum audience_rule)(rules & 0xff));
    buf_printf(json, ",\"if_asked\":{\"sees\":%s,\"rule\":\"%s\"}", flag(asked == AUDIENCE_SEES),
               audience_rule_text(asked));
    put_reasons(json, rules >> 16);
}

static void put_watchers(struct buf *json, const struct api_exchange *x)
{
    kith_slice rest = buf_slice(&x->got.a), id;
    buf_puts(json, "\"visibility\":");
    buf_printf(json, "\"%s\",\"watchers\":[", visibility_name((enum visibility)x->got.number));
    for (bool comma = false; ids_next(&rest, &id); comma = true) {
        buf_puts(json, comma ? ",{" : "{");
        put_member(json, "id", id);
        buf_putc(json, ',');
        put_rule(json, (enum audience_rule)rest.ptr[0]);
        buf_putc(json, '}');
        rest = slice_from(rest, 1);
    }
    buf_puts(json, "],\"next\":");
    if (x->got.b.len)
        json_put_quoted(json, buf_slice(&x->got.b));
    else
        buf_puts(json, "null");
}

void api_audience_got(struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    kith_slice viewer = buf_slice(&x->got.c);
    struct buf json = {0};
    buf_putc(&json, '{');
    put_member(&json, "user", x->asked.user);
    buf_putc(&json, ',');
    if (viewer.len)
        put_verdict(&json, viewer, x->got.number);
    else
        put_watchers(&json, x);
    buf_puts(&json, "}\n");
    api_respond(e, 200, &json);
    buf_fini(&json);
}

/* Each node reads for the users that it has. */
void api_refresh_post(struct edge *e)
{
    if (!e->ctx->world->reads_tables)
        api_problem(e, 404, "no_source",
                    "this server has no [source]: friends are changed here, by PUT and DELETE");
    else
        api_call_all(e, CALL_REFRESH, e->exchange->asked.user, (kith_slice){0}, (kith_slice){0});
}
