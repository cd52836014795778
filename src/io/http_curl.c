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

kith_err http_curl_explain(CURLcode code, kith_problem *why)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT: return problem(KITH_NONE, why, "nobody listens there");
    case CURLE_COULDNT_RESOLVE_HOST:
        return problem(KITH_NONE, why, "no host of that name is known");
    case CURLE_URL_MALFORMAT: return problem(KITH_BAD, why, "that is no URL");
    case CURLE_OUT_OF_MEMORY: return problem(KITH_NOMEM, why, "out of memory");
    case CURLE_SSL_CONNECT_ERROR:
        return problem(KITH_IO, why,
                       "what answers there speaks no TLS, or none that is known here; the API of "
                       "a kith whose config has no api_tls = on is at http://, not https://");
    case CURLE_PEER_FAILED_VERIFICATION:
        return problem(KITH_IO, why,
                       "its certificate is not trusted, or is for another name; say the name that "
                       "it is for, and --cacert FILE if its CA is your own");
    case CURLE_SSL_CACERT_BADFILE:
        return problem(KITH_IO, why,
                       "the file of --cacert cannot be read, or holds no certificate as PEM");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_GOT_NOTHING:
        return problem(KITH_IO, why,
                       "what answers there does not speak HTTP; is that the API's port?");
    case CURLE_OPERATION_TIMEDOUT: return problem(KITH_IO, why, "no answer in time");
    default: return problem(KITH_IO, why, "%s", curl_easy_strerror(code));
    }
}
