/* wire/http_fields.h -- what the fields of a request's head mean together. */
#pragma once

#include "wire/http.h"

/* `s` is host or host:port with a name, an IPv4 address or an IPv6 address in brackets. */
bool http_host_valid(kith_slice s);

/* Reads host, length, coding and persistence from the fields. out->host may hold the authority of
 * an absolute target. 0, or the status to answer with. */
int http_judge_fields(struct http_request *out);
