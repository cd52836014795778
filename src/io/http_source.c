/* io/http_source.c -- whom a user watches, as the application says over HTTP. */
#include "io/http_source.h"

#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"
#include "io/http_thread.h"
#include "wire/json.h"

#include <stdio.h>
#include <stdlib.h>

#define WAIT_MS 60000 /* at most: an answer wakes, and so does the end of patience */

struct http_source {
    const struct tables_options *o;
    struct mailbox *to;
    struct http_thread *thread;
    struct mail *asked[SOURCE_CONNECTIONS_MAX]; /* by reader; NULL: it asks nobody */
};

bool http_source_is_url(const char *url)
{
    kith_slice s = slice_str(url);
    return url && (slice_starts(s, KITH_LIT("http://")) || slice_starts(s, KITH_LIT("https://")));
}

/* What is said and answered */

static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '~';
}

/* A dot, too, is written so, since a segment of dots is another path. */
static void put_segment(struct buf *out, kith_slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (is_plain(id.ptr[i]))
            buf_putc(out, id.ptr[i]);
        else
            buf_printf(out, "%%%02X", id.ptr[i]);
}

/* With its terminator. Of nobody: only whether anybody answers. */
static void put_url(struct buf *out, const char *url, kith_slice user)
{
    kith_slice base = slice_str(url);
    if (base.ptr[base.len - 1] == '/') base.len--;
    buf_put(out, base);
    buf_puts(out, user.len ? "/users/" : "/");
    put_segment(out, user);
    if (user.len) buf_puts(out, "/friends");
    buf_putc(out, 0);
}

static kith_slice id_of(struct json one, struct buf *scratch)
{
    if (one.type == JSON_STRING) return json_text(one, scratch);
    bool whole = one.type == JSON_NUMBER;
    for (size_t i = 0; whole && i < one.raw.len; i++)
        whole = one.raw.ptr[i] >= '0' && one.raw.ptr[i] <= '9';
    return whole ? one.raw : (kith_slice){0};
}

kith_err http_source_ids(kith_slice body, struct buf *out, bool *cut)
{
    struct json object, list, one;
    struct buf ids = {0}, sorted = {0}, scratch = {0};
    uint32_t count = 0;
    *cut = false;
    if (json_parse(body, &object) || json_get(object, "friends", &list) || list.type != JSON_ARRAY)
        return KITH_BAD;
    for (struct json_walk walk = json_walk(list); json_next(&walk, NULL, &one);) {
        kith_slice id = id_of(one, &scratch);
        if (token_user_valid(id)) ids_put(&ids, id);
        ids.failed |= scratch.failed;
    }
    kith_err e = ids.failed ? KITH_NOMEM : ids_put_sorted(&sorted, buf_slice(&ids));
    kith_slice rest = buf_slice(&sorted);
    for (kith_slice id; !e && ids_next(&rest, &id) && !(*cut = count == SOURCE_EDGES_MAX); count++)
        ids_put(out, id);
    buf_fini(&ids);
    buf_fini(&sorted);
    buf_fini(&scratch);
    return !e && out->failed ? KITH_NOMEM : e;
}

/* KITH_IO: it is lost; whoever is asked about next will not be told, either. KITH_BAD: it does not
 * say of this user. 404: the user is nobody, and has no friends. */
static kith_err judge(const struct http_got *got, kith_slice user, struct buf *ids, bool *cut,
                      kith_problem *why)
{
    *cut = false;
    if (got->e)
        return problem(got->e == KITH_NOMEM ? KITH_NOMEM : KITH_IO, why, "%s", got->why.text);
    if (got->status >= 500) return problem(KITH_IO, why, "it answers %d", got->status);
    if (user.len == 0 || got->status == 404) return KITH_OK;
    if (got->status == 401 || got->status == 403)
        return problem(KITH_BAD, why, "it answers %d: is source.key_file one that it takes?",
                       got->status);
    if (got->status != 200) return problem(KITH_BAD, why, "it answers %d", got->status);
    kith_err e = http_source_ids(buf_slice(&got->body), ids, cut);
    return e ? problem(e, why, "its answer is no {\"friends\":[..]} of ids") : KITH_OK;
}

