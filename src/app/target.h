/* app/target.h -- where a command does its work: at a running server, through its API, or on a data
 * folder that none has. */
#pragma once

#include "io/store.h"

#include <argp.h>

struct target {
    const char *api, *key_file;
    const char *ca_file; /* who vouches for an https:// API; NULL: whom the system trusts */
    const char *data; /* a folder, or the URL of --store; NULL, as of the others: it is not said */
    bool guessed;     /* nobody said: where it went is told */
    bool either;      /* a folder would do, too */
};

/* --api, --key-file, --data and --store, and for a command that needs a server the first two:
 * children of the command's argp, whose input is a struct target. */
extern const struct argp target_argp, target_server_argp;

/* Ends the command with EX_USAGE if no API can be called so; `option`, and a blank behind it, is
 * what it stood behind, if anything. */
void target_check_url(const char *option, const char *url, struct argp_state *state);

/* What these options say in --help, behind the command's own words. */
#define TARGET_DOC                                                                                 \
    "Without --api and --data a server at http://127.0.0.1:4001 is asked; if none answers there, " \
    "it works on ./data. Which of the two is told; where both could be meant, one has to be "      \
    "said. The variable KITH_API names another address than that. "
#define TARGET_SERVER_DOC                                                                          \
    "Without --api that is the one at http://127.0.0.1:4001, or where the variable KITH_API "      \
    "says. "
#define TARGET_KEY_DOC                                                                             \
    "The API wants a key: --key-file, or the variable KITH_KEY_FILE, names a file with the "       \
    "secret "                                                                                      \
    "of a [key NAME] of the server's config. One in development (--auth none, --demo) asks for "   \
    "none. Over https:// its certificate is held to the CAs that this system trusts, or to those " \
    "in the file of --cacert, or of the variable KITH_CACERT."

/* Settles it: from here on just one of `api` and `data` is set. Returns an exit code, having
 * complained: what is meant cannot be told. */
int target_settle(struct target *t, const char *command);
void target_settle_server(struct target *t); /* `api` */

/* Says on stderr where the work went, if nobody has said where it should. */
void target_tell(const struct target *t, const char *command);

/* TARGET_READ goes beside a server; the others take the store's lock; TARGET_MAKE makes a folder if
 * there is none. */
enum target_use { TARGET_READ, TARGET_CHANGE, TARGET_MAKE };

/* The store in t->data, the caller's to close; told as above. Returns an exit code, having
 * complained. */
int target_open(const struct target *t, const char *command, enum target_use use,
                struct store **out);
