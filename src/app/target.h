/* app/target.h -- where a command does its work: at a running server, through its API, or on a data
 * folder that none has. */
#pragma once

#include "io/store.h"

#include <argp.h>

struct target {
    const char *api, *key_file, *data; /* as they are said; NULL: not */
    bool guessed;                      /* the API is where servers have it: nobody said */
    bool either;                       /* a folder would do, too */
};

/* --api, --key-file and --data, and for a command that needs a server the first two: children of
 * the command's argp, whose input is a struct target. */
extern const struct argp target_argp, target_server_argp;

/* What these options say in --help, behind the command's own words. */
#define TARGET_DOC                                                                                 \
    "Without --api and --data it works on ./data, or, if a server has that, through the API at "   \
    "http://127.0.0.1:4001. "
#define TARGET_SERVER_DOC "Without --api that is the one at http://127.0.0.1:4001. "
#define TARGET_KEY_DOC                                                                             \
    "The API wants a key: --key-file, or the variable KITH_KEY_FILE, names a file with the "       \
    "secret "                                                                                      \
    "of a [key NAME] of the server's config. One in development (--auth none, --demo) asks for "   \
    "none."

/* Settles it: from here on just one of `api` and `data` is set. */
void target_settle(struct target *t);
void target_settle_server(struct target *t); /* `api` */

/* TARGET_READ goes beside a server; the others take the folder's lock; TARGET_MAKE makes it if
 * there is none. */
enum target_use { TARGET_READ, TARGET_CHANGE, TARGET_MAKE };

/* The store in t->data, the caller's to close. Returns an exit code, having complained. */
int target_open(const struct target *t, const char *command, enum target_use use,
                struct store **out);
