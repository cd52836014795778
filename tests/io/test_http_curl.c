/* tests/io/test_http_curl.c -- what is said of a request that failed helps whoever reads it. */
#include "io/http_curl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

static void every_failure_has_words_and_is_an_error(void **state)
{
    (void)state;
    for (int code = CURLE_OK + 1; code < CURL_LAST; code++)
        for (int command = 0; command < 2; command++) {
            kith_problem why = {""};
            assert_int_not_equal(http_curl_explain((CURLcode)code, command, &why), KITH_OK);
            assert_true(strlen(why.text) > 3);
        }
}

/* It stands in the log of a server: about the back end that it asks, whose options are no
 * command's. */
static void a_server_is_not_told_of_a_commands_options(void **state)
{
    (void)state;
    for (int code = CURLE_OK + 1; code < CURL_LAST; code++) {
        kith_problem why = {""};
        (void)http_curl_explain((CURLcode)code, false, &why);
        assert_null(strstr(why.text, "--"));
        assert_null(strstr(why.text, "the API"));
    }
}

static void who_is_not_trusted_can_be_made_so(void **state)
{
    (void)state;
    kith_problem command, server;
    (void)http_curl_explain(CURLE_PEER_FAILED_VERIFICATION, true, &command);
    (void)http_curl_explain(CURLE_PEER_FAILED_VERIFICATION, false, &server);
    assert_non_null(strstr(command.text, "--cacert FILE"));
    assert_non_null(strstr(server.text, "ca_file"));
    assert_non_null(strstr(server.text, "update-ca-certificates"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failure_has_words_and_is_an_error),
        cmocka_unit_test(a_server_is_not_told_of_a_commands_options),
        cmocka_unit_test(who_is_not_trusted_can_be_made_so),
    };
    return cmocka_run_group_tests_name("http_curl", tests, NULL, NULL);
}
