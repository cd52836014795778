/* app/kith_cluster.h -- a server as one node of several: what its config comes to for io/host. */
#pragma once

#include "app/settings.h"
#include "io/host.h"

struct kith_cluster {
    struct host_cluster host;
    char node[NODE_NAME_BYTES_MAX + 1];
    char *texts[8]; /* copies of what the config holds */
    unsigned text_count;
};

/* Of a config with a cluster. KITH_BAD: it has no name that a node may have, `why` says what to do;
 * KITH_NOMEM. What it points to lives as long as it and `settings` do. */
KITH_MUST_USE kith_err kith_cluster_set(struct kith_cluster *c, const struct settings *settings,
                                        const struct kith_config *config, kith_problem *why);
void kith_cluster_fini(struct kith_cluster *c); /* {0} is a valid empty one */
