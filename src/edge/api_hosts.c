/* edge/api_hosts.c -- by which names the operators' listener may be called. */
#include "edge/api_hosts.h"

#include "edge/origin.h"

bool api_host_allowed(const struct api_hosts *h, kith_slice host)
{
    kith_slice name = origin_host_name(host);
    if (origin_host_is_loopback(host)) return true;
    for (unsigned i = 0; i < h->count; i++)
        if (slice_eq_nocase(h->names[i], name)) return true;
    return false;
}
