/* tests/wire/etf_support.h -- payloads of Phoenix tokens as Erlang writes them. */
#pragma once

#include "wire/etf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SIGNED_MS 1700000000000

/* Terms as :erlang.term_to_binary/1 writes them. */
#define NAME_42  "m\0\0\0\00242"
#define SIGNED   "n\6\0\0h\345\317\213\1" /* 1700000000000 */
#define AGE_DAY  "b\0\1Q\200"             /* 86400 */
#define TOKEN(d) KITH_LIT("\203h\3" d SIGNED AGE_DAY)

static struct buf scratch;

static inline int free_scratch(void **state)
{
    (void)state;
    buf_fini(&scratch);
    return 0;
}

static inline void assert_user(kith_slice term, const char *path, const char *user)
{
    struct etf_token t;
    assert_int_equal(etf_token(term, path, &scratch, &t), KITH_OK);
    assert_true(slice_is(t.user, user));
    assert_int_equal(t.signed_at_ms, SIGNED_MS);
}

static inline void assert_bad(kith_slice term, const char *path)
{
    struct etf_token t = {.signed_at_ms = 77};
    assert_int_equal(etf_token(term, path, &scratch, &t), KITH_BAD);
    assert_int_equal(t.signed_at_ms, 77); /* on an error nothing has changed */
}
