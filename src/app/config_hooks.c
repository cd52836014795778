/* app/config_hooks.c -- what [hooks] needs to be whole. */
#include "app/config_hooks.h"

#include "app/config_said.h"
#include "app/config_tls.h"

#define SECRET_BYTES_MIN 32

static unsigned line(const struct kith_config *c, const char *name)
{
    return config_line_of(c, "hooks", name);
}

static kith_err check_secret(const struct kith_config *c, kith_problem *why)
{
    kith_slice secret = c->now.hooks.secret;
    if (!secret.len)
        return config_fault(
            c, line(c, "url"), why,
            "[hooks] has no secret; write secret_file = FILE, with at least %d bytes "
            "that your back end has, too",
            SECRET_BYTES_MIN);
    if (secret.len >= SECRET_BYTES_MIN) return KITH_OK;
    return config_fault(c, line(c, "secret_file"), why,
                        "hooks.secret_file: %zu bytes are too few for a secret; write at least %d: "
                        "openssl rand -base64 48",
                        secret.len, SECRET_BYTES_MIN);
}

kith_err config_check_hooks(const struct kith_config *c, kith_problem *why)
{
    const struct settings_hooks *s = &c->now.hooks;
    if (!s->url && s->secret.len)
        return config_fault(c, line(c, "secret_file"), why,
                            "[hooks] does not say where events are sent; write url = https://...");
    if (s->ca_file && !slice_starts(slice_str(s->url ? s->url : ""), KITH_LIT("https://")))
        return config_fault(c, line(c, "ca_file"), why,
                            "hooks.ca_file is for TLS, and hooks.url does not ask for it; write "
                            "url = https://...");
    kith_err e = s->url ? check_secret(c, why) : KITH_OK;
    return e ? e : config_check_ca(c, "hooks", "ca_file", s->ca_file, why);
}
