/* io/lane_state.h -- inside a lane: what its thread works with. */
#pragma once

#include "io/lane_shared.h"
#include "io/link_options.h"

#include <nats/nats.h>
#include <pthread.h>

enum { LANE_SUBJECT_MAX = 64 }; /* p., a name of 32, .n. and 16 digits */

struct lane_thread {
    struct lane lane;
    pthread_t thread;
    enum link_lane which;
    char cluster[LANE_SUBJECT_MAX / 2 + 1];
    char all_subject[LANE_SUBJECT_MAX], inbox_subject[LANE_SUBJECT_MAX];
    char urls[LINK_URLS_MAX][LINK_URL_BYTES_MAX];
    unsigned url_count, url; /* url: which is tried next, or in use */

    /* Its thread's alone */
    natsOptions *options;
    natsConnection *nc; /* NULL: none */
    natsSubscription *all, *inbox;
    int fd;            /* of nc, from attach to detach; else -1 */
    bool writes;       /* nc has something to write */
    bool heard_itself; /* the first echo has come */
    uint32_t number;   /* of the latest connection */
    uint32_t tries;    /* that failed, one after the other */
    uint64_t again_ms; /* when the next is due */
    uint64_t now_ms, greeted_ms, heard_ms;
    uint64_t asked_ms; /* when for a byte, and none has come; 0: not asked */
    size_t in_nc;      /* of lane.out_bytes: what nc has */
    kith_problem said; /* to the log, latest */
    uint64_t said_ms;
};
