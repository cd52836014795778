/* app/graph_remote.h -- an import at a server's API. */
#pragma once

#include "app/target.h"

/* As graph_import, of an open file that is called `path`. */
int graph_import_remote(const struct target *t, int fd, const char *path, bool mutual);
