/* bench/micro_store.c -- what a join asks of the store: microseconds for each user that it watches.
 * Of times, the best of some rounds is printed: the machine has other work too. With the URL of an
 * empty PostgreSQL database as its argument the same of that. */
#include "base/ids.h"
#include "io/rules.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    USERS = 10000,
    FRIENDS = 100,
    ROUNDS = 20,
    JOINS = USERS / ROUNDS, /* of one round */
};

static void must(kith_err e)
{
    if (e) die("%s", kith_err_text(e));
}

/* Of this program alone; of a server, whose work is elsewhere, the time that passes. */
static clockid_t clock_used = CLOCK_PROCESS_CPUTIME_ID;
static double spent_us(void)
{
    struct timespec t;
    clock_gettime(clock_used, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct name {
    char text[16];
};

static kith_slice name_of(struct name *n, uint32_t user)
{
    int len = snprintf(n->text, sizeof n->text, "%u", 100000 + user % USERS);
    return slice_of(n->text, (size_t)len);
}

/* Mutual, and anywhere among the others: the steps are multiples of a number without a common
 * divisor with USERS. */
static void befriend(struct store *s)
{
    struct name a, b;
    struct buf pairs = {0};
    uint64_t added;
    must(store_begin(s));
    for (uint32_t user = 0; user < USERS; user++) {
        buf_clear(&pairs);
        for (uint32_t i = 1; i <= FRIENDS / 2; i++) {
            kith_slice from = name_of(&a, user), to = name_of(&b, user + i * 97);
            ids_put(&pairs, from), ids_put(&pairs, to);
            ids_put(&pairs, to), ids_put(&pairs, from);
        }
        must(store_add_watches(s, buf_slice(&pairs), &added));
    }
    must(store_commit(s));
    buf_fini(&pairs);
}

static void ask(struct store *s, bool reciprocal, const char *what)
{
    struct name n;
    struct buf ids = {0};
    double least = 1e18;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const double begin = spent_us();
        for (uint32_t i = 0; i < JOINS; i++) {
            uint32_t count;
            kith_slice user = name_of(&n, (round * JOINS + i) * 7919);
            buf_clear(&ids);
            must(rules_watched(s, user, reciprocal, &ids, &count));
            if (count != FRIENDS) die("%u friends", count);
        }
        const double us = (spent_us() - begin) / JOINS / FRIENDS;
        if (us < least) least = us;
    }
    buf_fini(&ids);
    printf("%-48s %9.2f us\n", what, least);
}

/* Every tenth user has blocked one, every twentieth shows itself to some, all among its friends. */
static void rule(struct store *s)
{
    struct name a, b;
    bool changed;
    must(store_begin(s));
    for (uint32_t user = 0; user < USERS; user += 10) {
        must(store_set_block(s, name_of(&a, user), name_of(&b, user + 97), true, &changed));
        if (user % 20) continue;
        uint8_t id[16];
        kith_slice other = name_of(&b, user + 2 * 97);
        id[0] = (uint8_t)other.len;
        memcpy(id + 1, other.ptr, other.len);
        must(store_set_visibility(s, name_of(&a, user), VISIBILITY_EXCEPT,
                                  slice_of(id, other.len + 1), &changed));
    }
    must(store_commit(s));
}

int main(int argc, char **argv)
{
    char root[256], data[280];
    struct store *s = NULL;
    kith_problem why;
    folder_make(root);
    snprintf(data, sizeof data, "%s/data", root);
    if (argc > 1) clock_used = CLOCK_MONOTONIC;
    if (store_open(argc > 1 ? argv[1] : data, &s, &why)) die("%s", why.text);
    befriend(s);
    ask(s, false, "whom a user may see, each of 100 friends");
    ask(s, true, "  where sight is mutual");
    rule(s);
    ask(s, false, "  where some have rules");
    ask(s, true, "  and sight is mutual");
    store_close(s);
    folder_remove(root);
}
