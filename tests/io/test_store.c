/* tests/io/test_store.c -- the graph, sessions and secrets that the store keeps. */
#include "failures.h"
#include "store_fixture.h"

static void an_edge_is_kept_once(void **state)
{
    struct store *s = fixture_open(*state);
    must(store_begin(s));
    assert_true(add(s, "ann", "bob"));
    assert_false(add(s, "ann", "bob"));
    assert_true(add(s, "bob", "ann")); /* the other direction is another edge */
    assert_true(add(s, "ann", "ann")); /* a self-edge is legal */
    must(store_commit(s));
    assert_int_equal(count(s), 3);
    store_close(s);
}

static void edges_outlive_the_process(void **state)
{
    struct store *s = fixture_open(*state);
    must(store_begin(s));
    add(s, "ann", "bob");
    must(store_commit(s));
    store_close(s);
    s = fixture_open(*state);
    assert_watched(s, "ann", "bob ");
    must(store_begin(s));
    assert_false(add(s, "ann", "bob"));
    must(store_commit(s));
    store_close(s);
}

static void the_watched_come_sorted_bytewise(void **state)
{
    struct store *s = fixture_open(*state);
    must(store_begin(s));
    static const char *const ids[] = {"b", "a10", "\xc3\xa9", "a1", "B", "a", "10", "9"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        add(s, "me", ids[i]);
    add(s, "you", "zoe");
    must(store_commit(s));
    assert_watched(s, "me", "10 9 B a a1 a10 b \xc3\xa9 ");
    assert_watched(s, "nobody", "");
    store_close(s);
}

static void ids_are_opaque_bytes(void **state)
{
    struct store *s = fixture_open(*state);
    uint8_t longest[USER_ID_BYTES_MAX + 1];
    memset(longest, 'x', sizeof longest);
    const kith_slice ids[] = {KITH_LIT("a\0b"), KITH_LIT("a"), KITH_LIT("'; DROP TABLE people; --"),
                              KITH_LIT("\r\n"), slice_of(longest, USER_ID_BYTES_MAX)};
    must(store_begin(s));
    bool added;
    for (size_t i = 0; i < 5; i++) {
        must(store_add_watch(s, ids[i], ids[(i + 1) % 5], &added));
        assert_true(added);
    }
    assert_int_equal(store_add_watch(s, KITH_LIT(""), ids[0], &added), KITH_BAD);
    assert_int_equal(store_add_watch(s, ids[0], KITH_LIT(""), &added), KITH_BAD);
    assert_int_equal(store_add_watch(s, slice_of(longest, sizeof longest), ids[0], &added),
                     KITH_BAD);
    must(store_commit(s)); /* a refused id has not spoilt the transaction */
    for (size_t i = 0; i < 5; i++) {
        struct buf out = {0};
        uint32_t n;
        must(rules_watched(s, ids[i], false, &out, &n));
        assert_int_equal(n, 1);
        assert_int_equal(out.ptr[0], ids[(i + 1) % 5].len);
        assert_true(slice_eq(slice_from(buf_slice(&out), 1), ids[(i + 1) % 5]));
        buf_fini(&out);
    }
    store_close(s);
}

static void assert_beyond(struct store *s, const char *watcher, const char *watched, bool want)
{
    bool beyond;
    must(store_watch_is_beyond(s, slice_str(watcher), slice_str(watched), &beyond));
    assert_int_equal(beyond, want);
}

static void the_watched_are_bounded(void **state)
{
    struct store *s = fixture_open(*state);
    must(store_begin(s));
    for (int i = 0; i < WATCHES_MAX + 10; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%05d", i);
        add(s, "star", id);
    }
    must(store_commit(s));
    struct buf out = {0};
    uint32_t n;
    buf_puts(&out, "before");
    must(rules_watched(s, KITH_LIT("star"), false, &out, &n));
    assert_int_equal(n, WATCHES_MAX + 1);           /* there are more */
    assert_int_equal(out.len, 6 + WATCHES_MAX * 6); /* appended */
    assert_memory_equal(out.ptr,
                        "before\x05"
                        "00000\x05"
                        "00001",
                        18);
    buf_fini(&out);
    uint64_t cut;
    must(store_count_cut(s, &cut));
    assert_int_equal(cut, 1);
    assert_beyond(s, "star", "00000", false);
    assert_beyond(s, "star", "04999", false);
    assert_beyond(s, "star", "05000", true);
    assert_beyond(s, "unknown", "05000", false);
    store_close(s);
}

/* In a transaction that writes, too. */
static void after_reads_in_a_row_a_change_may_be_made(void **state)
{
    struct store *s = fixture_open(*state);
    store_begin_reading(s);
    assert_watched(s, "ann", "");
    assert_watched(s, "bob", "");
    store_end_reading(s);
    must(store_begin(s));
    add(s, "ann", "bob");
    store_begin_reading(s);
    assert_watched(s, "ann", "bob ");
    store_end_reading(s);
    add(s, "ann", "cat");
    must(store_commit(s));
    store_begin_reading(s);
    assert_watched(s, "ann", "bob cat ");
    store_end_reading(s);
    store_end_reading(s); /* harmless where nothing was begun */
    store_close(s);
}

static void a_rollback_forgets_the_people_too(void **state)
{
    struct store *s = fixture_open(*state);
    must(store_begin(s));
    add(s, "ann", "bob");
    store_rollback(s);
    assert_int_equal(count(s), 0);
    must(store_begin(s));
    assert_true(add(s, "zoe", "yan")); /* takes the number that ann had */
    assert_true(add(s, "ann", "bob"));
    must(store_commit(s));
    assert_watched(s, "ann", "bob ");
    assert_watched(s, "zoe", "yan ");
    store_rollback(s); /* harmless where there is nothing to roll back */
    store_close(s);
}

static void close_rolls_back(void **state)
{
    struct store *s = fixture_open(*state);
    must(store_begin(s));
    add(s, "ann", "bob");
    store_close(s);
    s = fixture_open(*state);
    assert_int_equal(count(s), 0);
    store_close(s);
}

static kith_err put_edge(void *ctx, kith_slice watcher, kith_slice watched)
{
    struct buf *out = ctx;
    buf_put(out, watcher);
    buf_putc(out, '>');
    buf_put(out, watched);
    buf_putc(out, ' ');
    return slice_is(watched, "stop") ? KITH_FULL : KITH_OK;
}

static void all_edges_come_in_order_until_refused(void **state)
{
    struct store *s = fixture_open(*state);
    struct buf out = {0};
    must(store_begin(s));
    add(s, "m", "z");
    add(s, "m", "a");
    add(s, "a", "z");
    add(s, "z", "a");
    must(store_commit(s));
    must(store_each_watch(s, NULL, put_edge, &out));
    assert_true(slice_is(buf_slice(&out), "a>z m>a m>z z>a "));

    must(store_begin(s));
    add(s, "m", "stop");
    must(store_commit(s));
    buf_clear(&out);
    assert_int_equal(store_each_watch(s, NULL, put_edge, &out), KITH_FULL);
    assert_true(slice_is(buf_slice(&out), "a>z m>a m>stop "));
    buf_fini(&out);
    store_close(s);
}

static void a_secret_is_made_once(void **state)
{
    struct store *s = fixture_open(*state);
    uint8_t a[32], b[32], again[32], small[16];
    must(store_secret(s, "refs", a, sizeof a));
    must(store_secret(s, "demo", b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    store_close(s);
    s = fixture_open(*state);
    must(store_secret(s, "refs", again, sizeof again));
    assert_memory_equal(a, again, sizeof a);
    assert_int_equal(store_secret(s, "refs", small, sizeof small), KITH_BAD);
    store_close(s);
}

static uint64_t epoch(struct store *s, uint64_t at_least)
{
    uint64_t e = 0;
    must(store_epoch(s, at_least, &e));
    return e;
}

static void r01_a_later_run_has_a_greater_epoch(void **state)
{
    struct store *s = fixture_open(*state);
    assert_int_equal(epoch(s, 0), 1);
    assert_int_equal(epoch(s, 0), 2);
    assert_int_equal(epoch(s, 1000), 1000);
    assert_int_equal(epoch(s, 7), 1001); /* a clock that was set back */
    store_close(s);
    s = fixture_open(*state);
    assert_int_equal(epoch(s, 1001), 1002);
    store_close(s);
}

static struct saved_session session(const char *user, uint32_t online_at_s)
{
    return (struct saved_session){.user = slice_str(user),
                                  .device = UINT64_MAX,
                                  .fields = KITH_LIT("{\"status\":\"away\"}"),
                                  .online_at_s = online_at_s,
                                  .ref_inc = UINT64_MAX - 1,
                                  .ref_seq = 1,
                                  .prev_inc = UINT64_C(1) << 63,
                                  .prev_seq = 0};
}

static kith_err put_session(void *ctx, const struct saved_session *e)
{
    struct buf *out = ctx;
    const struct saved_session want = session("", 0);
    assert_true(slice_eq(e->fields, want.fields));
    assert_true(e->device == want.device && e->ref_inc == want.ref_inc);
    assert_true(e->ref_seq == want.ref_seq && e->prev_inc == want.prev_inc && e->prev_seq == 0);
    assert_true(e->saved_at_ms > UINT64_C(1600000000000));
    buf_put(out, e->user);
    buf_printf(out, "@%u ", e->online_at_s);
    return KITH_OK;
}

static void sessions_come_back_oldest_first(void **state)
{
    struct store *s = fixture_open(*state);
    struct buf out = {0};
    static const char *const users[] = {"ann", "bob", "ann", "zoe"};
    static const uint32_t at[] = {30, 20, 30, UINT32_MAX};
    for (int round = 0; round < 2; round++) { /* the second replaces the first */
        must(store_begin(s));
        must(store_clear_sessions(s));
        for (int i = 0; i < 4; i++) {
            struct saved_session e = session(users[i], at[i]);
            must(store_save_session(s, &e));
        }
        must(store_commit(s));
    }
    store_close(s);
    s = fixture_open(*state);
    must(store_each_session(s, put_session, &out));
    assert_true(slice_is(buf_slice(&out), "bob@20 ann@30 ann@30 zoe@4294967295 "));
    must(store_clear_sessions(s));
    buf_clear(&out);
    must(store_each_session(s, put_session, &out));
    assert_int_equal(out.len, 0);
    buf_fini(&out);
    store_close(s);
}

static void without_memory_it_says_so(void **state)
{
    struct folder *f = *state;
    struct store *s;
    kith_problem why;
    alloc_fail(0, 1);
    assert_int_equal(store_open(f->data, &s, &why), KITH_NOMEM);
    alloc_heal();
    assert_null(s);
    s = fixture_open(f);
    must(store_begin(s));
    add(s, "ann", "bob");
    must(store_commit(s));
    struct buf out = {0};
    uint32_t n = 7;
    alloc_fail(0, 1);
    assert_int_equal(rules_watched(s, KITH_LIT("ann"), false, &out, &n), KITH_NOMEM);
    alloc_heal();
    assert_int_equal(out.len + n, 0);
    buf_fini(&out);
    store_close(s);
}

static void an_entry_without_fields_is_kept(void **state)
{
    struct store *s = fixture_open(*state);
    struct saved_session e = {.user = KITH_LIT("ann"), .fields = {NULL, 0}};
    must(store_begin(s));
    must(store_save_session(s, &e));
    must(store_commit(s));
    store_close(s);
}

static kith_err count_hidden(void *ctx, const struct saved_session *e)
{
    *(unsigned *)ctx += e->hidden ? 1 : 100;
    return KITH_OK;
}

static void a_hidden_session_stays_hidden(void **state)
{
    struct store *s = fixture_open(*state);
    unsigned found = 0;
    struct saved_session e = session("ann", 1);
    must(store_begin(s));
    must(store_save_session(s, &e));
    e.hidden = true;
    must(store_save_session(s, &e));
    must(store_commit(s));
    must(store_each_session(s, count_hidden, &found));
    assert_int_equal(found, 101);
    store_close(s);
}

static void what_is_cleared_is_gone_from_the_files(void **state)
{
    struct store *s = fixture_open(*state);
    struct saved_session e = session("ann", 1);
    e.fields = KITH_LIT("{\"status\":\"at the clinic\"}");
    must(store_begin(s));
    must(store_save_session(s, &e));
    must(store_commit(s));
    must(store_clear_sessions(s));
    store_close(s);
    assert_false(fixture_files_hold(*state, "at the clinic"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(an_edge_is_kept_once),
        in_a_folder(edges_outlive_the_process),
        in_a_folder(the_watched_come_sorted_bytewise),
        in_a_folder(ids_are_opaque_bytes),
        in_a_folder(the_watched_are_bounded),
        in_a_folder(after_reads_in_a_row_a_change_may_be_made),
        in_a_folder(a_rollback_forgets_the_people_too),
        in_a_folder(close_rolls_back),
        in_a_folder(all_edges_come_in_order_until_refused),
        in_a_folder(a_secret_is_made_once),
        in_a_folder(r01_a_later_run_has_a_greater_epoch),
        in_a_folder(sessions_come_back_oldest_first),
        in_a_folder(without_memory_it_says_so),
        in_a_folder(an_entry_without_fields_is_kept),
        in_a_folder(a_hidden_session_stays_hidden),
        in_a_folder(what_is_cleared_is_gone_from_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
