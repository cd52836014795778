/* kith/config.h -- a server's settings: the keys of kith.conf, with their defaults. `kith config
 * init` prints them all with their explanations. */
#pragma once

#include <kith/err.h>

struct kith_config;

KITH_API struct kith_config *kith_config_new(void);    /* all defaults. NULL: out of memory */
KITH_API void kith_config_free(struct kith_config *c); /* NULL is welcome */

/* Reads a file over what is set, whole or not at all; `why` says file:line, what, and what to do.
 * KITH_BAD: a line; KITH_FULL: more than 16 [token NAME]; KITH_IO: no such file; KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_config_load(struct kith_config *c, const char *path,
                                                 kith_problem *why);

/* Sets "section.key" ("server.listen") as the file would, save that what a file names is looked for
 * beside it, and here where the process is; command line flags go through here.
 * Errors as of a file: KITH_BAD, KITH_FULL, KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_config_set(struct kith_config *c, const char *key,
                                                const char *value, kith_problem *why);

/* The value in force as text, or NULL for an unknown key. Borrowed until the next set or load. */
KITH_API const char *kith_config_get(const struct kith_config *c, const char *key);

/* All settings together: what one key cannot know of another, and the files they name.
 * KITH_BAD; KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_config_check(const struct kith_config *c, kith_problem *why);

/* Whether a server could listen where the settings say: now, and nothing is kept open. KITH_EXISTS:
 * a port is in use; KITH_BAD: another reason; `why` says file:line, what, and what to do. */
KITH_API KITH_MUST_USE kith_err kith_config_check_listen(const struct kith_config *c,
                                                         kith_problem *why);
