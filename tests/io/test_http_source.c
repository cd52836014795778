/* tests/io/test_http_source.c -- friends as a back end's JSON says them. */
#include "base/ids.h"
#include "base/limits.h"
#include "io/http_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <poll.h>

#include <cmocka.h>

/* The ids, each with a blank behind it. */
static void says(const char *json, const char *want)
{
    struct buf ids = {0}, text = {0};
    bool cut;
    assert_int_equal(http_source_ids(slice_str(json), &ids, &cut), KITH_OK);
    assert_false(cut);
    kith_slice rest = buf_slice(&ids);
    for (kith_slice id; ids_next(&rest, &id); buf_putc(&text, ' '))
        buf_put(&text, id);
    buf_putc(&text, 0);
    assert_string_equal((const char *)text.ptr, want);
    buf_fini(&ids);
    buf_fini(&text);
}

static void says_nothing(const char *json)
{
    struct buf ids = {0};
    bool cut;
    assert_int_equal(http_source_ids(slice_str(json), &ids, &cut), KITH_BAD);
    assert_int_equal(ids.len, 0);
    buf_fini(&ids);
}

static void ids_are_sorted_each_once_and_what_is_none_is_passed_over(void **state)
{
    (void)state;
    says("{\"friends\":[]}", "");
    says("{\"friends\":[\"b\",\"a\",\"b\"]}", "a b ");
    says(" {\"more\":1,\"friends\":[10,9,\"9\"]} ", "10 9 ");
    says("{\"friends\":[null,true,{},[\"x\"],\"\",1.5,-1,1e3,\"\\u0000\",\"\\u00e9\"]}", "\u00e9 ");
}

static void what_is_no_list_says_nothing(void **state)
{
    (void)state;
    static const char *const all[] = {"",
                                      "[]",
                                      "null",
                                      "{}",
                                      "{\"friends\":null}",
                                      "{\"friends\":\"a\"}",
                                      "{\"friends\":[\"a\"",
                                      "{\"friends\":[],\"friends\":[\"a\"]}",
                                      "{\"friends\":[\"\xff\"]}"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        says_nothing(all[i]);
}

static void of_too_many_the_first_are_taken(void **state)
{
    (void)state;
    struct buf json = {0}, ids = {0};
    bool cut;
    buf_puts(&json, "{\"friends\":[0");
    for (unsigned i = 1; i <= SOURCE_EDGES_MAX; i++)
        buf_printf(&json, ",%u", i);
    buf_puts(&json, "]}");
    assert_int_equal(http_source_ids(buf_slice(&json), &ids, &cut), KITH_OK);
    assert_true(cut);
    assert_int_equal(ids_count(buf_slice(&ids)), SOURCE_EDGES_MAX);
    buf_fini(&json);
    buf_fini(&ids);
}

static void a_url_of_http_is_told_from_others(void **state)
{
    (void)state;
    assert_true(http_source_is_url("http://x"));
    assert_true(http_source_is_url("https://x/y"));
    assert_false(http_source_is_url("postgresql://x"));
    assert_false(http_source_is_url(NULL));
}

static struct mail *read_one(struct http_source *h, struct mailbox *box, const char *user)
{
    struct mail_queue in = {0};
    struct mail *m = mail_new(MAIL_READ, slice_str(user), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->serial = 9;
    http_source_read(h, 3, m);
    while (!in.first) {
        struct pollfd p = {.fd = box->event_fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 20000), 1);
        in = mailbox_take(box);
    }
    return mail_take(&in);
}

static void that_nobody_is_there_is_told_to_who_asked(void **state)
{
    (void)state;
    struct mailbox box;
    struct http_source *h = NULL;
    kith_problem why;
    const struct tables_options o = {
        .url = "http://127.0.0.1:1", .call_ms = 5000, .connections = 4};
    assert_int_equal(http_source_check(&o, &why), KITH_IO);
    assert_int_equal(mailbox_init(&box), KITH_OK);
    assert_int_equal(http_source_start(&o, &box, &h), KITH_OK);
    for (int i = 0; i < 2; i++) {
        struct mail *m = read_one(h, &box, i ? "ann" : "");
        assert_int_equal(m->type, MAIL_READ);
        assert_int_equal(m->from, 3);
        assert_int_equal(m->serial, 9);
        assert_true(m->failed && m->lost);
        assert_true(slice_is(mail_c(m), "nobody listens there"));
        mail_free(m);
    }
    http_source_stop(h);
    http_source_stop(NULL);
    mailbox_fini(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_sorted_each_once_and_what_is_none_is_passed_over),
        cmocka_unit_test(what_is_no_list_says_nothing),
        cmocka_unit_test(of_too_many_the_first_are_taken),
        cmocka_unit_test(a_url_of_http_is_told_from_others),
        cmocka_unit_test(that_nobody_is_there_is_told_to_who_asked),
    };
    return cmocka_run_group_tests_name("http_source", tests, NULL, NULL);
}
