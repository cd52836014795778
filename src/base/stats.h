/* base/stats.h -- what one shard counts. Each shard writes only its own; readers add them up. */
#pragma once

#include "base/latency.h"

/* Name, and the help text that /metrics prints. Counters only ever grow. */
#define STATS_COUNTERS(X)                                                                          \
    X(connections_opened, "Sockets accepted")                                                      \
    X(connections_closed, "Sockets closed")                                                        \
    X(connections_refused, "Sockets turned away with 503: there were too many")                    \
    X(connections_crowded, "Sockets and requests refused: there were too many from their address") \
    X(sockets_crowded, "Sockets closed or refused: their user had too many")                       \
    X(unfinished_refused,                                                                          \
      "Messages and requests refused before their end: others had begun too much")                 \
    X(received_bytes, "Bytes read from sockets")                                                   \
    X(sent_bytes, "Bytes written to sockets")                                                      \
    X(sendmsg_calls, "System calls that wrote to sockets")                                         \
    X(socket_writes, "Writes to sockets, many of them by one call")                                \
    X(messages_received, "Phoenix messages received")                                              \
    X(joins, "Channel joins answered ok")                                                          \
    X(joins_refused, "Channel joins answered with an error")                                       \
    X(announcements, "Presence changes announced")                                                 \
    X(announcements_held, "Presence changes that waited, as many watch their user")                \
    X(encodings, "Frames encoded for announcements")                                               \
    X(deliveries, "Presence frames put into outboxes")                                             \
    X(deliveries_dropped, "Presence frames withheld from slow sockets")                            \
    X(clients_fallen_behind, "Times that a socket became slow: presence frames were withheld")     \
    X(resyncs, "Full states sent to sockets that had fallen behind")                               \
    X(states_held, "Full states of more than 64 KiB that waited for room: others had taken it")    \
    X(states_cut, "Sockets closed that took long over such a state while others waited for room")  \
    X(states_refused, "States of topics that were larger than 8 MiB, and so not sent")             \
    X(lists_cut, "Friend lists of which a session watches only the first 5000")                    \
    X(lists_failed, "Friend lists that the store could not read: their joins were refused")        \
    X(lists_known, "Friend lists told as they were last known, while the database was lost")       \
    X(watches_refused,                                                                             \
      "Requests to watch, or when users were last seen, refused: their user had asked for "        \
      "too many within an hour")                                                                   \
    X(handshakes_refused, "Upgrades refused")                                                      \
    X(api_requests, "Requests to the REST API answered")                                           \
    X(api_requests_refused, "Of these, answered with 4xx")                                         \
    X(api_requests_failed, "Of these, answered with 5xx")                                          \
    X(api_keys_refused, "Requests to the REST API with no key, or one that is not known")          \
    X(tls_handshakes, "TLS handshakes done")                                                       \
    X(tls_resumed, "Of these, resumed by a ticket: less work for both sides")                      \
    X(tls_handshakes_failed, "TLS handshakes begun and not done: refused, broken off, too slow")   \
    X(longpolls_opened, "Long-poll sessions opened")                                               \
    X(longpolls_closed, "Long-poll sessions ended")                                                \
    X(entries_refused, "Presence changes refused for want of memory or room")                      \
    X(cluster_pulls, "Questions to other nodes for what this one has not got of their streams")    \
    X(cluster_gaps, "Batches of other nodes that did not follow what was known of their streams")  \
    X(cluster_sections_held,                                                                       \
      "Sections of other nodes that came before the change of the rules that they were made by")   \
    X(cluster_digest_mismatches, "Streams that two nodes knew to the same point, and not alike")   \
    X(cluster_frames_unsent, "Frames to other nodes that NATS did not take")                       \
    X(cluster_frames_lost, "Frames to other nodes that went with a connection to NATS")            \
    X(cluster_frames_huge, "Frames with more than 64 KiB that came by NATS: no node sends such")   \
    X(cluster_connections_lost, "Connections to NATS that ended")                                  \
    X(bus_failures, "Broadcasts that the bus did not take")                                        \
    X(mails, "Messages between shards")                                                            \
    X(mails_lost, "Messages that found no memory")

