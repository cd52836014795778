/* bench/micro_store.c -- what a join asks of the store, for each user that it watches. Where
 * KITH_BENCH_POSTGRES names an empty PostgreSQL database the same of that; its
 * floor is still SQLite's. */
#include "floors.h"
#include "micro.h"

#include "base/ids.h"
#include "io/rules.h"
#include "tool.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FRIENDS = 100,
    TURN_LISTS = 10, /* that the store's thread finds waiting and reads at once */
};

static struct store *store;
static char root[256];
static uint32_t users;
static sqlite3 *bare;
static sqlite3_stmt *bare_ask;

struct name {
    char text[16];
};

static kith_slice name_of(struct name *n, uint32_t user)
{
    int len = snprintf(n->text, sizeof n->text, "%u", 100000 + user % users);
    return slice_of(n->text, (size_t)len);
}

/* Mutual, and anywhere among the others: the steps are multiples of a number without a common
 * divisor with the number of users. */
static void befriend(void)
{
    struct name a, b;
    struct buf pairs = {0};
    uint64_t added;
    micro_must(store_begin(store));
    for (uint32_t user = 0; user < users; user++) {
        buf_clear(&pairs);
        for (uint32_t i = 1; i <= FRIENDS / 2; i++) {
            kith_slice from = name_of(&a, user), to = name_of(&b, user + i * 97);
            ids_put(&pairs, from), ids_put(&pairs, to);
            ids_put(&pairs, to), ids_put(&pairs, from);
        }
        micro_must(store_add_watches(store, buf_slice(&pairs), &added));
    }
    micro_must(store_commit(store));
    buf_fini(&pairs);
}

/* Every tenth user has blocked one, every twentieth shows itself to some, all among its friends. */
static void rule(void)
{
    struct name a, b;
    bool changed;
    micro_must(store_begin(store));
    for (uint32_t user = 0; user < users; user += 10) {
        micro_must(
            store_set_block(store, name_of(&a, user), name_of(&b, user + 97), true, &changed));
        if (user % 20) continue;
        uint8_t id[16];
        kith_slice other = name_of(&b, user + 2 * 97);
        id[0] = (uint8_t)other.len;
        memcpy(id + 1, other.ptr, other.len);
        micro_must(store_set_visibility(store, name_of(&a, user), VISIBILITY_EXCEPT,
                                        slice_of(id, other.len + 1), &changed));
    }
    micro_must(store_commit(store));
}

/* The floor: the same edges as two numbers each, read by one statement. */

static void sql(const char *text)
{
    if (sqlite3_exec(bare, text, NULL, NULL, NULL) != SQLITE_OK) die("%s", sqlite3_errmsg(bare));
}

static sqlite3_stmt *prepared(const char *text)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(bare, text, -1, &s, NULL) != SQLITE_OK) die("%s", sqlite3_errmsg(bare));
    return s;
}

static void put_bare(sqlite3_stmt *s, uint32_t a, uint32_t b)
{
    (void)sqlite3_bind_int64(s, 1, a);
    (void)sqlite3_bind_int64(s, 2, b);
    if (sqlite3_step(s) != SQLITE_DONE) die("%s", sqlite3_errmsg(bare));
    sqlite3_reset(s);
}

static void begin_bare(void)
{
    if (sqlite3_open(":memory:", &bare) != SQLITE_OK) die("no memory for SQLite");
    sql("CREATE TABLE edge (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID; BEGIN");
    sqlite3_stmt *put = prepared("INSERT INTO edge VALUES (?, ?)");
    for (uint32_t user = 0; user < users; user++)
        for (uint32_t i = 1; i <= FRIENDS; i++)
            put_bare(put, user, (user + i * 97) % users);
    sqlite3_finalize(put);
    sql("COMMIT");
    bare_ask = prepared("SELECT b FROM edge WHERE a = ?");
}

static void run_bare(uint32_t ops)
{
    if (!bare) begin_bare();
    for (uint32_t i = 0; i < ops; i += FRIENDS) {
        int64_t sum = 0;
        (void)sqlite3_bind_int64(bare_ask, 1, micro_below(users));
        while (sqlite3_step(bare_ask) == SQLITE_ROW)
            sum += sqlite3_column_int64(bare_ask, 0);
        sqlite3_reset(bare_ask);
        micro_use(&sum);
    }
}

/* Of each friend. */
static void ask(enum reciprocity reciprocal, uint32_t ops)
{
    static struct buf ids;
    for (uint32_t i = 0; i < ops; i += FRIENDS) {
        struct name n;
        if (i % (FRIENDS * TURN_LISTS) == 0) store_begin_reading(store);
        uint32_t count;
        buf_clear(&ids);
        micro_must(rules_watched(store, name_of(&n, micro_below(users)), reciprocal, &ids, &count));
        if (count != FRIENDS) die("%u friends", count);
        if ((i / FRIENDS + 1) % TURN_LISTS == 0) store_end_reading(store);
    }
    store_end_reading(store);
}

static void run_ask(uint32_t ops) { ask(false, ops); }
static void run_ask_mutual(uint32_t ops) { ask(true, ops); }

static void begin(uint32_t held)
{
    char data[280];
    kith_problem why;
    users = held;
    const char *url = getenv("KITH_BENCH_POSTGRES");
    folder_make(root);
    snprintf(data, sizeof data, "%s/data", root);
    if (store_open(url ? url : data, &store, &why)) die("%s", why.text);
    befriend();
}

static void begin_ruled(uint32_t held)
{
    begin(held);
    rule();
}

static void end(void)
{
    sqlite3_finalize(bare_ask);
    sqlite3_close(bare);
    bare = NULL;
    bare_ask = NULL;
    store_close(store);
    folder_remove(root);
}

#define ROW "a row of two numbers, of SQLite"

static const struct micro edges[] = {
    {"watched", "each of 100", ROW, 10000, 2000, NULL, run_ask, run_bare},
    {"watched_mutual", "each of 100, where sight is", ROW, 10000, 0, NULL, run_ask_mutual,
     run_bare}};
static const struct micro ruled[] = {
    {"watched_ruled", "each of 100, some with rules", ROW, 10000, 0, NULL, run_ask, run_bare},
    {"watched_ruled_mutual", "and sight is mutual", ROW, 10000, 2000, NULL, run_ask_mutual,
     run_bare}};

int main(int argc, char **argv)
{
    if (getenv("KITH_BENCH_POSTGRES")) micro_is_elsewhere();
    static const struct micro_set sets[] = {
        {begin, end, 10000, 200, edges, MICRO_COUNT(edges), NULL},
        {begin_ruled, end, 10000, 200, ruled, MICRO_COUNT(ruled), NULL}};
    return micro_main(argc, argv, "What a join asks of the store.", sets, MICRO_COUNT(sets));
}
