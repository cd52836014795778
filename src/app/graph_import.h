/* app/graph_import.h -- a graph text of any length into the store, with progress on stderr. */
#pragma once

#include "io/store.h"

/* Adds the edges of a file ("-": standard input), each line also the other way round if `mutual`.
 * All or nothing for each 10,000 lines. Says on stdout what it did, on stderr what went wrong and
 * what is kept; returns an exit code. */
int graph_import(struct store *store, const char *path, bool mutual);
