/* tests/edge/operator.h -- an operator's connection to the rig's API, and a store that answers its
 * questions as the test says. */
#pragma once

#include "edge/heard.h"

#include "shard/call.h"
#include "shard/rule.h"

enum { OPERATOR = 0 }; /* the client that it is, on shard 0 as in a real server */

#define KEY_READ  "authorization: Bearer a-key-that-may-read-and-do-nothing-else\r\n"
#define KEY_WRITE "authorization: Bearer a-key-that-may-write-which-is-to-read-too\r\n"
#define KEY_ADMIN "authorization: Bearer a-key-that-may-do-all-that-there-is-to-do\r\n"

/* What the store is told, a line each, and what it answers. */
struct paper_store {
    struct buf asked;
    kith_err err;       /* to all that is asked of it */
    bool deaf;          /* it never answers */
    uint64_t number;    /* of its next answers */
    uint64_t changes;   /* that a graph makes */
    const char *ids;    /* of a visibility's list, or of who watches, with a blank behind each */
    const char *more;   /* the last of the latter, if there are more */
    const char *unseen; /* whom no viewer may see */
    const char *const *pieces; /* of a graph, up to a NULL, one an answer */
    unsigned given;            /* of them */
};
extern struct paper_store paper;

/* A rig of two shards, fed as the program says, with the operator connected; and its end. */
void operator_set_up(struct rig *r);
void operator_tear_down(struct rig *r);

/* The same for cmocka; *state is the rig. */
int operator_begin(void **state);
int operator_end(void **state);

/* The API wants one of the keys above. */
void operator_wants_keys(struct rig *r);

/* A request with `headers` (whole lines, or ""), and JSON, with ' for ", as its body; NULL: none.
 */
void operator_asks(struct rig *r, const char *method, const char *path, const char *headers,
                   const char *json);
/* The same as bytes, appended. */
void operator_put(struct buf *out, const char *method, const char *path, const char *headers,
                  const char *json);

/* Clients 1 and 2 come as the users 1 and 7, who have their homes on different shards; and what the
 * API tells of either. */
void operator_users_come(struct rig *r);
#define META "{'online_at':'1795487065','status':'online','phx_ref':'*'}"

/* What the store has been told since the last look is this. */
void assert_told(const char *lines, const char *file, int line);
#define TOLD(lines) assert_told(lines, __FILE__, __LINE__)

/* A problem, as heard. */
#define PROBLEM(status, title, code, detail)                                                       \
    status " {'type':'about:blank','title':'" title "','status':" status ",'code':'" code          \
           "','detail':'" detail "'}\n"
