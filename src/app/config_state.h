/* app/config_state.h -- inside a config: each setting's text, and where it was said. */
#pragma once

#include "app/config_keys.h"
#include "app/settings.h"

struct config_setting {
    char *text;    /* as it was written; NULL: the default holds */
    void *bytes;   /* of the file that it names, for the types that name one */
    unsigned line; /* of the file read last; 0: said elsewhere */
    bool earlier;  /* said before that file was read, and not since */
};

/* Of one section: the top ones together, or one with a name. By index into config_keys. */
struct config_scope {
    struct config_setting settings[CONFIG_KEYS_MAX];
    unsigned line; /* of a named one's heading */
};

struct kith_config {
    struct settings now; /* the values; its pointers lead into the texts and bytes below */
    struct config_scope top;
    struct config_scope tokens[TOKEN_KEYS_CONFIGURED_MAX];  /* beside now.keys */
    struct config_scope api_keys[API_KEYS_MAX];             /* beside now.api_keys */
    struct config_scope certificates[TLS_CERTIFICATES_MAX]; /* beside now.certificates */
    char *file;                                             /* read last; NULL: none */
    struct kith_config *before;                             /* as it was when that was read */
};

/* How many sections there are of a group, the texts of one, its values, and what it is called;
 * there is one top. */
unsigned config_count(const struct kith_config *c, enum config_group group);
struct config_scope *config_scope_at(const struct kith_config *c, enum config_group group,
                                     unsigned at);
void *config_values_at(struct kith_config *c, enum config_group group, unsigned at);
const char *config_name_at(const struct kith_config *c, enum config_group group, unsigned at);
int config_find_section(const struct kith_config *c, enum config_group group,
                        const char *name); /* the place among its group's, or -1 */

/* Sets a key of a section, on `line` of the file that is being read, or 0: elsewhere. A list grows
 * by what stands in one file. KITH_BAD: `why` begins with "section.key: ". */
KITH_MUST_USE kith_err config_put(struct kith_config *c, const char *section, const char *name,
                                  const char *value, unsigned line, kith_problem *why);

/* A section of this group and name, [token web], begins on `line`: there is one now, with or
 * without settings. KITH_BAD: it stands in this file already. KITH_FULL: there are too many. */
KITH_MUST_USE kith_err config_put_section(struct kith_config *c, enum config_group group,
                                          const char *name, unsigned line, kith_problem *why);

/* Reads `text`, the contents of a file called `name`, over what is set; if it is `exposed` it may
 * hold no secret. On an error part of it is set. KITH_BAD: `why` says name:line, what, and what to
 * do. */
KITH_MUST_USE kith_err config_read(struct kith_config *c, const char *name, kith_slice text,
                                   bool exposed, kith_problem *why);
