/* app/config_tls.h -- what listeners that speak TLS, and certificates, need to be whole. */
#pragma once

#include "app/config_state.h"
#include "io/tls.h"

/* KITH_BAD: `why` names the line. */
KITH_MUST_USE kith_err config_check_tls(const struct kith_config *c, kith_problem *why);

/* Whether the CA's file that [section] names, NULL for none, holds a certificate. Errors alike. */
KITH_MUST_USE kith_err config_check_ca(const struct kith_config *c, const char *section,
                                       const char *name, const char *path, kith_problem *why);

/* The certificates of checked settings, which outlive it. */
struct tls_options config_tls(const struct settings *s);

/* Calls `say` for each certificate that has expired, or soon will, with what is to be known. */
void config_tls_warn(const struct settings *s, uint64_t unix_s, void (*say)(const char *text));