static kith_err ask(struct http_gets *http, const struct tables_options *o, uint32_t number,
                    kith_slice user)
{
    struct buf url = {0}, key = {0};
    buf_put(&key, o->key);
    buf_putc(&key, 0);
    put_url(&url, o->url, user);
    bool good = !url.failed && !key.failed;
    kith_err e = !good
                     ? KITH_NOMEM
                     : http_gets_ask(http, &(struct http_get){
                                               .number = number,
                                               .url = (const char *)url.ptr,
                                               .ca_file = o->ca_file,
                                               .bearer = o->key.len ? (const char *)key.ptr : NULL,
                                               .patience_ms = o->call_ms,
                                               .bytes_max = SOURCE_ANSWER_BYTES});
    buf_fini(&url);
    buf_fini(&key);
    return e;
}

/* The thread */

/* Whoever asked hears of it in any case. */
static void answer(struct http_source *h, unsigned reader, kith_err e, const char *why,
                   const struct buf *ids, bool cut)
{
    struct mail *m = h->asked[reader];
    struct mail *a = mail_new(MAIL_READ, mail_a(m), e ? (kith_slice){0} : buf_slice(ids),
                              slice_str(e ? why : ""));
    h->asked[reader] = NULL;
    if (a) {
        a->serial = m->serial;
        mail_free(m);
    } else {
        a = m;
        a->b_len = a->c_len = 0;
        e = KITH_NOMEM;
    }
    a->failed = e != KITH_OK;
    a->lost = e == KITH_IO;
    a->cut = cut;
    a->from = (uint8_t)reader;
    mailbox_post_one(h->to, a);
}

/* Somebody listens, so that it may be this user alone of whom nothing can be said: a list that is
 * too long, or takes too long. Others are not to be refused for that. */
static bool may_be_of_one(const struct http_got *got, kith_slice user)
{
    return user.len > 0 && got->e != KITH_NONE;
}

static void take_answer(void *ctx, struct http_got *got)
{
    struct http_source *h = ctx;
    struct buf ids = {0};
    bool cut;
    kith_problem why = {""};
    kith_slice user = mail_a(h->asked[got->number]);
    kith_err e = judge(got, user, &ids, &cut, &why);
    if (e == KITH_IO && may_be_of_one(got, user)) e = KITH_BAD;
    answer(h, got->number, e, why.text, &ids, cut);
    buf_fini(&ids);
    buf_fini(&got->body);
}

static void take_mail(void *ctx, struct http_gets *http, struct mail *m)
{
    struct http_source *h = ctx;
    unsigned reader = m->from;
    h->asked[reader] = m;
    if (ask(http, h->o, reader, mail_a(m)) != KITH_OK)
        answer(h, reader, KITH_NOMEM, "out of memory", NULL, false);
}

kith_err http_source_start(const struct tables_options *o, struct mailbox *to,
                           struct http_source **out)
{
    struct http_source *h = calloc(1, sizeof *h);
    if (!h) return KITH_NOMEM;
    *h = (struct http_source){.o = o, .to = to};
    kith_err e = http_thread_start(
        &(struct http_thread_options){
            .name = "source", .mail = take_mail, .answer = take_answer, .ctx = h},
        &h->thread);
    if (e)
        free(h);
    else
        *out = h;
    return e;
}

void http_source_stop(struct http_source *h)
{
    if (!h) return;
    http_thread_stop(h->thread);
    for (unsigned i = 0; i < SOURCE_CONNECTIONS_MAX; i++)
        mail_free(h->asked[i]);
    free(h);
}

void http_source_read(struct http_source *h, unsigned reader, struct mail *m)
{
    m->from = (uint8_t)reader;
    http_thread_post(h->thread, m);
}

/* Before it starts */

kith_err http_source_check(const struct tables_options *o, kith_problem *why)
{
    static const kith_slice nobody = KITH_LIT("kith");
    struct http_gets *http = http_gets_new();
    struct http_got got = {0};
    struct buf ids = {0};
    kith_problem what = {""};
    bool cut;
    kith_err e = http ? ask(http, o, 0, nobody) : KITH_NOMEM;
    while (!e && !http_gets_next(http, &got))
        http_gets_wait(http, NULL, 0, WAIT_MS);
    if (!e) e = judge(&got, nobody, &ids, &cut, &what);
    http_gets_free(http);
    buf_fini(&got.body);
    buf_fini(&ids);
    if (e == KITH_BAD)
        return problem(
            e, why,
            "source.url: %s to GET .../users/kith/friends; of a user who is nobody it is to "
            "say {\"friends\":[]}, or 404, and source.key_file is to be one that it takes",
            what.text);
    return e ? problem(e, why, "source.url: the application cannot be reached: %s", what.text)
             : KITH_OK;
}
