/* tests/fuzz/fuzz_config.c -- kith.conf: any bytes are read or refused with a reason in one line,
 * and what is read keeps to its bounds. An 0xff parts it from the one that a reload finds: what is
 * told of that is lines without a secret, and nothing where nothing is other. Inputs that name
 * files are left out: nobody knows which. */
#include "app/config_again.h"
#include "app/config_changes.h"
#include "base/assert.h"

#include "wire/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { SECRET_BYTES_MIN = 12 };

static void check_reason(const kith_problem *why)
{
    KITH_ASSERT(why->text[0]);
    for (const char *c = why->text; *c; c++)
        KITH_ASSERT((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static void check_settings(const struct kith_config *c)
{
    const struct settings *s = kith_config_settings(c);
    KITH_ASSERT(s->workers <= 64 && s->grace_ms <= 3600000 && s->connections_max > 0);
    KITH_ASSERT(s->origin_count <= ORIGINS_ALLOWED_MAX &&
                s->key_count <= TOKEN_KEYS_CONFIGURED_MAX);
    KITH_ASSERT(s->api_host_count <= API_HOSTS_MAX && s->api_key_count <= API_KEYS_MAX);
    for (int i = 0; i < config_keys_count; i++) {
        char key[128] = "";
        bool named = config_key_group(&config_keys[i]) != CONFIG_TOP;
        (void)strcat(strcat(strcat(key, config_keys[i].section), named ? " t." : "."),
                     config_keys[i].name);
        KITH_ASSERT(named || kith_config_get(c, key));
    }
}

static struct kith_config *read_one(kith_slice text, bool exposed)
{
    struct kith_config *c = kith_config_new();
    kith_problem why = {""};
    if (!c) abort();
    if (config_read(c, "f", text, exposed, &why) != KITH_OK)
        check_reason(&why);
    else if (kith_config_check(c, &why) != KITH_OK)
        check_reason(&why);
    check_settings(c);
    return c;
}

static void check_clone(const struct kith_config *c)
{
    struct kith_config *same;
    struct buf said = {0};
    kith_problem why;
    KITH_ASSERT(config_clone(c, &same, &why) == KITH_OK);
    KITH_ASSERT(config_changes(c, same, true, &said) + config_changes(c, same, false, &said) == 0);
    kith_config_free(same);
    buf_fini(&said);
}

/* Shorter ones stand in any text. */
static bool tells(kith_slice said, kith_slice secret)
{
    return secret.len >= SECRET_BYTES_MIN && said.len &&
           memmem(said.ptr, said.len, secret.ptr, secret.len);
}

/* Unless it stands elsewhere, too. */
static bool stands_twice(kith_slice text, kith_slice secret)
{
    const uint8_t *at = memmem(text.ptr, text.len, secret.ptr, secret.len);
    kith_slice rest = slice_from(text, at ? (size_t)(at - text.ptr) + 1 : text.len);
    return !at || memmem(rest.ptr, rest.len, secret.ptr, secret.len);
}

static void check_untold(kith_slice said, const struct kith_config *c, kith_slice text)
{
    const struct settings *s = kith_config_settings(c);
    for (unsigned i = 0; i < s->key_count + s->api_key_count; i++) {
        kith_slice secret = i < s->key_count ? s->keys[i].options.secret
                                             : s->api_keys[i - s->key_count].secret;
        KITH_ASSERT(!tells(said, secret) || stands_twice(text, secret));
    }
}

static void check_changes(const struct kith_config *was, const struct kith_config *now,
                          kith_slice text)
{
    struct buf said = {0};
    unsigned n = config_changes(was, now, true, &said) + config_changes(was, now, false, &said);
    for (kith_slice rest = buf_slice(&said), line; rest.len; n--) {
        rest = slice_cut(rest, '\n', &line);
        KITH_ASSERT(n > 0 && rest.ptr && line.len && !utf8_has_control(line));
    }
    KITH_ASSERT(n == 0);
    check_untold(buf_slice(&said), was, text);
    check_untold(buf_slice(&said), now, text);
    buf_fini(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice text = slice_of(bytes, len), first, second = slice_cut(text, 0xff, &first);
    if (len && memmem(bytes, len, "_file", 5)) return 0;
    struct kith_config *was = read_one(first, len % 2), *now = read_one(second, false);
    check_clone(was);
    check_changes(was, now, text);
    kith_config_free(was);
    kith_config_free(now);
    return 0;
}
