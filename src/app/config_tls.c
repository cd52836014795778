/* app/config_tls.c -- what listeners that speak TLS, and certificates, need to be whole. */
#include "app/config_tls.h"

#include "app/config_said.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400, SOON_DAYS = 14 }; /* who renews by machine does so a month before */

static struct tls_pair pair_of(const struct settings_certificate *c)
{
    return (struct tls_pair){c->cert_file, c->key_file};
}

static kith_err check_pair(const struct settings_certificate *c, kith_problem *why)
{
    struct tls_pair pair = pair_of(c);
    uint64_t expires_s;
    if (!c->cert_file)
        return problem(KITH_BAD, why, "no certificate; write cert_file = FILE, as PEM");
    if (!c->key_file)
        return problem(KITH_BAD, why, "no private key; write key_file = FILE, as PEM");
    return tls_pair_check(&pair, &expires_s, why);
}

/* Which listener is to speak it, or NULL. */
static const char *switched_on(const struct settings *s)
{
    return s->tls.listen ? "listen_tls" : s->tls.api ? "api_tls" : NULL;
}

static kith_err check_uses(const struct kith_config *c, kith_problem *why)
{
    const struct settings *s = &c->now;
    const char *on = switched_on(s);
    if (on && !s->certificate_count)
        return config_fault(c, config_line_of(c, "server", on), why,
                            "server.%s = on needs a certificate; add a [certificate NAME] section "
                            "with cert_file = FILE and key_file = FILE",
                            on);
    if (!on && s->certificate_count)
        return config_fault(
            c, c->certificates[0].line, why,
            "[certificate %s] is shown to nobody; write listen_tls = on in [server], "
            "or leave it out",
            s->certificates[0].name);
    if (s->tls.api && strcmp(s->api, "off") == 0)
        return config_fault(c, config_line_of(c, "server", "api_tls"), why,
                            "server.api_tls = on, and server.api = off; leave out one of them");
    return KITH_OK;
}

kith_err config_check_tls(const struct kith_config *c, kith_problem *why)
{
    kith_err e = check_uses(c, why);
    for (unsigned i = 0; i < c->now.certificate_count && !e; i++) {
        kith_problem what;
        const struct settings_certificate *one = &c->now.certificates[i];
        e = check_pair(one, &what);
        if (e)
            e = config_fault(c, c->certificates[i].line, why, "[certificate %s]: %s", one->name,
                             what.text);
    }
    return e;
}

kith_err config_check_ca(const struct kith_config *c, const char *section, const char *name,
                         const char *path, kith_problem *why)
{
    kith_problem what;
    kith_err e = path ? tls_ca_check(path, &what) : KITH_OK;
    return e ? config_fault(c, config_line_of(c, section, name), why, "%s.%s: %s", section, name,
                            what.text)
             : KITH_OK;
}

struct tls_options config_tls(const struct settings *s)
{
    struct tls_options o = {.count = s->certificate_count};
    for (unsigned i = 0; i < s->certificate_count; i++)
        o.pairs[i] = pair_of(&s->certificates[i]);
    return o;
}

static void warn(const struct settings_certificate *c, uint64_t at_s, uint64_t unix_s,
                 void (*say)(const char *text))
{
    char text[512], day[32];
    time_t at = (time_t)at_s;
    struct tm tm;
    if (!gmtime_r(&at, &tm) || !strftime(day, sizeof day, "%Y-%m-%d", &tm)) return;
    (void)snprintf(text, sizeof text, "[certificate %s]: %.200s %s on %s%s; renew it", c->name,
                   c->cert_file, at_s <= unix_s ? "expired" : "expires", day,
                   at_s <= unix_s ? ", and clients refuse it" : "");
    say(text);
}

void config_tls_warn(const struct settings *s, uint64_t unix_s, void (*say)(const char *text))
{
    for (unsigned i = 0; i < s->certificate_count; i++) {
        struct tls_pair pair = pair_of(&s->certificates[i]);
        uint64_t at_s;
        kith_problem why;
        if (tls_pair_check(&pair, &at_s, &why) == KITH_OK && at_s < unix_s + SOON_DAYS * DAY_S)
            warn(&s->certificates[i], at_s, unix_s, say);
    }
}
