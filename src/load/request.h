/* load/request.h -- the request by which a client asks for its WebSocket. */
#pragma once

#include "base/buf.h"
#include "load/crowd_param.h"
#include "wire/phx.h"

struct request {
    kith_slice host, path, user;
    kith_slice token; /* empty: user_id is sent instead */
    enum phx_vsn vsn;
    const struct crowd_param *params;
    uint32_t param_count;
};

void request_put(struct buf *out, const struct request *r);
