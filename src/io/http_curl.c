/* io/http_curl.c -- how Kith uses libcurl. */
#include "io/http_curl.h"

#include <kith/version.h>

#define CONNECT_S 5 /* the API is near: it answers at once, or nobody is there */

bool http_curl_set_up(CURL *curl, const char *url, const char *ca_file)
{
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           (!ca_file || curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file) == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "kith/" KITH_VERSION) == CURLE_OK;
}

/* What is said: what happened, and behind it what to do. */
struct saying {
    CURLcode code;
    kith_err e;
    const char *words, *to_command, *to_server;
};

#define NO_HTTP "what answers there does not speak HTTP"
#define NO_HTTP_ADVICE                                                                             \
    "; is that the API's port?",                                                                   \
        "; is its port right, and is it at http:// or https:// as the URL says?"

static const struct saying sayings[] = {
    {CURLE_COULDNT_CONNECT, KITH_NONE, "nobody listens there", "", ""},
    {CURLE_COULDNT_RESOLVE_HOST, KITH_NONE, "no host of that name is known", "", ""},
    {CURLE_URL_MALFORMAT, KITH_BAD, "that is no URL", "", ""},
    {CURLE_OUT_OF_MEMORY, KITH_NOMEM, "out of memory", "", ""},
    {CURLE_OPERATION_TIMEDOUT, KITH_IO, "no answer in time", "", ""},
    {CURLE_UNSUPPORTED_PROTOCOL, KITH_IO, NO_HTTP, NO_HTTP_ADVICE},
    {CURLE_WEIRD_SERVER_REPLY, KITH_IO, NO_HTTP, NO_HTTP_ADVICE},
    {CURLE_GOT_NOTHING, KITH_IO, NO_HTTP, NO_HTTP_ADVICE},
    {CURLE_SSL_CONNECT_ERROR, KITH_IO,
     "what answers there speaks no TLS, or none that is known here",
     "; the API of a kith whose config has no api_tls = on is at http://, not https://",
     "; is it at http://?"},
    {CURLE_PEER_FAILED_VERIFICATION, KITH_IO,
     "its certificate is not trusted, or is for another name; say the name that it is for, and ",
     "--cacert FILE if its CA is your own",
     "if its CA is your own, name its file by ca_file, or have the system trust it "
     "(update-ca-certificates)"},
    {CURLE_SSL_CACERT_BADFILE, KITH_IO, "",
     "the file of --cacert cannot be read, or holds no certificate as PEM",
     "ca_file cannot be read, or holds no certificate as PEM; without a ca_file: the system's own "
     "certificates of CAs cannot be read (ca-certificates)"},
};

kith_err http_curl_explain(CURLcode code, bool for_command, kith_problem *why)
{
    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
        const struct saying *s = &sayings[i];
        if (s->code != code) continue;
        return problem(s->e, why, "%s%s", s->words, for_command ? s->to_command : s->to_server);
    }
    return problem(KITH_IO, why, "%s", curl_easy_strerror(code));
}
