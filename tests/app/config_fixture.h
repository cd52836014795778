/* tests/app/config_fixture.h -- configs from short texts. */
#pragma once

#include "app/config_state.h"

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

#define SECRET "0123456789abcdef0123456789abcdef"

static inline struct kith_config *fresh(void)
{
    struct kith_config *c = kith_config_new();
    assert_non_null(c);
    return c;
}

static inline void set(struct kith_config *c, const char *key, const char *value)
{
    kith_problem why = {""};
    if (kith_config_set(c, key, value, &why) != KITH_OK) fail_msg("%s", why.text);
}

/* Setting it fails with just this text. */
static inline void assert_set_refused(const char *key, const char *value, const char *want)
{
    struct kith_config *c = fresh();
    kith_problem why = {""};
    assert_int_equal(kith_config_set(c, key, value, &why), KITH_BAD);
    assert_string_equal(why.text, want);
    kith_config_free(c);
}

/* Reads `text` as a file called kith.conf. */
static inline kith_err read_text(struct kith_config *c, kith_slice text, kith_problem *why)
{
    uint8_t *exact = malloc(text.len ? text.len : 1); /* a read beyond it shows under ASan */
    assert_non_null(exact);
    if (text.len) memcpy(exact, text.ptr, text.len);
    kith_err e = config_read(c, "kith.conf", slice_of(exact, text.len), false, why);
    free(exact);
    return e;
}

static inline struct kith_config *config_of(const char *text)
{
    struct kith_config *c = fresh();
    kith_problem why = {""};
    if (read_text(c, slice_str(text), &why) != KITH_OK) fail_msg("%s", why.text);
    return c;
}

static inline void assert_file_refused(kith_slice text, const char *want)
{
    struct kith_config *c = fresh();
    kith_problem why = {""};
    assert_int_equal(read_text(c, text, &why), KITH_BAD);
    assert_string_equal(why.text, want);
    kith_config_free(c);
}

/* Makes a file in /tmp with these contents and rights; the caller unlinks it. */
static inline void make_file(char path[64], kith_slice bytes, mode_t mode)
{
    (void)snprintf(path, 64, "/tmp/kith-config-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}
