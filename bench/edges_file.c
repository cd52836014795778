/* bench/edges_file.c -- a graph as a file for kith graph import. */
#include "edges_file.h"

#include "tool.h"

#include <inttypes.h>
#include <stdio.h>

void edges_write_file(const char *path, const struct graph *g, uint64_t first_id)
{
    FILE *out = fopen(path, "w");
    if (!out) die("cannot write %s", path);
    for (uint32_t u = 0; u < g->users; u++)
        for (uint64_t e = g->first[u]; e < g->first[u + 1]; e++)
            fprintf(out, "%" PRIu64 " %" PRIu64 "\n", first_id + u, first_id + g->watched[e]);
    if (fclose(out) != 0) die("cannot write %s", path);
}
