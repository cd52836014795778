/* tests/fuzz/fuzz_file.c -- a store's file that is not as Kith has written it: bytes of it are
 * others, or values of its tables are. Opening it refuses, with a reason, or all that is read from
 * it then is what others can carry on with. The first byte is what is asked, then come changes: of
 * one byte (0 and 3 bytes of where, 1 of what), or of a value (which column and row, and what). */
#include "base/assert.h"
#include "base/buf.h"
#include "fuzz_kept.h"
#include "io/rules.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct {
    const char *table, *column;
} values[] = {
    {"people", "name"},     {"people", "id"},        {"watches", "name"},
    {"watches", "watched"}, {"watchers", "watcher"}, {"sessions", "user"},
    {"sessions", "fields"}, {"sessions", "device"},  {"sessions", "saved_at_ms"},
    {"sessions", "hidden"}, {"secrets", "value"},    {"numbers", "value"},
    {"blocks", "blocked"},  {"visibility", "mode"},  {"visibility", "person"},
    {"chosen", "name"},     {"bars", "name"},        {"bars", "until_s"},
    {"last_seen", "how"},   {"last_seen", "at_s"},   {"reads", "version"},
    {"events", "kind"},     {"events", "user"},      {"events", "old"},
    {"events", "number"},   {"present", "ref"},      {"present", "user"},
    {"present", "run"},
};
enum { VALUES = sizeof values / sizeof values[0] };

static char folder[] = "/dev/shm/kith-fuzz-XXXXXX", path[64]; /* a disk would be waited for */
static struct buf good;                                       /* the file, as it should be */

#define must(call)                                                                                 \
    if ((call) != KITH_OK) abort()

/* A good one */

static void rule(struct store *s, struct rule r)
{
    struct sights sights = {0};
    must(rules_apply(s, &r, RECIPROCITY_OFF, &sights));
    sights_fini(&sights);
}

static void fill(struct store *s)
{
    static const char *const friends[] = {"bob", "cid", "dan"};
    kith_slice ann = KITH_LIT("ann"), meta = KITH_LIT("{\"phx_ref\":\"AAAAAAAAAAAAAAAA\"}");
    uint8_t secret[32];
    uint64_t n;
    struct session_change came = {
        .user = ann, .now_ref = KITH_LIT("AAAAAAAAAAAAAAAA"), .now = meta};
    must(store_begin(s));
    for (int i = 0; i < 3; i++)
        rule(s, (struct rule){
                    .kind = RULE_FRIENDS, .user = ann, .other = slice_str(friends[i]), .on = true});
    rule(s, (struct rule){.kind = RULE_BLOCK, .user = KITH_LIT("dan"), .other = ann, .on = true});
    rule(s, (struct rule){.kind = RULE_VISIBILITY,
                          .user = ann,
                          .visibility = VISIBILITY_ONLY,
                          .ids = KITH_LIT("\3bob\3cid")});
    must(store_set_last_seen(s, ann, LAST_SEEN_EXACT));
    must(store_mark_seen(s, ann, 1000, true));
    must(store_set_bar(s, ann, INT32_MAX, 1));
    must(store_set_read(s, ann, 1));
    must(store_save_session(s, &(struct saved_session){.user = ann, .fields = KITH_LIT("{}")}));
    must(store_log_sessions(s, &(struct session_batch){&came, 1, 1, 1}, &n));
    must(store_commit(s));
    must(store_secret(s, "s", secret, sizeof secret));
    must(store_epoch(s, 1, &n));
}

static void read_file(struct buf *out)
{
    uint8_t piece[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0;)
        buf_put(out, slice_of(piece, (size_t)n));
    (void)close(fd);
    if (!out->len || out->failed) abort();
}

static void write_file(kith_slice bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len) abort();
    (void)close(fd);
}

static void drop_beside(void)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal", ""};
    char name[80];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    for (int schema = 1; schema < 32; schema++) {
        (void)snprintf(name, sizeof name, "%s.schema-%d", path, schema);
        (void)unlink(name);
    }
}

static void leave(void)
{
    drop_beside();
    (void)rmdir(folder);
    buf_fini(&good);
}

static void make_good(void)
{
    struct store *s;
    kith_problem why;
    if (!mkdtemp(folder)) abort();
    (void)snprintf(path, sizeof path, "%s/kith.db", folder);
    must(store_open(folder, &s, &why));
    fill(s);
    store_close(s);
    read_file(&good);
    (void)atexit(leave);
}

/* Changes of it */

static uint8_t take(kith_slice *in)
{
    if (!in->len) return 0;
    uint8_t byte = in->ptr[0];
    *in = slice_from(*in, 1);
    return byte;
}

static void bind_any(sqlite3_stmt *st, kith_slice *in)
{
    uint8_t what = take(in);
    kith_slice bytes = slice_head(*in, what / 4u < in->len ? what / 4u : in->len);
    uint64_t n = 0;
    switch (what % 4) {
    case 0: sqlite3_bind_null(st, 1); return;
    case 1:
        for (int i = 0; i < 8; i++)
            n = n << 8 | take(in);
        sqlite3_bind_int64(st, 1, (int64_t)n);
        return;
    case 2: sqlite3_bind_zeroblob(st, 1, what + 4 * take(in)); return;
    default:
        sqlite3_bind_blob(st, 1, bytes.ptr ? (const char *)bytes.ptr : "", (int)bytes.len,
                          SQLITE_TRANSIENT);
    }
    *in = slice_from(*in, bytes.len);
}

/* What its schema does not let in stays as it was. */
static void change_value(sqlite3 *db, unsigned which, kith_slice *in)
{
    char sql[256];
    sqlite3_stmt *st = NULL;
    const char *table = values[which].table, *column = values[which].column;
    (void)snprintf(sql, sizeof sql,
                   "UPDATE OR IGNORE %s SET %s = ?1 WHERE %s IN (SELECT %s FROM %s"
                   " LIMIT 1 OFFSET %d)",
                   table, column, column, column, table, take(in) % 8);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK) abort();
    bind_any(st, in);
    (void)sqlite3_step(st);
    (void)sqlite3_finalize(st);
}

static void change_byte(struct buf *file, kith_slice *in)
{
    size_t at = (size_t)take(in) << 16;
    at |= (size_t)take(in) << 8;
    at |= take(in);
    file->ptr[at % file->len] = take(in);
}

/* Values first: what they are is written by SQLite, which takes no other file than a sound one. */
static void change(kith_slice in)
{
    struct buf file = {0};
    sqlite3 *db;
    write_file(buf_slice(&good));
    if (sqlite3_open(path, &db) != SQLITE_OK) abort();
    (void)sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    while (in.len && in.ptr[0]) {
        unsigned which = take(&in) - 1u;
        change_value(db, which % VALUES, &in);
    }
    (void)sqlite3_close(db);
    if (!in.len) return;
    read_file(&file);
    while (in.len) {
        (void)take(&in);
        change_byte(&file, &in);
    }
    write_file(buf_slice(&file));
    buf_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct store *s = NULL;
    kith_problem why = {""};
    if (len == 0) return 0;
    if (!good.len) make_good();
    drop_beside();
    change(slice_of(bytes + 1, len - 1));
    kith_err e = store_open(folder, &s, &why);
    KITH_ASSERT((e == KITH_OK) == (s != NULL) && (s || why.text[0]));
    if (s) kept_ask(s, bytes[0]);
    store_close(s);
    return 0;
}
