/* app/bench_graph.h -- the friend graph of `kith bench`, as it is asked for. */
#pragma once

#include "load/graph.h"
#include "load/names.h"

struct bench_graph {
    struct graph graph;
    struct names names;
};

/* `spec`: ring:K, regular:K, friends or friends:MEAN, follow or follow:MEAN, file:PATH, which
 * brings its own users. Returns an exit code, having complained. */
int bench_graph_make(struct bench_graph *g, const char *spec, uint32_t users, uint64_t first_id,
                     uint64_t seed);
void bench_graph_fini(struct bench_graph *g);

/* False: `spec` is none of these. A file is not opened. */
bool bench_graph_known(const char *spec);

/* As text on standard output, for kith graph import. Returns an exit code, having complained. */
int bench_graph_write(const struct bench_graph *g);
