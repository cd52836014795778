/* bench/article.h -- the channel of the article, as app/serve.c has it, for benchmarks that feed
 * edges themselves. */
#pragma once

#include "edge/edge.h"

/* With user:<id> at /socket, no tokens, no grace, and so much patience that nobody is pinged or cut
 * off. */
struct edge_options article_options(void);
