/* tests/io/store_fixture.h -- a store for one test, and short words for its calls: in a folder of
 * its own, or where the variable KITH_TEST_POSTGRES names a database, in a new schema there. */
#pragma once

#include "base/limits.h"
#include "io/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

struct folder {
    char base[64];  /* removed with all in it */
    char data[256]; /* does not exist before store_open */
    bool postgres;  /* data is a URL */
};

/* Of tests of what only a file has, or only a server. */
#define only_in_a_file(folder)                                                                     \
    if ((folder)->postgres) skip()
#define only_in_postgres(folder)                                                                   \
    if (!(folder)->postgres) skip()

/* The server's own word, past the store; -1: none. */
static inline int64_t fixture_sql(const struct folder *f, const char *sql)
{
    PGconn *conn = PQconnectdb(f->data);
    PGresult *r = PQexec(conn, sql);
    int64_t n = PQntuples(r) ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : -1;
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!good) print_error("%s\n", PQerrorMessage(conn));
    PQclear(r);
    PQfinish(conn);
    assert_true(good);
    return n;
}

static inline void fixture_use_postgres(struct folder *f)
{
    const char *url = getenv("KITH_TEST_POSTGRES");
    if (!url || !*url) return;
    f->postgres = true;
    (void)snprintf(f->data, sizeof f->data, "%s", url);
    (void)fixture_sql(f, "SET client_min_messages = error; DROP SCHEMA IF EXISTS kith CASCADE");
}

static inline int fixture_set_up(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f) return -1;
    (void)snprintf(f->base, sizeof f->base, "/tmp/kith-store-XXXXXX");
    if (!mkdtemp(f->base)) return -1;
    (void)snprintf(f->data, sizeof f->data, "%s/data", f->base);
    fixture_use_postgres(f);
    *state = f;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct folder *f = *state;
    static const char *const names[] = {"data/kith.db", "data/kith.db-wal", "data/kith.db-shm",
                                        "data/kith.lock"};
    char path[512];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->base, names[i]);
        (void)unlink(path);
    }
    for (int schema = 1; schema < 100; schema++) { /* copies of before a migration */
        (void)snprintf(path, sizeof path, "%s/data/kith.db.schema-%d", f->base, schema);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/data", f->base);
    (void)rmdir(path);
    int rc = rmdir(f->base); /* fails where a test leaves a file that nobody expects */
    free(f);
    return rc;
}

#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

#define must(call) assert_int_equal((call), KITH_OK)

static inline struct store *fixture_open(const struct folder *f)
{
    struct store *s = NULL;
    kith_problem why = {""};
    const struct store_options o = {.where = f->data, .node = "test", .call_ms = 1000};
    kith_err e = KITH_IO; /* a database on a machine that has much to do may take longer */
    for (int tries = 0; e == KITH_IO && tries < 10; tries++)
        e = store_open_node(&o, &s, &why);
    if (e) print_error("%s\n", why.text);
    assert_int_equal(e, KITH_OK);
    return s;
}

static inline bool add(struct store *s, const char *watcher, const char *watched)
{
    bool added = false;
    must(store_add_watch(s, slice_str(watcher), slice_str(watched), &added));
    return added;
}

static inline kith_err count_one(void *n, kith_slice watcher, kith_slice watched)
{
    (void)watcher;
    (void)watched;
    ++*(uint64_t *)n;
    return KITH_OK;
}

static inline uint64_t count(struct store *s)
{
    uint64_t n = 0;
    must(store_each_watch(s, NULL, count_one, &n));
    return n;
}

/* `want` is the ids, each with a blank behind it. */
static inline void assert_watched(struct store *s, const char *user, const char *want)
{
    struct buf packed = {0}, text = {0};
    uint32_t n = 0, seen = 0;
    must(rules_watched(s, slice_str(user), false, &packed, &n));
    for (size_t at = 0; at < packed.len; at += 1u + packed.ptr[at], seen++) {
        buf_put(&text, slice_of(packed.ptr + at + 1, packed.ptr[at]));
        buf_putc(&text, ' ');
    }
    buf_putc(&text, '\0');
    assert_int_equal(seen, n);
    assert_string_equal((const char *)text.ptr, want);
    buf_fini(&packed);
    buf_fini(&text);
}

static inline bool fixture_tables_hold(const struct folder *f, const char *needle)
{
    static const char *const tables[] = {"watches", "blocks",   "visibility", "chosen", "last_seen",
                                         "bars",    "sessions", "events",     "present"};
    bool found = false;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[256];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM kith.%s t WHERE position(encode('%s', 'hex') in "
                       "t::text) > 0",
                       tables[i], needle);
        found |= fixture_sql(f, sql) > 0;
    }
    return found;
}

static inline bool fixture_files_hold(const struct folder *f, const char *needle)
{
    if (f->postgres) return fixture_tables_hold(f, needle);
    static const char *const names[] = {"kith.db", "kith.db-wal"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        char path[512];
        static char bytes[1 << 20];
        (void)snprintf(path, sizeof path, "%s/%s", f->data, names[i]);
        FILE *in = fopen(path, "rb");
        if (!in) continue;
        size_t n = fread(bytes, 1, sizeof bytes, in);
        assert_true(n < sizeof bytes);
        found |= memmem(bytes, n, needle, strlen(needle)) != NULL;
        (void)fclose(in);
    }
    return found;
}
