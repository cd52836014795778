/* io/sqlite_changes.c -- what concerns other nodes, which a file has not: one process has it. */
#include "io/sqlite.h"

kith_err sqlite_note_change(struct store *s, kith_slice body, uint64_t *number)
{
    (void)s;
    (void)body;
    *number = 0;
    return KITH_OK;
}

kith_err sqlite_latest_change(struct store *s, uint64_t *number)
{
    (void)s;
    *number = 0;
    return KITH_OK;
}

kith_err sqlite_changes_after(struct store *s, uint64_t after, uint32_t max, store_change each,
                              void *ctx)
{
    (void)s;
    (void)max;
    (void)each;
    (void)ctx;
    return after ? KITH_NONE : KITH_OK;
}

kith_err sqlite_forget_changes(struct store *s, uint32_t max, uint32_t *forgotten)
{
    (void)s;
    (void)max;
    *forgotten = 0;
    return KITH_OK;
}

kith_err sqlite_watch_changes(struct store *s)
{
    (void)s;
    return KITH_OK;
}

int sqlite_changes_fd(const struct store *s)
{
    (void)s;
    return -1;
}

bool sqlite_changes_heard(struct store *s)
{
    (void)s;
    return false;
}

enum store_reach sqlite_reach(const struct store *s)
{
    (void)s;
    return STORE_HERE;
}
