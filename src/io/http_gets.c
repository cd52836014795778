/* io/http_gets.c -- questions to several HTTP servers at once. */
#include "io/http_gets.h"

#include "io/http_curl.h"

#include <stdio.h>
#include <stdlib.h>

struct asking {
    struct asking *next;
    CURL *curl;
    struct curl_slist *headers;
    size_t bytes_max;
    bool full, for_command;
    struct http_got got;
};

struct http_gets {
    CURLM *multi;
    struct asking *first;
};

static void asking_free(struct http_gets *g, struct asking *a)
{
    if (a->curl) (void)curl_multi_remove_handle(g->multi, a->curl);
    curl_easy_cleanup(a->curl);
    curl_slist_free_all(a->headers);
    buf_fini(&a->got.body);
    free(a);
}

struct http_gets *http_gets_new(void)
{
    struct http_gets *g = calloc(1, sizeof *g);
    if (g && !(g->multi = curl_multi_init())) {
        free(g);
        return NULL;
    }
    return g;
}

void http_gets_free(struct http_gets *g)
{
    if (!g) return;
    for (struct asking *a = g->first, *next; a; a = next) {
        next = a->next;
        asking_free(g, a);
    }
    (void)curl_multi_cleanup(g->multi);
    free(g);
}

/* curl's write callback: returning less than came stops it. */
static size_t take_piece(char *bytes, size_t one, size_t len, void *ctx)
{
    struct asking *a = ctx;
    (void)one;
    a->full = a->got.body.len + len > a->bytes_max;
    if (!a->full) buf_put(&a->got.body, slice_of(bytes, len));
    return a->full || a->got.body.failed ? 0 : len;
}

static bool add_header(struct asking *a, const char *line)
{
    struct curl_slist *more = curl_slist_append(a->headers, line);
    if (more) a->headers = more;
    return more != NULL;
}

static bool add_key(struct asking *a, const char *bearer)
{
    char *line = NULL;
    if (!bearer) return true;
    if (asprintf(&line, "Authorization: Bearer %s", bearer) < 0) return false;
    bool good = add_header(a, line);
    free(line);
    return good;
}

/* A wait for "100 Continue" would cost a second with a server that does not say so. */
static bool add_headers(struct asking *a, const struct http_get *get)
{
    bool good = add_key(a, get->bearer) && (!get->posts || add_header(a, "Expect:"));
    for (const char *const *line = get->headers; good && line && *line; line++)
        good = add_header(a, *line);
    return good && curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers) == CURLE_OK;
}

static void set_body(struct asking *a, const struct http_get *get)
{
    if (!get->posts) return;
    (void)curl_easy_setopt(a->curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(a->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)get->body.len);
    (void)curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS,
                           get->body.len ? get->body.ptr : (const uint8_t *)"");
}

static bool set_up(struct asking *a, const struct http_get *get)
{
    a->curl = curl_easy_init();
    if (!a->curl || !http_curl_set_up(a->curl, get->url, get->ca_file) || !add_headers(a, get))
        return false;
    set_body(a, get);
    (void)curl_easy_setopt(a->curl, CURLOPT_PRIVATE, a);
    (void)curl_easy_setopt(a->curl, CURLOPT_TIMEOUT_MS, (long)get->patience_ms);
    (void)curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, take_piece);
    (void)curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, a);
    return true;
}

kith_err http_gets_ask(struct http_gets *g, const struct http_get *get)
{
    struct asking *a = calloc(1, sizeof *a);
    if (!a) return KITH_NOMEM;
    a->bytes_max = get->bytes_max;
    a->for_command = get->for_command;
    a->got.number = get->number;
    if (!set_up(a, get) || curl_multi_add_handle(g->multi, a->curl) != CURLM_OK) {
        asking_free(g, a);
        return KITH_NOMEM;
    }
    a->next = g->first;
    g->first = a;
    return KITH_OK;
}

static void judge(struct asking *a, CURLcode code)
{
    struct http_got *got = &a->got;
    long status = 0;
    (void)curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    got->status = (int)status;
    if (a->full)
        got->e = problem(KITH_FULL, &got->why, "the answer has more than %zu bytes", a->bytes_max);
    else if (got->body.failed)
        got->e = problem(KITH_NOMEM, &got->why, "out of memory");
    else if (code != CURLE_OK)
        got->e = http_curl_explain(code, a->for_command, &got->why);
}

/* Takes it out of those that are under way. */
static void unlist(struct http_gets *g, const struct asking *a)
{
    struct asking **at = &g->first;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
}

bool http_gets_next(struct http_gets *g, struct http_got *out)
{
    int left;
    struct asking *a = NULL;
    const CURLMsg *m;
    (void)curl_multi_perform(g->multi, &left);
    do
        m = curl_multi_info_read(g->multi, &left);
    while (m && m->msg != CURLMSG_DONE);
    if (!m || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&a) != CURLE_OK || !a)
        return false;
    judge(a, m->data.result);
    unlist(g, a);
    *out = a->got;
    a->got.body = (struct buf){0};
    asking_free(g, a);
    return true;
}

void http_gets_wait(struct http_gets *g, const int *fds, unsigned count, uint32_t ms)
{
    struct curl_waitfd waits[4] = {{0}};
    for (unsigned i = 0; i < count; i++)
        waits[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
    (void)curl_multi_poll(g->multi, waits, count, (int)ms, NULL);
}
