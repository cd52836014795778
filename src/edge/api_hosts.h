/* edge/api_hosts.h -- by which names the operators' listener may be called: a web page can make any
 * other lead here (DNS rebinding), and then what it asks has the browser's own origin. */
#pragma once

#include "base/limits.h"
#include "base/slice.h"

#include <stdbool.h>

/* Names and addresses without a port; an IPv6 one in brackets. */
struct api_hosts {
    kith_slice names[API_HOSTS_MAX + 1]; /* the configured ones, and the listener's own address */
    unsigned count;
};

/* `host`, of a request, with or without a port, is one of them in any case of letters, or names
 * this machine itself. */
bool api_host_allowed(const struct api_hosts *h, kith_slice host);
