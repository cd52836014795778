/* app/graph_remote.h -- an import at a server's API. */
#pragma once

#include "app/graph.h"

/* As graph_import, of what is open. */
int graph_import_remote(const struct target *t, const struct graph_source *from, bool mutual);
