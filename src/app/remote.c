/* app/remote.c -- a request to a server's API, as a command makes it. */
#include "app/remote.h"

#include "app/commands.h"
#include "base/limits.h"
#include "edge/api_key.h"
#include "io/file.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define PATIENCE_S 60 /* a server's own bound of an answer is far below */

void remote_init(struct remote *r, const struct target *t, const char *command)
{
    *r = (struct remote){.target = t, .command = command};
}

void remote_fini(struct remote *r)
{
    buf_fini(&r->path);
    buf_fini(&r->body);
    buf_fini(&r->reply.body);
}

/* A dot is encoded, too: segments of nothing else would be resolved on the way. */
void remote_put_id(struct remote *r, kith_slice id)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~";
    for (size_t i = 0; i < id.len; i++)
        if (memchr(plain, id.ptr[i], sizeof plain - 1))
            buf_putc(&r->path, id.ptr[i]);
        else
            buf_printf(&r->path, "%%%02X", id.ptr[i]);
}

void remote_user(struct remote *r, const char *id)
{
    buf_clear(&r->path);
    buf_puts(&r->path, "/users/");
    remote_put_id(r, slice_str(id));
}

int remote_key(const struct remote *r, struct buf *key)
{
    const char *path = r->target->key_file;
    bool exposed;
    kith_problem why;
    if (!path) return EX_OK;
    if (file_read(path, API_SECRET_BYTES_MAX + 2, key, &exposed, &why) != KITH_OK)
        return complain(EX_NOINPUT, r->command, "%s", why.text);
    while (key->len && (key->ptr[key->len - 1] == '\n' || key->ptr[key->len - 1] == '\r'))
        key->len--;
    if (!key->len || !api_secret_sendable(buf_slice(key)))
        return complain(EX_CONFIG, r->command,
                        "%.200s holds no key, which is one line of visible characters; it is the "
                        "file that secret_file of a [key NAME] names",
                        path);
    if (exposed)
        return complain(EX_CONFIG, r->command,
                        "everybody may read %.200s; make it private: chmod 600 %.200s", path, path);
    buf_putc(key, '\0');
    return key->failed ? complain(EX_OSERR, r->command, "out of memory") : EX_OK;
}

static int nobody_there(const struct remote *r, const kith_problem *why)
{
    const struct target *t = r->target;
    return complain(EX_UNAVAILABLE, r->command, "no server answers at %s: %s; start kith serve%s%s",
                    t->api, why->text,
                    t->guessed ? ", or say --api URL if its API is elsewhere" : "",
                    t->either ? ", or say --data DIR" : "");
}

static int broken_off(const struct remote *r, kith_err e, const kith_problem *why)
{
    switch (e) {
    case KITH_NONE: return nobody_there(r, why);
    case KITH_BAD:
        return complain(EX_USAGE, r->command,
                        "--api %s will not do; write it as http://127.0.0.1:4001", r->target->api);
    case KITH_NOMEM: return complain(EX_OSERR, r->command, "out of memory");
    case KITH_REFUSED: return EX_IOERR;
    default: return complain(EX_IOERR, r->command, "%s: %s", r->target->api, why->text);
    }
}

static int locked(const struct remote *r)
{
    const char *file = r->target->key_file;
    return complain(
        EX_NOPERM, r->command,
        "the server at %s %s%s; say --key-file FILE, with the secret of a [key NAME] of "
        "its config (`kith config init kith.conf` makes one, kith.conf.key; where there is none, "
        "add it and reload: SIGHUP)",
        r->target->api, file ? "does not know the key in " : "asks for a key", file ? file : "");
}

static int code_of(int status)
{
    switch (status) {
    case 403: return EX_NOPERM;
    case 404:
    case 405:
    case 501: return EX_UNAVAILABLE;
    case 429: return EX_TEMPFAIL;
    case 500: return EX_SOFTWARE;
    case 507: return EX_IOERR;
    default: return status < 500 ? EX_DATAERR : EX_TEMPFAIL;
    }
}

/* As io/tls_conn.c has it. */
static bool speaks_tls(const struct remote *r)
{
    return r->reply.status == 400 &&
           slice_starts(buf_slice(&r->reply.body), KITH_LIT("this port speaks TLS"));
}

