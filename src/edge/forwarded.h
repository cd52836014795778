/* edge/forwarded.h -- behind proxies: whose request it is. */
#pragma once

#include "base/limits.h"
#include "wire/address.h"
#include "wire/http.h"

/* Whose word is taken for whom they speak. */
struct proxies {
    struct network all[TRUSTED_PROXIES_MAX];
    unsigned count;
};

bool proxies_have(const struct proxies *p, const struct address *a);

/* The client of a request that came from one of them: of all that X-Forwarded-For names, in the
 * order in which it was passed on, the last that is not one of them itself; what stands before that
 * anybody may have written. If all are, the first. False: nobody is named. */
bool forwarded_client(const struct proxies *p, const struct http_request *r, struct address *out);
