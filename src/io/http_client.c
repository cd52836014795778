/* io/http_client.c -- one request to an HTTP server, and its answer. */
#include "io/http_client.h"

#include "base/limits.h"
#include "io/file.h"
#include "io/http_curl.h"

#include <stdio.h>
#include <string.h>

/* A call on its way. */
struct calling {
    const struct http_call *call;
    struct http_reply *reply;
    CURL *curl;
    struct curl_slist *headers;
    kith_slice head; /* of the body, before its file */
    kith_err e;      /* ours, where curl only knows that it was told to stop */
    kith_problem *why;
};

/* curl's write callback: returning less than came stops it. */
static size_t take_piece(char *bytes, size_t one, size_t len, void *ctx)
{
    struct calling *c = ctx;
    long status = 0;
    (void)one;
    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (c->call->piece && status == 200) {
        bool more = c->call->piece(c->call->ctx, slice_of(bytes, len));
        if (!more) c->e = problem(KITH_REFUSED, c->why, "no more was wanted");
    } else if (c->reply->body.len + len > HTTP_REPLY_BYTES_MAX) {
        c->e =
            problem(KITH_FULL, c->why, "the answer has more than %d bytes", HTTP_REPLY_BYTES_MAX);
    } else {
        buf_put(&c->reply->body, slice_of(bytes, len));
        if (c->reply->body.failed) c->e = problem(KITH_NOMEM, c->why, "out of memory");
    }
    return c->e ? 0 : len;
}

/* curl's read callback. */
static size_t give_piece(char *at, size_t one, size_t max, void *ctx)
{
    struct calling *c = ctx;
    size_t n = c->head.len < max ? c->head.len : max;
    (void)one;
    if (n) memcpy(at, c->head.ptr, n);
    c->head = slice_from(c->head, n);
    if (n) return n;
    c->e = file_piece(c->call->body_fd, (uint8_t *)at, max, &n, c->why);
    return c->e ? CURL_READFUNC_ABORT : n;
}

static bool add_header(struct calling *c, const char *name, const char *value)
{
    char line[HTTP_LINE_BYTES_MAX];
    (void)snprintf(line, sizeof line, "%s%s", name, value);
    struct curl_slist *more = curl_slist_append(c->headers, line);
    if (more) c->headers = more;
    return more != NULL;
}

/* A wait for "100 Continue" would cost a second with a server that does not say so. */
static bool add_headers(struct calling *c)
{
    const struct http_call *call = c->call;
    return add_header(c, "Accept: application/json, ",
                      call->accept ? call->accept : "text/plain") &&
           add_header(c, "Expect:", "") &&
           (!call->content_type || add_header(c, "Content-Type: ", call->content_type)) &&
           (!call->bearer || add_header(c, "Authorization: Bearer ", call->bearer));
}

static void set_body(struct calling *c)
{
    const struct http_call *call = c->call;
    if (!call->content_type) return;
    (void)curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    if (call->from_file) {
        (void)curl_easy_setopt(c->curl, CURLOPT_READFUNCTION, give_piece);
        (void)curl_easy_setopt(c->curl, CURLOPT_READDATA, c);
    } else {
        (void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        (void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS,
                               call->body.len ? call->body.ptr : (const uint8_t *)"");
    }
}

static bool set_up(struct calling *c)
{
    bool ok = http_curl_set_up(c->curl, c->call->url, c->call->ca_file);
    (void)curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, (long)c->call->patience_s);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_piece);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    set_body(c);
    ok = ok && add_headers(c) &&
         curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, c->call->method) == CURLE_OK;
    (void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    return ok;
}

static kith_err perform(struct calling *c)
{
    long status = 0;
    if (!set_up(c)) return problem(KITH_NOMEM, c->why, "out of memory");
    CURLcode code = curl_easy_perform(c->curl);
    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    c->reply->status = (int)status;
    if (c->e) return c->e;
    return code == CURLE_OK ? KITH_OK : http_curl_explain(code, true, c->why);
}

kith_err http_client_call(const struct http_call *call, struct http_reply *out, kith_problem *why)
{
    struct calling c = {.call = call, .reply = out, .why = why, .head = call->body};
    *out = (struct http_reply){0};
    c.curl = curl_easy_init();
    if (!c.curl) return problem(KITH_NOMEM, why, "out of memory");
    kith_err e = perform(&c);
    curl_easy_cleanup(c.curl);
    curl_slist_free_all(c.headers);
    if (e) buf_fini(&out->body);
    return e;
}

/* Of https the connection alone counts, too: who answers with another certificate is there. */
bool http_client_reaches(const char *url)
{
    CURL *curl = curl_easy_init();
    if (!curl) return false;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (http_curl_set_up(curl, url, NULL) &&
        curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK)
        code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    return code == CURLE_OK || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION;
}