int remote_garbled(const struct remote *r)
{
    if (speaks_tls(r))
        return complain(EX_PROTOCOL, r->command, "%s: this port speaks TLS; say --api https://...",
                        r->target->api);
    return complain(EX_PROTOCOL, r->command,
                    "%s answers %d, and what it says cannot be read; is that the API of a kith of "
                    "this version, and not its port for clients? The API's is 4001 unless said",
                    r->target->api, r->reply.status);
}

/* A member of a problem object; empty: it has none. */
static kith_slice text_of(struct json problem, const char *name, struct buf *scratch)
{
    struct json value;
    bool there = json_get(problem, name, &value) == KITH_OK && value.type == JSON_STRING;
    return there ? json_text(value, scratch) : KITH_LIT("");
}

int remote_problem(const struct remote *r, int status, kith_slice text)
{
    struct json problem;
    struct buf title_bytes = {0}, detail_bytes = {0};
    if (json_parse(text, &problem) != KITH_OK || problem.type != JSON_OBJECT)
        return remote_garbled(r);
    kith_slice title = text_of(problem, "title", &title_bytes);
    kith_slice detail = text_of(problem, "detail", &detail_bytes);
    if (title.len && !detail.len) detail = KITH_LIT("the server says no");
    int code = detail.len ? complain(code_of(status), r->command, "%s%s%.*s (%d %.*s)",
                                     r->about ? r->about : "", r->about ? ": " : "",
                                     (int)detail.len, (const char *)detail.ptr, status,
                                     (int)title.len, (const char *)title.ptr)
                          : remote_garbled(r);
    buf_fini(&title_bytes);
    buf_fini(&detail_bytes);
    return code;
}

/* What the status says; 2xx is well. */
static int judge(const struct remote *r)
{
    int status = r->reply.status;
    if (status >= 200 && status < 300) return EX_OK;
    if (status == 401) return locked(r);
    return remote_problem(r, status, buf_slice(&r->reply.body));
}

/* The base may end with a slash. NULL: out of memory. */
static char *url_of(const struct remote *r)
{
    const char *api = r->target->api;
    size_t len = strlen(api);
    char *url = NULL;
    while (len && api[len - 1] == '/')
        len--;
    if (r->path.failed || asprintf(&url, "%.*s/v1%.*s", (int)len, api, (int)r->path.len,
                                   (const char *)r->path.ptr) < 0)
        return NULL;
    return url;
}

static int perform(struct remote *r, struct http_call *call)
{
    kith_problem why = {""};
    char *url = url_of(r);
    buf_fini(&r->reply.body);
    call->url = url;
    call->ca_file = r->target->ca_file;
    call->patience_s = PATIENCE_S;
    kith_err e = url && !r->body.failed ? http_client_call(call, &r->reply, &why) : KITH_NOMEM;
    free(url);
    if (e) return broken_off(r, e, &why);
    if (!r->told) target_tell(r->target, r->command);
    r->told = true;
    return judge(r);
}

int remote_stream(struct remote *r, struct http_call call)
{
    struct buf key = {0};
    int code = remote_key(r, &key);
    call.bearer = key.len ? (const char *)key.ptr : NULL;
    if (!code) code = perform(r, &call);
    if (key.ptr) OPENSSL_cleanse(key.ptr, key.len);
    buf_fini(&key);
    return code;
}

int remote_call(struct remote *r, const char *method)
{
    return remote_stream(r,
                         (struct http_call){.method = method,
                                            .content_type = r->body.len ? "application/json" : NULL,
                                            .body = buf_slice(&r->body)});
}

int remote_object(struct remote *r, struct json *out)
{
    bool good = json_parse(buf_slice(&r->reply.body), out) == KITH_OK && out->type == JSON_OBJECT;
    return good ? EX_OK : remote_garbled(r);
}

int remote_sessions(struct remote *r, const char *more)
{
    struct json reply, sessions;
    uint64_t n;
    int code = remote_call(r, "POST");
    if (!code) code = remote_object(r, &reply);
    if (code) return code;
    if (json_get(reply, "sessions", &sessions) != KITH_OK || !slice_u64(sessions.raw, &n))
        return remote_garbled(r);
    (void)printf("%" PRIu64 " session%s%s\n", n, n == 1 ? "" : "s", more);
    return finish_output(EX_OK, r->command);
}
