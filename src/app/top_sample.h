/* app/top_sample.h -- what one node tells of itself at one moment, read from its metrics, which may
 * be anybody's. Pure. */
#pragma once

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

/* Name, and the metric that it is. */
#define TOP_FIGURES(X)                                                                             \
    X(CONNECTIONS, "kith_connections")                                                             \
    X(USERS, "kith_users")                                                                         \
    X(JOINS, "kith_joins_total")                                                                   \
    X(FLIPS, "kith_announcements_total")                                                           \
    X(DELIVERIES, "kith_deliveries_total")                                                         \
    X(DROPPED, "kith_deliveries_dropped_total")                                                    \
    X(BYTES_IN, "kith_received_bytes_total")                                                       \
    X(BYTES_OUT, "kith_sent_bytes_total")                                                          \
    X(MEMORY, "process_resident_memory_bytes")                                                     \
    X(CPU, "process_cpu_seconds_total")                                                            \
    X(READY, "kith_ready")                                                                         \
    X(STORE_UP, "kith_store_up")                                                                   \
    X(STORE_LOST, "kith_store_lost_seconds")                                                       \
    X(SOURCE_UP, "kith_source_up")                                                                 \
    X(SOURCE_LOST, "kith_source_lost_seconds")                                                     \
    X(LISTENING, "kith_source_listening")                                                          \
    X(SOURCE_FAILURES, "kith_source_failures_total")                                               \
    X(STALE, "kith_cluster_stale_seconds")                                                         \
    X(BEHIND, "kith_cluster_streams_behind")                                                       \
    X(GAPS, "kith_cluster_gaps_total")                                                             \
    X(PULLS, "kith_cluster_pulls_total")                                                           \
    X(HELD, "kith_cluster_sections_held_total")                                                    \
    X(MISMATCHES, "kith_cluster_digest_mismatches_total")                                          \
    X(UNSENT, "kith_cluster_frames_unsent_total")                                                  \
    X(FORGED, "kith_cluster_frames_forged_total")                                                  \
    X(FRAMES_IN, "kith_cluster_frames_received_total")                                             \
    X(FRAMES_OUT, "kith_cluster_frames_sent_total")                                                \
    X(CLUSTER_IN, "kith_cluster_received_bytes_total")                                             \
    X(CLUSTER_OUT, "kith_cluster_sent_bytes_total")

enum top_figure {
#define X(name, metric) TOP_##name,
    TOP_FIGURES(X)
#undef X
        TOP_FIGURE_COUNT
};

/* Texts are printable ASCII: what else came is a '?'. */
typedef char top_name[NODE_NAME_BYTES_MAX + 1];

/* Another node, as this one sees it. */
struct top_peer {
    top_name name;
    char state[12]; /* up, suspect, down, leaving */
    double silent_s;
    bool relayed; /* it is heard by others alone */
};

struct top_sample {
    uint64_t at_ms;
    double values[TOP_FIGURE_COUNT]; /* NAN: it does not tell */
    bool clustered;                  /* it is one of several, and what follows counts */
    top_name cluster, node;
    char state[12]; /* joining, up, isolated, leaving */
    uint32_t peer_count;
    struct top_peer peers[PEERS_MAX]; /* those with troubles first, then by name */
};

/* KITH_BAD: no kith tells such. */
KITH_MUST_USE kith_err top_read(kith_slice metrics, uint64_t now_ms, struct top_sample *out);

/* How much more of it there is a second; NAN: one of the two does not tell, or it has begun anew.
 */
double top_rate(const struct top_sample *before, const struct top_sample *now, enum top_figure f);

/* Copies what can be printed, and is cut to `size`. */
void top_plain(char *out, size_t size, kith_slice text);
