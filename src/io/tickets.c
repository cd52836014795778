/* io/tickets.c -- the keys that seal TLS session tickets. */
#include "io/tickets.h"

#include "base/limits.h"
#include "io/system.h"

#include <string.h>

void tickets_init(struct tickets *t, uint64_t now_ms)
{
    *t = (struct tickets){.since_ms = now_ms};
    pthread_mutex_init(&t->lock, NULL);
    system_random(&t->now, sizeof t->now);
}

void tickets_fini(struct tickets *t)
{
    pthread_mutex_destroy(&t->lock);
    explicit_bzero(t, sizeof *t);
}

/* After a night without clients both may be too old. */
static void rotate(struct tickets *t, uint64_t now_ms)
{
    if (now_ms < t->since_ms + TICKET_KEY_MS) return;
    t->any_before = now_ms < t->since_ms + 2 * (uint64_t)TICKET_KEY_MS;
    t->before = t->now;
    t->since_ms = now_ms;
    system_random(&t->now, sizeof t->now);
}

void tickets_seal(struct tickets *t, uint64_t now_ms, struct ticket_key *out)
{
    pthread_mutex_lock(&t->lock);
    rotate(t, now_ms);
    *out = t->now;
    pthread_mutex_unlock(&t->lock);
}

static bool is_named(const struct ticket_key *k, const uint8_t name[TICKET_NAME_BYTES])
{
    return memcmp(k->name, name, TICKET_NAME_BYTES) == 0;
}

kith_err tickets_open(struct tickets *t, uint64_t now_ms, const uint8_t name[TICKET_NAME_BYTES],
                      struct ticket_key *out)
{
    kith_err e = KITH_NONE;
    pthread_mutex_lock(&t->lock);
    rotate(t, now_ms);
    if (is_named(&t->now, name)) {
        *out = t->now;
        e = KITH_OK;
    } else if (t->any_before && is_named(&t->before, name)) {
        *out = t->before;
        e = KITH_EXPIRED;
    }
    pthread_mutex_unlock(&t->lock);
    return e;
}
