/* io/hook.c -- the thread that sends events to the back end. */
#include "io/hook.h"

#include "base/limits.h"
#include "edge/token_signature.h"
#include "io/http_gets.h"
#include "io/system.h"
#include "wire/base64.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define IDLE_MS 60000 /* it is woken for what there is to do */

struct hook {
    struct hook_options o;
    struct mailbox box, *to;
    struct http_gets *http;
    struct mail *under_way;
    pthread_t thread;
    atomic_bool stop;
};

kith_err hook_sign(kith_slice secret, kith_slice id, uint64_t unix_s, kith_slice body,
                   char out[HOOK_SIGNATURE_BYTES])
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
_Static_assert(HOOK_SIGNATURE_BYTES == 3 + 44 + 1, "of 32 bytes");

static void tell(struct hook *h, struct mail *m)
{
    struct mail_queue q = {0};
    mail_append(&q, m);
    mailbox_post(h->to, &q);
}

/* Whoever gave it hears of it in any case; without memory, not why. */
static void tell_failed(struct hook *h, struct mail *m, const char *why)
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
    tell(h, a);
}

static void tell_status(struct hook *h, struct mail *m, int status)
{
    m->a_len = m->b_len = m->c_len = 0;
    m->failed = false;
    m->status = (uint64_t)status;
    tell(h, m);
}

static void post(struct hook *h, struct mail *m)
{
    char id[80], at[48], signature[32 + HOOK_SIGNATURE_BYTES], mac[HOOK_SIGNATURE_BYTES];
    uint64_t unix_s = system_now().unix_ms / 1000;
    kith_err e = hook_sign(h->o.secret, mail_a(m), unix_s, mail_c(m), mac);
    (void)snprintf(id, sizeof id, "webhook-id: %.*s", (int)m->a_len, (const char *)mail_a(m).ptr);
    (void)snprintf(at, sizeof at, "webhook-timestamp: %llu", (unsigned long long)unix_s);
    (void)snprintf(signature, sizeof signature, "webhook-signature: %s", mac);
    const char *const headers[] = {id, at, signature, "content-type: application/json", NULL};
    if (!e)
        e = http_gets_ask(h->http, &(struct http_get){.url = h->o.url,
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
static void take_answer(struct hook *h, struct http_got *got)
{
    struct mail *m = h->under_way;
    h->under_way = NULL;
    buf_fini(&got->body);
    if (got->e && got->e != KITH_FULL)
        tell_failed(h, m, got->why.text);
    else
        tell_status(h, m, got->status);
}

static void take_mail(struct hook *h)
{
    struct mail_queue in = mailbox_take(&h->box);
    for (struct mail *m; (m = mail_take(&in));) {
        if (h->under_way)
            tell_failed(h, m, "one at a time");
        else
            post(h, m);
    }
}

static void *run(void *arg)
{
    struct hook *h = arg;
    struct http_got got;
    while (!atomic_load_explicit(&h->stop, memory_order_acquire)) {
        take_mail(h);
        while (http_gets_next(h->http, &got))
            take_answer(h, &got);
        http_gets_wait(h->http, &h->box.event_fd, 1, IDLE_MS);
    }
    return NULL;
}

static void hook_free(struct hook *h)
{
    mail_free(h->under_way);
    http_gets_free(h->http);
    if (h->box.event_fd >= 0) mailbox_fini(&h->box);
    free(h);
}

kith_err hook_start(const struct hook_options *o, struct mailbox *to, struct hook **out)
{
    struct hook *h = calloc(1, sizeof *h);
    if (!h) return KITH_NOMEM;
    h->o = *o;
    h->to = to;
    h->box.event_fd = -1;
    atomic_init(&h->stop, false);
    kith_err e = mailbox_init(&h->box);
    if (e) h->box.event_fd = -1;
    h->http = e ? NULL : http_gets_new();
    if (!e && !h->http) e = KITH_NOMEM;
    if (!e && pthread_create(&h->thread, NULL, run, h) != 0) e = KITH_IO;
    if (e)
        hook_free(h);
    else
        *out = h;
    return e;
}

void hook_stop(struct hook *h)
{
    if (!h) return;
    atomic_store_explicit(&h->stop, true, memory_order_release);
    mailbox_wake(&h->box);
    pthread_join(h->thread, NULL);
    hook_free(h);
}

void hook_post(struct hook *h, struct mail *m)
{
    struct mail_queue q = {0};
    mail_append(&q, m);
    mailbox_post(&h->box, &q);
}