/* What stands just now; the owner measures it before it is read (figures_measure). */
#define STATS_GAUGES(X)                                                                            \
    X(presences, "Presence entries, each at its home")                                             \
    X(users, "Users with sessions here; who has some on several threads is counted on each")       \
    X(unfinished_bytes, "Bytes of clients' messages and requests that have not ended, or wait")    \
    X(users_paced, "Users whose next change would wait, as many watch them")                       \
    X(cluster_streams_behind, "Streams of other nodes that are not known to their end")

/* How long things take: histograms. */
#define STATS_LATENCIES(X)                                                                         \
    X(delivery, "From a change, at its user's home, until the kernel has what tells a socket of "  \
                "it; of each write the first frame")                                               \
    X(join, "From the turn that read a join to that in which its reply and its state leave")       \
    X(api_request,                                                                                 \
      "From the turn that read the head of a request to the REST API to that of its answer")

struct stats {
#define X(name, help) uint64_t name;
    STATS_COUNTERS(X)
    STATS_GAUGES(X)
#undef X
#define X(name, help) struct latency name;
    STATS_LATENCIES(X)
#undef X
};

/* What the whole process takes of the machine. */
struct process_stats {
    uint64_t memory_bytes; /* resident */
    uint64_t cpu_ms;       /* of all its threads, in user and kernel mode */
    uint64_t start_ms;     /* when it began to serve, Unix */
};

/* Reading from the application's own tables; the store's thread counts it. */
#define SOURCE_COUNTERS(X)                                                                         \
    X(reads, "Users whose friends were asked for there")                                           \
    X(failures, "Of these, not told: those that were read last hold")                              \
    X(changes, "Of these, told others than the store had")                                         \
    X(notices, "Users named by NOTIFY, each time")                                                 \
    X(sweeps, "Times that the friends of all who are here were read again")
struct source_stats {
#define X(name, help) uint64_t name;
    SOURCE_COUNTERS(X)
#undef X
    uint64_t lost_ms;  /* mono; since when the tables are lost; 0: they are there */
    uint64_t sweep_ms; /* how long the latest sweep took */
    uint64_t deaf;     /* nobody listens for NOTIFY, though somebody should */
};

/* The log of events, and their delivery; the store's thread counts it. */
#define EVENT_COUNTERS(X)                                                                          \
    X(logged, "Events of presence written to the log")                                             \
    X(dropped, "Changes of sessions that found no room to wait for the store in")                  \
    X(forgotten, "Events taken off the log, as it is bounded")
struct event_stats {
#define X(name, help) uint64_t name;
    EVENT_COUNTERS(X)
#undef X
    uint64_t waiting; /* changes that are not written yet */
};

/* What a hook does of it. */
#define HOOK_COUNTERS(X)                                                                           \
    X(delivered, "Events that the back end has taken")                                             \
    X(posts, "Requests to the back end")                                                           \
    X(failures, "Of these, not answered with 2xx in time")                                         \
    X(retries, "Of these, sent because the one before had failed")                                 \
    X(lost, "Events that were taken off the log, as it is bounded, before the back end had them")
struct hook_stats {
#define X(name, help) uint64_t name;
    HOOK_COUNTERS(X)
#undef X
    uint64_t leads;      /* it is this node that delivers */
    uint64_t queue;      /* events in the log that the back end has not taken */
    uint64_t oldest_ms;  /* unix: when the first of them was; 0: there are none */
    uint64_t failing_ms; /* mono: since when it takes none; 0: it does */
};

/* Adds `from` to `sum`. */
void stats_add(struct stats *sum, const struct stats *from);
