/* io/webhook.c -- the thread that sends events to the back end. */
#include "io/webhook.h"

#include "base/limits.h"
#include "edge/token_signature.h"
#include "io/http_thread.h"
#include "io/system.h"
#include "wire/base64.h"

#include <stdio.h>
#include <stdlib.h>

struct webhook {
    struct hook_options o;
    struct mailbox *to;
    struct http_thread *thread;
    struct mail *under_way;
};

kith_err webhook_sign(kith_slice secret, kith_slice id, uint64_t unix_s, kith_slice body,
                      char out[WEBHOOK_SIGNATURE_BYTES])
{
    uint8_t mac[TOKEN_MAC_BYTES_MAX];
    struct buf text = {0};
    buf_put(&text, id);
    buf_printf(&text, ".%llu.", (unsigned long long)unix_s);
    buf_put(&text, body);
    size_t len = text.failed ? 0 : token_mac(TOKEN_HS256, secret, buf_slice(&text), mac);
    buf_fini(&text);
    if (!len) return KITH_NOMEM;
    memcpy(out, "v1,", 3);
    base64_encode(slice_of(mac, len), out + 3);
    out[3 + base64_len(len)] = 0;
    return KITH_OK;
}
_Static_assert(WEBHOOK_SIGNATURE_BYTES == 3 + 44 + 1, "of 32 bytes");

/* Whoever gave it hears of it in any case; without memory, not why. */
static void tell_failed(struct webhook *h, struct mail *m, const char *why)
{
    struct mail *a = mail_new(MAIL_HOOK, (kith_slice){0}, slice_str(why), (kith_slice){0});
    if (a) {
        mail_free(m);
    } else {
        a = m;
        a->a_len = a->b_len = a->c_len = 0;
    }
    a->failed = true;
    a->status = 0;
    mailbox_post_one(h->to, a);
}

static void tell_status(struct webhook *h, struct mail *m, int status)
{
    m->a_len = m->b_len = m->c_len = 0;
    m->failed = false;
    m->status = (uint64_t)status;
    mailbox_post_one(h->to, m);
}

static void post(struct webhook *h, struct http_gets *http, struct mail *m)
{
    char id[80], at[48], signature[32 + WEBHOOK_SIGNATURE_BYTES], mac[WEBHOOK_SIGNATURE_BYTES];
    uint64_t unix_s = system_now().unix_ms / 1000;
    kith_err e = webhook_sign(h->o.secret, mail_a(m), unix_s, mail_c(m), mac);
    (void)snprintf(id, sizeof id, "webhook-id: %.*s", (int)m->a_len, (const char *)mail_a(m).ptr);
    (void)snprintf(at, sizeof at, "webhook-timestamp: %llu", (unsigned long long)unix_s);
    (void)snprintf(signature, sizeof signature, "webhook-signature: %s", mac);
    const char *const headers[] = {id, at, signature, "content-type: application/json", NULL};
    if (!e)
        e = http_gets_ask(http, &(struct http_get){.url = h->o.url,
                                                   .ca_file = h->o.ca_file,
                                                   .headers = headers,
                                                   .posts = true,
                                                   .body = mail_c(m),
                                                   .patience_ms = h->o.call_ms,
                                                   .bytes_max = HOOK_ANSWER_BYTES});
    if (e)
        tell_failed(h, m, "out of memory");
    else
        h->under_way = m;
}

/* An answer of more than it is read counts by its status: what it says besides nobody asked for. */
static void take_answer(void *ctx, struct http_got *got)
{
    struct webhook *h = ctx;
    struct mail *m = h->under_way;
    h->under_way = NULL;
    buf_fini(&got->body);
    if (got->e && got->e != KITH_FULL)
        tell_failed(h, m, got->why.text);
    else
        tell_status(h, m, got->status);
}

static void take_mail(void *ctx, struct http_gets *http, struct mail *m)
{
    struct webhook *h = ctx;
    if (h->under_way)
        tell_failed(h, m, "one at a time");
    else
        post(h, http, m);
}

kith_err webhook_start(const struct hook_options *o, struct mailbox *to, struct webhook **out)
{
    struct webhook *h = calloc(1, sizeof *h);
    if (!h) return KITH_NOMEM;
    *h = (struct webhook){.o = *o, .to = to};
    kith_err e = http_thread_start(
        &(struct http_thread_options){
            .name = "hook", .mail = take_mail, .answer = take_answer, .ctx = h},
        &h->thread);
    if (e)
        free(h);
    else
        *out = h;
    return e;
}

void webhook_stop(struct webhook *h)
{
    if (!h) return;
    http_thread_stop(h->thread);
    mail_free(h->under_way);
    free(h);
}

void webhook_post(struct webhook *h, struct mail *m) { http_thread_post(h->thread, m); }
