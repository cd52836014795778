/* io/tickets.h -- the keys that seal TLS session tickets (RFC 5077, RFC 8446 section 4.6.1), by
 * which a client that comes back spares both sides most of a handshake. They live in memory only,
 * and a new one takes over every TICKET_KEY_MS: who finds one later opens no more than was sealed
 * with it. For all threads. */
#pragma once

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TICKET_NAME_BYTES = 16 };

struct ticket_key {
    uint8_t name[TICKET_NAME_BYTES]; /* by which its tickets are told from others' */
    uint8_t cipher[32], mac[32];
};

struct tickets {
    pthread_mutex_t lock;
    struct ticket_key now, before;
    uint64_t since_ms; /* when `now` took over; mono */
    bool any_before;   /* `before` still opens tickets */
};

void tickets_init(struct tickets *t, uint64_t now_ms);
void tickets_fini(struct tickets *t); /* leaves nothing of the keys */

/* What seals a ticket at `now_ms`. The copy is to be cleansed. */
void tickets_seal(struct tickets *t, uint64_t now_ms, struct ticket_key *out);

/* What opens the ticket of this name. KITH_EXPIRED: its client is to be given a new one. KITH_NONE:
 * nothing does. */
KITH_MUST_USE kith_err tickets_open(struct tickets *t, uint64_t now_ms,
                                    const uint8_t name[TICKET_NAME_BYTES], struct ticket_key *out);
