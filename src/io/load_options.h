/* io/load_options.h -- what a load is to do: that of `kith bench`, or of a benchmark. */
#pragma once

#include "base/limits.h"
#include "load/crowd_param.h"
#include "load/graph.h"
#include "load/names.h"
#include "load/plan.h"
#include "load/url.h"
#include "wire/phx.h"

#include <sys/types.h>

struct load_options {
    const struct url *urls; /* user u is of urls[u % url_count] */
    uint32_t url_count;
    const struct graph *graph;
    const struct names *names;
    const struct phase *phases; /* begin_us and first are set here */
    uint32_t phase_count;
    uint32_t processes; /* 0: as many as there are cores but one, or as descriptors require */
    uint64_t seed;      /* of the order of users */
    uint32_t hot;       /* see struct view */
    uint32_t beside;    /* likewise */
    uint32_t stalled;   /* see struct crowd_options; their systems take as little as they may */
    uint32_t note_bytes;
    uint64_t beat_us; /* each client's heartbeat; 0: none */
    enum phx_vsn vsn;
    bool own_topic, hold; /* see struct crowd_options */
    const struct crowd_param *params;
    uint32_t param_count;
    const struct token_keys *keys; /* NULL: user_id is sent; else a JWT of the first */
    const char *ca_file; /* who vouches for wss://, as PEM; NULL: whom the system trusts */
    const pid_t *pids;   /* of the server */
    uint32_t pid_count;
    bool progress;    /* a line on stderr */
    const char *name; /* of who complains on stderr */
};
