/* app/top_watch.c -- nodes that are looked at over and over. */
#include "app/top_watch.h"

#include "io/system.h"

#include <stdio.h>
#include <stdlib.h>

kith_err top_begin(struct top_watch *w, const char *const *urls, unsigned count, const char *key,
                   uint32_t patience_ms)
{
    *w = (struct top_watch){
        .count = count, .key = key, .patience_ms = patience_ms, .gets = http_gets_new()};
    bool whole = w->gets != NULL;
    for (unsigned i = 0; i < count; i++) {
        struct top_node *n = &w->nodes[i];
        *n = (struct top_node){.url = urls[i],
                               .now = calloc(1, sizeof *n->now),
                               .before = calloc(1, sizeof *n->before)};
        whole = whole && n->now && n->before;
    }
    if (whole) return KITH_OK;
    top_end(w);
    return KITH_NOMEM;
}

void top_end(struct top_watch *w)
{
    http_gets_free(w->gets);
    for (unsigned i = 0; i < w->count; i++) {
        free(w->nodes[i].now);
        free(w->nodes[i].before);
    }
}

static void lose(struct top_node *n)
{
    if (!n->lost_ms) n->lost_ms = system_now().mono_ms;
}

/* The base may end with a slash. */
static kith_err ask(struct top_watch *w, uint32_t i)
{
    char *url = NULL;
    size_t len = strlen(w->nodes[i].url);
    while (len && w->nodes[i].url[len - 1] == '/')
        len--;
    if (asprintf(&url, "%.*s/metrics", (int)len, w->nodes[i].url) < 0) return KITH_NOMEM;
    kith_err e = http_gets_ask(w->gets, &(struct http_get){.number = i,
                                                           .url = url,
                                                           .ca_file = w->ca_file,
                                                           .for_command = true,
                                                           .bearer = w->key,
                                                           .patience_ms = w->patience_ms,
                                                           .bytes_max = METRICS_BYTES_MAX});
    free(url);
    return e;
}

void top_ask(struct top_watch *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (w->waits[i]) continue;
        w->waits[i] = ask(w, i) == KITH_OK;
        if (w->waits[i]) continue;
        (void)problem(KITH_NOMEM, &w->nodes[i].why, "out of memory");
        lose(&w->nodes[i]);
    }
}

static kith_err judge(struct http_got *got)
{
    if (got->e) return got->e;
    if (got->status == 200) return KITH_OK;
    if (got->status == 401)
        return problem(KITH_REFUSED, &got->why,
                       "it asks for a key, or for another one: --key-file FILE");
    if (got->status == 403)
        return problem(KITH_REFUSED, &got->why,
                       "it is not to be called by this name: see server.api_hosts");
    return problem(KITH_BAD, &got->why, "it answers %d: is that the API of a kith?", got->status);
}

static void take(struct top_node *n, struct http_got *got)
{
    kith_err e = judge(got);
    struct top_sample *spare = n->before;
    if (!e && top_read(buf_slice(&got->body), system_now().mono_ms, spare))
        e = problem(KITH_BAD, &got->why, "what it says is not of a kith: is that its API's port?");
    if (e) {
        n->why = got->why;
        lose(n);
        return;
    }
    n->before = n->now;
    n->now = spare;
    n->seen = n->seen && !n->lost_ms ? 2 : 1; /* over a gap there is no rate */
    n->lost_ms = 0;
}

void top_take(struct top_watch *w)
{
    struct http_got got;
    while (http_gets_next(w->gets, &got)) {
        w->waits[got.number] = false;
        take(&w->nodes[got.number], &got);
        buf_fini(&got.body);
    }
}

bool top_waits(const struct top_watch *w)
{
    for (unsigned i = 0; i < w->count; i++)
        if (w->waits[i]) return true;
    return false;
}

unsigned top_silent(const struct top_watch *w)
{
    unsigned n = 0;
    for (unsigned i = 0; i < w->count; i++)
        n += w->nodes[i].lost_ms != 0;
    return n;
}

void top_wait(struct top_watch *w, const int *fds, unsigned count, uint32_t ms)
{
    http_gets_wait(w->gets, fds, count, ms);
}
