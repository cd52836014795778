/* io/http_curl.h -- how Kith uses libcurl, for the files that do: it stays between them. */
#pragma once

#include "base/err.h"

#include <curl/curl.h>
#include <stdbool.h>

/* http:// or https:// alone, no proxy of the environment, which would be told the key, and no
 * redirects, which nobody here sends. `ca_file` (PEM), or with NULL those that the system trusts,
 * say whose certificates are taken. False: out of memory. */
bool http_curl_set_up(CURL *curl, const char *url, const char *ca_file);

/* What went wrong, in words of ours where curl's would not say what to do. KITH_NONE: no server
 * answers there. KITH_BAD: the URL is none. KITH_NOMEM, KITH_IO. What to do is, `for_command`, said
 * to whom a command's options help; else to whoever runs a server that asks another one. */
kith_err http_curl_explain(CURLcode code, bool for_command, kith_problem *why);
