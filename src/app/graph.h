/* app/graph.h -- the parts of `kith graph`, each at a server's API or on a data folder. All return
 * an exit code, having complained or said what came of it. */
#pragma once

#include "app/target.h"

#define GRAPH_NAME   "kith graph"
#define GRAPH_NDJSON "application/x-ndjson" /* its media type */

enum graph_change { GRAPH_ADD, GRAPH_REMOVE, GRAPH_BLOCK, GRAPH_UNBLOCK };

/* `from` says something about `to`; `mutual`: and the other way round. */
int graph_change(const struct target *t, enum graph_change what, const char *from, const char *to,
                 bool mutual);

/* A text that is open, of which the beginning has been read. */
struct graph_source {
    const char *path; /* as it is told */
    int fd;
    kith_slice head; /* what has been read of it */
    bool ndjson;     /* an object a line, rather than two words (wire/edges.h) */
};

/* How the edges are written (wire/edges.h). An import that is not told looks at the text. */
enum graph_form { GRAPH_FORM_UNSAID, GRAPH_FORM_TEXT, GRAPH_FORM_NDJSON };

/* Adds the edges of a file, "-" for standard input; with `mutual` those of the other direction,
 * too. How far it is and what came of it is said on the way. */
int graph_import(const struct target *t, const char *path, enum graph_form form, bool mutual);

/* Writes all edges to standard output, as text if nothing is said. */
int graph_export(const struct target *t, enum graph_form form);
