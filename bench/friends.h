/* bench/friends.h -- who is whose friend, as in a social network: all mutual, anywhere among the
 * others, and with a heavy tail. Most have some dozens, a few thousands. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct friends {
    uint32_t users;
    uint64_t edges; /* each friendship is two */
    uint64_t *from; /* users + 1 of them: */
    uint32_t *list; /* [from[u], from[u + 1]) are u's friends, ascending */
};

/* The same for the same numbers. Each has `mean` on average, and at most `most`; a few less, where
 * chance names somebody twice. 4 bytes an edge; twice as much while it is made. */
void friends_init(struct friends *f, uint32_t users, double mean, uint32_t most, uint64_t seed);
void friends_fini(struct friends *f);

/* One more user, the last, who watches nobody and whom so many of the others watch, anywhere among
 * them. Returns its number. */
uint32_t friends_add_star(struct friends *f, uint32_t watchers, uint64_t seed);

static inline uint32_t friends_count(const struct friends *f, uint32_t user)
{
    return (uint32_t)(f->from[user + 1] - f->from[user]);
}
static inline const uint32_t *friends_of(const struct friends *f, uint32_t user)
{
    return f->list + f->from[user];
}
bool friends_has(const struct friends *f, uint32_t user, uint32_t other); /* O(log friends) */

/* So many friends have those who have fewer than `part` (0 to 1) of all others. O(users). */
uint32_t friends_quantile(const struct friends *f, double part);
