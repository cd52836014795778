/* examples/common.c -- what every example needs and none is about. */
#include "common.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum { ID_BYTES_MAX = 128 };

struct edge {
    char *user, *other;
    size_t other_len;
    bool last; /* of its user */
};
static struct edge *edges; /* sorted; read once, before the server starts */
static size_t edge_count;
static struct hsearch_data first_edges; /* of each user */

_Noreturn static void die(int code, const char *what, const char *which)
{
    fprintf(stderr, "%s: %s\n", what, which);
    exit(code);
}

static void usage(const char *about, const char *port, FILE *to)
{
    fprintf(to,
            "Usage: %s [OPTION...]\n%s\n\n"
            "  --port PORT    where clients connect, on this machine; %s if not said\n"
            "  --graph FILE   lines \"<user> <friend>\": whom each user watches; # comments\n"
            "  --api PORT     where /metrics and /healthz answer; nowhere if not said\n"
            "  --workers N    threads; one for each core if not said\n",
            program_invocation_short_name, about, port);
}

_Noreturn static void misused(const char *about, const char *port, const char *what,
                              const char *why)
{
    usage(about, port, stderr);
    fprintf(stderr, "\n%s: %s %s\n", program_invocation_short_name, what, why);
    exit(EX_USAGE);
}

static int compare(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    int by_user = strcmp(x->user, y->user);
    return by_user ? by_user : strcmp(x->other, y->other);
}

static void add_edge(const char *user, const char *other)
{
    struct edge *more = realloc(edges, (edge_count + 1) * sizeof *edges);
    if (!more) die(EX_OSERR, "graph", "out of memory");
    edges = more;
    edges[edge_count++] = (struct edge){strdup(user), strdup(other), strlen(other), false};
}

static bool new_user(size_t i) { return i == 0 || strcmp(edges[i].user, edges[i - 1].user) != 0; }

static void index_edges(void)
{
    ENTRY *at;
    if (!hcreate_r(edge_count * 2 + 1, &first_edges)) die(EX_OSERR, "graph", "out of memory");
    for (size_t i = 0; i < edge_count; i++) {
        edges[i].last = i + 1 == edge_count || new_user(i + 1);
        if (new_user(i))
            (void)hsearch_r((ENTRY){edges[i].user, &edges[i]}, ENTER, &at, &first_edges);
    }
}

static void read_graph(const char *path)
{
    char line[512], user[ID_BYTES_MAX + 1], other[ID_BYTES_MAX + 1], more[2];
    FILE *f = fopen(path, "r");
    if (!f) die(EX_NOINPUT, path, "cannot be read; name a file with lines \"<user> <friend>\"");
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "#\n")] = 0;
        int n = sscanf(line, "%128s %128s %1s", user, other, more);
        if (n == 1) die(EX_DATAERR, path, "a line has one word; write \"<user> <friend>\"");
        if (n == 3) die(EX_DATAERR, path, "a line has more than two words, or too long ones");
        if (n == 2) add_edge(user, other);
    }
    if (ferror(f)) die(EX_NOINPUT, path, strerror(errno)); /* a folder, say */
    fclose(f);
    if (edge_count) qsort(edges, edge_count, sizeof *edges, compare);
    index_edges();
}

struct example example_arguments(int argc, char **argv, const char *about, const char *port)
{
    struct example e = {.port = port, .workers = "0"};
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--port") == 0          ? &e.port
                             : strcmp(argv[i], "--graph") == 0       ? &e.graph
                             : strcmp(argv[i], "--api") == 0         ? &e.api
                             : strcmp(argv[i], "--workers") == 0     ? &e.workers
                             : strcmp(argv[i], "--idle-ms") == 0     ? &e.idle_ms
                             : strcmp(argv[i], "--longpoll-ms") == 0 ? &e.longpoll_ms
                                                                     : NULL;
        if (strcmp(argv[i], "--help") == 0) {
            usage(about, port, stdout);
            exit(EX_OK);
        }
        if (!value) misused(about, port, argv[i], "is not an option");
        if (i + 1 == argc) misused(about, port, argv[i], "needs a value");
        *value = argv[++i];
    }
    if (e.graph) read_graph(e.graph);
    return e;
}

