/* bench/edges_file.h -- a graph as a file for kith graph import. */
#pragma once

#include "load/graph.h"

/* "<watcher> <watched>", ids counted from `first_id`. Dies if it cannot be written. */
void edges_write_file(const char *path, const struct graph *g, uint64_t first_id);
