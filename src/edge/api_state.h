/* edge/api_state.h -- one request of the REST API while it is under way; for its own files. */
#pragma once

#include "edge/api_key.h"
#include "edge/edge_state.h"
#include "shard/call.h"
#include "wire/http.h"
#include "wire/json.h"

/* A path of the API, and what is done there. */
struct api_route {
    const char *method, *path; /* a star stands for a user's id */
    enum api_role role;
    enum { NO_BODY, JSON_BODY, GRAPH_BODY } body; /* GRAPH: read and asked piece by piece */
    void (*start)(struct edge *e);
    void (*done)(struct edge *e); /* all have answered: it answers, or asks again */
    const char *parameters;       /* of its query, with blanks between; NULL: it has none */
    const char *members;          /* of its JSON body, likewise */
};

/* Of every answer. */
#define API_HEADERS "cache-control: no-store\r\nx-content-type-options: nosniff\r\n"

struct api_import;

/* What is asked for. */
struct api_asked {
    struct http_body reader;
    struct buf body;
    struct buf query;       /* of the target */
    struct buf names;       /* the ids of the path, as ids */
    kith_slice user, other; /* in it */
    bool ndjson;            /* a graph's form */
};

/* How it is answered. */
struct api_reply {
    char id[REQUEST_ID_BYTES_MAX + 1]; /* the request's, in the answer and in the log */
    int status;                        /* 0: not yet */
    uint64_t since_us;                 /* monotonic */
    bool keep_alive;
    bool head;    /* without a body */
    bool chunked; /* its client understands chunks */
    bool streams; /* it has begun */
    bool rests;   /* and goes on when its client has taken what it has */
};

/* What those who were called have said. */
struct api_answers {
    uint32_t awaited;   /* so many are still to come */
    kith_err err;       /* the first of them that was none */
    uint64_t number;    /* what they came to, summed up */
    struct buf a, b, c; /* likewise, one behind the other */
};

/* Whose presence is asked for. */
struct api_people {
    bool viewed;              /* as one user sees them */
    struct buf ids, others;   /* who is told of, and who is only looked up */
    size_t ids_at, others_at; /* so many bytes of them have been */
};

struct api_exchange {
    const struct api_route *route;
    enum api_role role;           /* of who asks */
    void (*done)(struct edge *e); /* the route's, but for one that calls again */
    void (*then)(struct edge *e); /* what it does behind that */
    struct api_asked asked;
    struct api_reply reply;
    struct api_answers got;
    /* Of one route each */
    struct api_people people;
    struct api_import *import;
    uint64_t until_s; /* of who is to be barred */
};

/* The route of a method and path, with the path's ids appended to `names`. KITH_NONE: no such path;
 * KITH_REFUSED: not by this method; then `methods` says which it takes, as in `allow`. KITH_BAD: an
 * id is none. KITH_NOMEM. */
KITH_MUST_USE kith_err api_route_find(const struct http_request *r, const struct api_route **out,
                                      struct buf *names, struct buf *methods);

/* Calls. NULL: there is no memory for it, and the answer will be that. `api_call_store` takes a
 * MAIL_RULE, too. */
void api_call_store(struct edge *e, struct mail *m);
void api_call_home(struct edge *e, unsigned shard, struct mail *m);
void api_call_all(struct edge *e, enum call_kind what, kith_slice a, kith_slice b, kith_slice c);
struct mail *api_call(enum call_kind what, kith_slice a, kith_slice b);

/* Answers; each ends the exchange. */
void api_respond(struct edge *e, int status, const struct buf *json);
void api_no_content(struct edge *e);
/* RFC 9457: `code` is for programs, `detail` says what to do. */
void api_problem(struct edge *e, int status, const char *code, const char *detail);
/* `methods`: which the path takes. */
void api_not_allowed(struct edge *e, kith_slice methods);
/* Why those who were asked could not. */
void api_failed(struct edge *e, kith_err err);

/* An answer in pieces, 200 and of this type; the first begins it. Without memory for one the
 * exchange is over, and the phase EDGE_DONE. */
void api_stream(struct edge *e, const char *content_type, kith_slice piece);
void api_stream_end(struct edge *e);
void api_stream_cut(struct edge *e); /* it cannot go on */
void api_leave(struct edge *e);      /* the exchange is over */

/* The id that a client has given its request, if it is sane, else a new one. */
void api_request_id(struct edge *e, const struct http_request *r);
/* For the log and the figures: how it went. */
void api_note(const struct edge *e);

/* A graph whose body is read piece by piece. False: it has been answered that it cannot be. */
bool api_import_begin(struct edge *e);
void api_import_free(struct api_import *im); /* NULL is welcome */
/* Goes on with `bytes` more of the body. False: more must come. */
bool api_import_take(struct edge *e, size_t bytes);
uint64_t api_import_deadline(struct edge *e);  /* by when more must come (monotonic ms) */
void api_import_ended(struct api_exchange *x); /* nothing more comes */
void api_export_go_on(struct edge *e);

/* The parsed body, an object without a key twice or one that is no member of the route's. False: it
 * has been answered that it is none. */
bool api_object(struct edge *e, struct json *out);
/* A parameter of the query that is a user's id; without it *out has a NULL ptr. False: it has been
 * answered that it is none. `scratch` holds it. */
bool api_query_id(struct edge *e, const char *name, struct buf *scratch, kith_slice *out);

/* One that is on or off; without it, off. Likewise. */
bool api_query_flag(struct edge *e, const char *name, bool *out);
/* A whole number in decimal; without it *out stays. Likewise. */
bool api_query_number(struct edge *e, const char *name, uint64_t *out);
/* False: it has been answered that the route has no such parameters. */
bool api_query_fits(struct edge *e);

/* The routes */
void api_openapi_get(struct edge *e);
void api_live_get(struct edge *e);
void api_live_got(struct edge *e);
void api_nodes_get(struct edge *e);
void api_nodes_got(struct edge *e);
void api_watches_put(struct edge *e);
void api_watches_delete(struct edge *e);
void api_friends_put(struct edge *e);
void api_friends_delete(struct edge *e);
void api_blocks_put(struct edge *e);
void api_blocks_delete(struct edge *e);
void api_visibility_get(struct edge *e);
void api_visibility_got(struct edge *e);
void api_visibility_put(struct edge *e);
void api_audience_get(struct edge *e);
void api_audience_got(struct edge *e);
void api_presence_get(struct edge *e);
void api_presence_query(struct edge *e);
void api_presence_got(struct edge *e);
void api_presence_queried(struct edge *e);
void api_import_got(struct edge *e);
void api_export_get(struct edge *e);
void api_export_got(struct edge *e);
void api_refresh_post(struct edge *e);
void api_events_get(struct edge *e);
void api_events_got(struct edge *e);
void api_push_post(struct edge *e);
void api_broadcast_post(struct edge *e);
void api_user_delete(struct edge *e);
void api_disconnect_post(struct edge *e);
void api_sessions_got(struct edge *e);
