/* tests/fuzz/fuzz_config.c -- kith.conf: any bytes are read or refused with a reason in one line,
 * and what is read keeps to its bounds. Inputs that name files are left out: nobody knows which. */
#include "app/config_state.h"
#include "base/assert.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len && memmem(bytes, len, "_file", 5)) return 0;
    struct kith_config *c = kith_config_new();
    kith_problem why = {""};
    if (!c) return 0;
    if (config_read(c, "f", slice_of(bytes, len), len % 2, &why) != KITH_OK)
        check_reason(&why);
    else if (kith_config_check(c, &why) != KITH_OK)
        check_reason(&why);
    check_settings(c);
    kith_config_free(c);
    return 0;
}
