/* app/config_cluster.c -- what [cluster] needs to be whole; a node's name, and keys from the secret
 * that all nodes share. */
#include "app/config_cluster.h"

#include "app/config_said.h"
#include "app/config_tls.h"
#include "edge/token_signature.h"
#include "io/system.h"
#include "wire/node.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define SECRET_BYTES_MIN 32

static bool says(const struct kith_config *c, const char *name)
{
    return config_is_set(&c->top, "cluster", name);
}

static unsigned line(const struct kith_config *c, const char *name)
{
    return config_line_of(c, "cluster", name);
}

/* The first setting of the section, or NULL. */
static const struct config_key *any_said(const struct kith_config *c)
{
    for (int i = 0; i < config_keys_count; i++)
        if (strcmp(config_keys[i].section, "cluster") == 0 && says(c, config_keys[i].name))
            return &config_keys[i];
    return NULL;
}

/* All nodes share what is kept: friends, rules, and the number of a node's runs. */
static kith_err check_store(const struct kith_config *c, kith_problem *why)
{
    if (c->now.store_url) return KITH_OK;
    return config_fault(c, line(c, "name"), why,
                        "[cluster] needs a database that all nodes share; write [store] with url = "
                        "postgresql://HOST/DATABASE, or leave [cluster] out");
}

static kith_err check_needed(const struct kith_config *c, kith_problem *why)
{
    const struct settings_cluster *s = &c->now.cluster;
    if (!s->name)
        return config_fault(c, line(c, any_said(c)->name), why,
                            "[cluster] has no name; write name = NAME, the same on every node");
    if (!s->url_count)
        return config_fault(c, line(c, "name"), why,
                            "[cluster] has no urls; write urls = nats://HOST:4222, where NATS is");
    if (!says(c, "secret_file"))
        return config_fault(c, line(c, "name"), why,
                            "[cluster] has no secret; write secret_file = FILE, with the same 32 "
                            "bytes or more on every node (openssl rand -base64 48)");
    if (s->secret.len < SECRET_BYTES_MIN)
        return config_fault(c, line(c, "secret_file"), why,
                            "cluster.secret_file: %zu bytes are too few for a secret; write at "
                            "least %d, as from: openssl rand -base64 48",
                            s->secret.len, SECRET_BYTES_MIN);
    return KITH_OK;
}

/* libnats takes strings. */
static bool is_string(kith_slice s) { return s.len > 0 && slice_find(s, 0) == s.len; }

static kith_err check_login(const struct kith_config *c, kith_problem *why)
{
    const struct settings_cluster *s = &c->now.cluster;
    static const char *const secrets[] = {"password_file", "token_file"};
    if (says(c, "user") != says(c, "password_file"))
        return config_fault(c, line(c, says(c, "user") ? "user" : "password_file"), why,
                            "cluster.user and cluster.password_file go together; write both, or "
                            "none");
    if (says(c, "user") + says(c, "token_file") + says(c, "credentials_file") > 1)
        return config_fault(c, line(c, says(c, "token_file") ? "token_file" : "user"), why,
                            "NATS takes one way to prove oneself; write credentials_file, or user "
                            "and password_file, or token_file");
    const kith_slice held[] = {s->password, s->token};
    for (int i = 0; i < 2; i++)
        if (says(c, secrets[i]) && !is_string(held[i]))
            return config_fault(c, line(c, secrets[i]), why,
                                "cluster.%s: the file is empty or no text; write what NATS knows "
                                "into it",
                                secrets[i]);
    return KITH_OK;
}

static bool any_tls(const struct settings_cluster *s)
{
    for (unsigned i = 0; i < s->url_count; i++)
        if (slice_starts(slice_str(s->urls[i]), KITH_LIT("tls://"))) return true;
    return false;
}

static kith_err check_tls_files(const struct kith_config *c, kith_problem *why)
{
    const struct settings_cluster *s = &c->now.cluster;
    struct tls_pair pair = {s->cert_file, s->key_file};
    uint64_t expires_s;
    kith_problem what;
    kith_err e = config_check_ca(c, "cluster", "tls_ca_file", s->ca_file, why);
    if (e || !s->cert_file) return e;
    e = tls_pair_check(&pair, &expires_s, &what);
    return e ? config_fault(c, line(c, "tls_cert_file"), why, "cluster.tls_cert_file: %s",
                            what.text)
             : KITH_OK;
}

static kith_err check_tls(const struct kith_config *c, kith_problem *why)
{
    static const char *const files[] = {"tls_ca_file", "tls_cert_file", "tls_key_file"};
    for (int i = 0; i < 3; i++)
        if (says(c, files[i]) && !any_tls(&c->now.cluster))
            return config_fault(c, line(c, files[i]), why,
                                "cluster.%s is for TLS, and no url asks for it; write urls = "
                                "tls://NAME:PORT",
                                files[i]);
    if (says(c, "tls_cert_file") != says(c, "tls_key_file"))
        return config_fault(
            c, line(c, says(c, "tls_cert_file") ? "tls_cert_file" : "tls_key_file"), why,
            "cluster.tls_cert_file and cluster.tls_key_file go together; write both, or none");
    return check_tls_files(c, why);
}

static kith_err check_name(const struct kith_config *c, kith_problem *why)
{
    char name[NODE_NAME_BYTES_MAX + 1];
    kith_problem what;
    if (config_node(c, name, &what) == KITH_OK) return KITH_OK;
    return config_fault(c, line(c, "name"), why, "%s", what.text);
}

kith_err config_check_cluster(const struct kith_config *c, kith_problem *why)
{
    if (!any_said(c)) return KITH_OK;
    kith_err e = check_needed(c, why);
    if (!e) e = check_login(c, why);
    if (!e) e = check_tls(c, why);
    if (!e) e = check_name(c, why);
    return e ? e : check_store(c, why);
}

kith_err config_node(const struct kith_config *c, char out[NODE_NAME_BYTES_MAX + 1],
                     kith_problem *why)
{
    const char *set = c->now.cluster.node;
    if (set) {
        (void)snprintf(out, NODE_NAME_BYTES_MAX + 1, "%s", set);
        return KITH_OK;
    }
    if (system_host_name(out, NODE_NAME_BYTES_MAX + 1) && node_is_name(slice_str(out)))
        return KITH_OK;
    return problem(KITH_BAD, why,
                   "the name of this machine is none that a node may have; write cluster.node = "
                   "NAME, with 1 to %d letters, digits, dots, - and _",
                   NODE_NAME_BYTES_MAX);
}

kith_err config_cluster_key(const struct kith_config *c, const char *use, struct siphash_key *out)
{
    char text[64];
    uint8_t mac[TOKEN_MAC_BYTES_MAX];
    int n = snprintf(text, sizeof text, "kith cluster %s", use);
    size_t len = token_mac(TOKEN_HS256, c->now.cluster.secret, slice_of(text, (size_t)n), mac);
    if (!len) return KITH_NOMEM;
    memcpy(out, mac, sizeof *out);
    OPENSSL_cleanse(mac, sizeof mac);
    return KITH_OK;
}
