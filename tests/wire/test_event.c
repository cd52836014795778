/* tests/wire/test_event.c -- events of presence as JSON. */
#include "wire/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_event(struct event e, const char *want)
{
    struct buf b = {0};
    event_put(&b, &e);
    assert_false(b.failed);
    if (!slice_is(buf_slice(&b), want)) fail_msg("%.*s is not %s", (int)b.len, b.ptr, want);
    buf_fini(&b);
}

static void each_kind_has_its_word(void **state)
{
    (void)state;
    struct event e = {
        .id = 7, .kind = EVENT_ONLINE, .user = KITH_LIT("ann"), .at_ms = 1, .now = KITH_LIT("{}")};
    assert_event(e, "{\"id\":7,\"event\":\"online\",\"user\":\"ann\",\"at_ms\":1,\"hidden\":false,"
                    "\"old\":null,\"now\":{}}");
    e = (struct event){.kind = EVENT_OFFLINE, .hidden = true, .old = KITH_LIT("{\"a\":1}")};
    assert_event(e, "{\"id\":0,\"event\":\"offline\",\"user\":\"\",\"at_ms\":0,\"hidden\":true,"
                    "\"old\":{\"a\":1},\"now\":null}");
    e.kind = EVENT_STATUS;
    assert_event(e, "{\"id\":0,\"event\":\"status\",\"user\":\"\",\"at_ms\":0,\"hidden\":true,"
                    "\"old\":{\"a\":1},\"now\":null}");
}

static void a_user_is_a_string_whatever_is_in_it(void **state)
{
    (void)state;
    assert_event((struct event){.user = KITH_LIT("a\"\n\\")},
                 "{\"id\":0,\"event\":\"online\",\"user\":\"a\\\"\\n\\\\\",\"at_ms\":0,"
                 "\"hidden\":false,\"old\":null,\"now\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_word),
        cmocka_unit_test(a_user_is_a_string_whatever_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