static void set(struct kith_config *c, const char *key, const char *value)
{
    kith_problem why;
    if (kith_config_set(c, key, value, &why) != KITH_OK) die(EX_USAGE, "server", why.text);
}

/* Milliseconds as the seconds that settings take. */
static void set_ms(struct kith_config *c, const char *key, const char *ms)
{
    char seconds[32];
    if (!ms) return;
    snprintf(seconds, sizeof seconds, "%.3f", strtod(ms, NULL) / 1000);
    set(c, key, seconds);
}

static void set_port(struct kith_config *c, const char *key, const char *port)
{
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%.16s", port);
    set(c, key, address);
}

struct kith_server *example_server(const struct example *e)
{
    kith_problem why = {.text = "out of memory"};
    struct kith_server *s = NULL;
    struct kith_config *c = kith_config_new();
    if (!c) die(EX_OSERR, "server", why.text);
    set_port(c, "server.listen", e->port);
    set(c, "server.api", "off");
    if (e->api) set_port(c, "server.api", e->api);
    set(c, "server.workers", e->workers);
    set(c, "server.auth", "app");
    set(c, "server.data", ":memory:");
    set(c, "server.ping_s", "0");
    set_ms(c, "server.idle_s", e->idle_ms);
    set_ms(c, "server.longpoll_s", e->longpoll_ms);
    kith_err err = kith_server_new(c, &s, &why);
    kith_config_free(c);
    if (err) die(EX_UNAVAILABLE, "server", why.text);
    return s;
}

int example_run(struct kith_server *s, const struct kith_socket_behaviour *socket)
{
    kith_problem why = {.text = "the sockets cannot be offered"};
    kith_err e = kith_server_socket(s, socket);
    if (!e) e = kith_server_run(s, &why);
    if (e) fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.text);
    kith_server_free(s);
    return e ? EX_UNAVAILABLE : EX_OK;
}

kith_err example_connect(struct kith_socket *s)
{
    kith_slice user;
    kith_err e = kith_socket_param(s, "user_id", &user);
    return e ? e : kith_socket_set_user(s, user);
}

/* The first edge of `user`; NULL: it has none. */
static const struct edge *edges_of(kith_slice user)
{
    char name[ID_BYTES_MAX + 1];
    ENTRY *found;
    if (!edge_count || user.len > ID_BYTES_MAX) return NULL;
    memcpy(name, user.ptr, user.len);
    name[user.len] = 0;
    return hsearch_r((ENTRY){.key = name}, FIND, &found, &first_edges) ? found->data : NULL;
}

static const struct edge *next_edge(const struct edge *e) { return e->last ? NULL : e + 1; }

static kith_slice other(const struct edge *e)
{
    return (kith_slice){(const uint8_t *)e->other, e->other_len};
}

size_t example_friends(kith_slice user, kith_slice friends[], size_t max)
{
    size_t n = 0;
    for (const struct edge *e = edges_of(user); e && n < max; e = next_edge(e))
        if (n == 0 || !kith_equal(friends[n - 1], other(e))) /* each once */
            friends[n++] = other(e);
    return n;
}

bool example_is_friend(kith_slice user, kith_slice who)
{
    for (const struct edge *e = edges_of(user); e; e = next_edge(e))
        if (kith_equal(other(e), who)) return true;
    return false;
}

kith_slice example_meta(char *out)
{
    int n = snprintf(out, 64, "{\"online_at\":\"%lld\"}", (long long)time(NULL));
    return (kith_slice){(const uint8_t *)out, (size_t)n};
}
