/* app/top_page.c -- the page that `kith top` shows: what is wrong, then a table of what nodes do
 * for their clients, one of how they get along, and whom each sees. */
#include "app/top_page.h"

#include "app/screen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is wrong, a line each */

static const char *name_of(const struct top_node *n)
{
    return n->seen && n->now->clustered && n->now->node[0] ? n->now->node : n->url;
}

static double value_of(const struct top_node *n, enum top_figure f)
{
    return n->seen && !n->lost_ms ? n->now->values[f] : NAN;
}

static bool grows(const struct top_node *n, enum top_figure f)
{
    return !n->lost_ms && n->seen == 2 && top_rate(n->before, n->now, f) > 0;
}

static void say_lost(struct screen *p, const struct top_view *v, const struct top_node *n)
{
    if (n->lost_ms)
        screen_say(p, PAINT_BAD, "%s: no answer, for %.0f s: %s", n->url,
                   (double)(v->now_ms - n->lost_ms) / 1000, n->why.text);
}

/* Of friends whom the application's tables, or its back end, tell of. */
static void say_source(struct screen *p, const struct top_node *n)
{
    if (value_of(n, TOP_SOURCE_UP) == 0)
        screen_say(p, PAINT_BAD, "%s: the source of friends is lost, for %.0f s", name_of(n),
                   value_of(n, TOP_SOURCE_LOST));
    else if (value_of(n, TOP_LISTENING) == 0)
        screen_say(p, PAINT_WARN, "%s: NOTIFY of the tables of friends is not heard", name_of(n));
    if (grows(n, TOP_SOURCE_FAILURES) && value_of(n, TOP_SOURCE_UP) != 0)
        screen_say(p, PAINT_BAD, "%s: the source of friends refuses what it is asked: see its log",
                   name_of(n));
}

static bool is_clustered(const struct top_node *n) { return n->seen && n->now->clustered; }

/* That of the first of them. */
static const char *cluster_of(const struct top_view *v)
{
    for (unsigned i = 0; i < v->count; i++)
        if (is_clustered(&v->nodes[i])) return v->nodes[i].now->cluster;
    return NULL;
}

/* Who looks at several means one: with a name that is mistyped a node meets nobody. */
static void say_elsewhere(struct screen *p, const struct top_view *v, const struct top_node *n)
{
    const char *cluster = cluster_of(v);
    if (!n->lost_ms && is_clustered(n) && strcmp(n->now->cluster, cluster) != 0)
        screen_say(p, PAINT_BAD, "%s: of another cluster, %s", name_of(n), n->now->cluster);
}

static void say_wrong(struct screen *p, const struct top_node *n)
{
    const char *name = name_of(n);
    double store = value_of(n, TOP_STORE_LOST), stale = value_of(n, TOP_STALE);
    double mismatches = value_of(n, TOP_MISMATCHES);
    if (value_of(n, TOP_STORE_UP) == 0)
        screen_say(p, PAINT_BAD, "%s: its database is lost, for %.0f s", name, store);
    say_source(p, n);
    if (stale > 0) screen_say(p, PAINT_BAD, "%s: cut off from the others, for %.0f s", name, stale);
    if (grows(n, TOP_FORGED))
        screen_say(p, PAINT_WARN, "%s: hears frames made with another secret: compare secret_file",
                   name);
    if (mismatches > 0)
        screen_say(p, PAINT_BAD, "%s: %.0f digest mismatches, which must be 0: worth a report",
                   name, mismatches);
}

static void say_peers(struct screen *p, const struct top_node *n)
{
    for (uint32_t i = 0; n->seen && !n->lost_ms && i < n->now->peer_count; i++) {
        const struct top_peer *peer = &n->now->peers[i];
        if (strcmp(peer->state, "down") == 0)
            screen_say(p, PAINT_BAD, "%s: takes %s for dead, silent for %.0f s", name_of(n),
                       peer->name, peer->silent_s);
    }
}

/* Tables */

static const char *state_of(const struct top_node *n)
{
    if (n->lost_ms) return "silent";
    if (!n->seen) return "asked";
    bool up = !n->now->clustered || strcmp(n->now->state, "up") == 0;
    if (up && value_of(n, TOP_READY) == 0) return "leaving";
    return n->now->clustered ? n->now->state : "up";
}

static enum paint paint_of_state(const char *state)
{
    if (strcmp(state, "up") == 0) return PAINT_GOOD;
    bool grave = strcmp(state, "silent") == 0 || strcmp(state, "isolated") == 0 ||
                 strcmp(state, "down") == 0;
    return grave ? PAINT_BAD : PAINT_WARN;
}

enum kind {
    COUNT,      /* how many there are */
    RATE,       /* how many more a second */
    BYTES,      /* likewise */
    BYTES_RATE, /* likewise */
    PERCENT,    /* of one core */
    GROWN,      /* how many in all: a warning while there are more */
    NEVER,      /* likewise, and one is too many */
    SECONDS,    /* and more than none is bad */
    STORE,
};

struct column {
    const char *title;
    int width;
    enum kind kind;
    enum top_figure figure;
};

/* What matters most comes first: what has no room is left out from the end. */
static const struct column serving[] = {
    {"CONNS", 7, COUNT, TOP_CONNECTIONS}, {"USERS", 7, COUNT, TOP_USERS},
    {"JOINS/S", 7, RATE, TOP_JOINS},      {"FLIPS/S", 7, RATE, TOP_FLIPS},
    {"DELIV/S", 7, RATE, TOP_DELIVERIES}, {"OUT/S", 6, BYTES_RATE, TOP_BYTES_OUT},
    {"MEMORY", 6, BYTES, TOP_MEMORY},     {"STORE", 5, STORE, TOP_STORE_UP},
    {"CPU%", 5, PERCENT, TOP_CPU},        {"IN/S", 6, BYTES_RATE, TOP_BYTES_IN},
    {"DROPPED", 7, GROWN, TOP_DROPPED},
};
static const struct column together[] = {
    {"STALE", 7, SECONDS, TOP_STALE},    {"BEHIND", 6, COUNT, TOP_BEHIND},
    {"GAPS", 6, GROWN, TOP_GAPS},        {"PULLS", 6, GROWN, TOP_PULLS},
    {"HELD", 6, GROWN, TOP_HELD},        {"MISMATCH", 8, NEVER, TOP_MISMATCHES},
    {"MSGS/S", 7, RATE, TOP_FRAMES_OUT}, {"OUT/S", 6, BYTES_RATE, TOP_CLUSTER_OUT},
    {"HEARD/S", 7, RATE, TOP_FRAMES_IN}, {"IN/S", 6, BYTES_RATE, TOP_CLUSTER_IN},
    {"UNSENT", 6, GROWN, TOP_UNSENT},    {"FORGED", 6, GROWN, TOP_FORGED},
};

static double figure_of(const struct top_node *n, const struct column *c)
{
    bool rate = c->kind == RATE || c->kind == BYTES_RATE || c->kind == PERCENT;
    if (!rate) return value_of(n, c->figure);
    return n->lost_ms || n->seen < 2 ? NAN : top_rate(n->before, n->now, c->figure);
}

static void put_figure(struct screen *p, const struct column *c, double value, enum paint paint)
{
    char text[32];
    switch (c->kind) {
    case COUNT:
    case GROWN:
    case NEVER: text_of_count(text, sizeof text, value); break;
    case RATE: text_of_rate(text, sizeof text, value); break;
    case PERCENT: text_of_rate(text, sizeof text, value * 100); break;
    case SECONDS: text_of_seconds(text, sizeof text, value); break;
    case BYTES:
    case BYTES_RATE: text_of_bytes(text, sizeof text, value); break;
    case STORE:
        (void)snprintf(text, sizeof text, "%s", value == 0 ? "lost" : value > 0 ? "up" : "-");
    }
    screen_cell(p, paint, c->width, text);
}

static enum paint paint_of(const struct top_node *n, const struct column *c, double value)
{
    bool any = value > 0;
    switch (c->kind) {
    case NEVER:
    case SECONDS: return any ? PAINT_BAD : PAINT_PLAIN;
    case GROWN: return grows(n, c->figure) ? PAINT_WARN : PAINT_PLAIN;
    case STORE: return value == 0 ? PAINT_BAD : PAINT_PLAIN;
    default: return PAINT_PLAIN;
    }
}

struct table {
    const struct column *columns;
    unsigned count;
};

static void put_titles(struct screen *p, const char *first, int width, const struct table *t)
{
    screen_cell(p, PAINT_TITLE, -width, first);
    screen_cell(p, PAINT_TITLE, -8, "STATE");
    for (unsigned i = 0; i < t->count; i++)
        screen_cell(p, PAINT_TITLE, t->columns[i].width, t->columns[i].title);
    screen_end(p);
}

static void put_row(struct screen *p, const struct top_node *n, int width, const struct table *t)
{
    const char *state = state_of(n);
    screen_cell(p, PAINT_STRONG, -width, name_of(n));
    screen_cell(p, paint_of_state(state), -8, state);
    for (unsigned i = 0; i < t->count; i++) {
        double value = figure_of(n, &t->columns[i]);
        put_figure(p, &t->columns[i], value, paint_of(n, &t->columns[i], value));
    }
    screen_end(p);
}

/* Of those that tell. */
static double sum_of(const struct top_view *v, const struct column *c)
{
    double sum = NAN;
    for (unsigned i = 0; i < v->count; i++) {
        double value = figure_of(&v->nodes[i], c);
        if (!isnan(value)) sum = isnan(sum) ? value : sum + value;
    }
    return sum;
}

static void put_sums(struct screen *p, const struct top_view *v, int width, const struct table *t)
{
    screen_cell(p, PAINT_STRONG, -width, "all");
    screen_cell(p, PAINT_PLAIN, -8, "");
    for (unsigned i = 0; i < t->count; i++) {
        const struct column *c = &t->columns[i];
        if (c->kind == STORE)
            screen_cell(p, PAINT_PLAIN, c->width, "");
        else
            put_figure(p, c, sum_of(v, c), PAINT_PLAIN);
    }
    screen_end(p);
}

static int width_of_names(const struct top_view *v)
{
    enum { LEAST = 6, MOST = 22 };
    size_t width = LEAST;
    for (unsigned i = 0; i < v->count; i++) {
        size_t len = strlen(name_of(&v->nodes[i]));
        if (len > width) width = len;
    }
    return width < MOST ? (int)width : MOST;
}

static void put_serving(struct screen *p, const struct top_view *v)
{
    const struct table t = {serving, sizeof serving / sizeof *serving};
    int width = width_of_names(v);
    put_titles(p, "NODE", width, &t);
    for (unsigned i = 0; i < v->count; i++)
        put_row(p, &v->nodes[i], width, &t);
    if (v->count > 1) put_sums(p, v, width, &t);
}

static void put_together(struct screen *p, const struct top_view *v)
{
    const struct table t = {together, sizeof together / sizeof *together};
    int width = width_of_names(v);
    screen_end(p);
    put_titles(p, "CLUSTER", width > 7 ? width : 7, &t);
    for (unsigned i = 0; i < v->count; i++)
        if (is_clustered(&v->nodes[i])) put_row(p, &v->nodes[i], width > 7 ? width : 7, &t);
}

/* Whom a node sees. */
static void put_seen(struct screen *p, const struct top_node *n, int width)
{
    char silent[32];
    screen_cell(p, PAINT_STRONG, -width, name_of(n));
    screen_put(p, PAINT_PLAIN, n->now->peer_count ? " sees " : " sees nobody");
    for (uint32_t i = 0; i < n->now->peer_count; i++) {
        const struct top_peer *peer = &n->now->peers[i];
        if (screen_room(p) < (int)strlen(peer->name) + 32 && i + 1 < n->now->peer_count) {
            screen_printf(p, PAINT_WARN, " and %u more", n->now->peer_count - i);
            break;
        }
        text_of_seconds(silent, sizeof silent, peer->silent_s);
        screen_printf(p, PAINT_PLAIN, " %s ", peer->name);
        screen_put(p, paint_of_state(peer->relayed ? "relayed" : peer->state), peer->state);
        screen_printf(p, PAINT_PLAIN, " %s%s%s", silent, peer->relayed ? " by others" : "",
                      i + 1 < n->now->peer_count ? "," : "");
    }
    screen_end(p);
}

static void put_sight(struct screen *p, const struct top_view *v)
{
    int width = width_of_names(v);
    screen_end(p);
    for (unsigned i = 0; i < v->count; i++)
        if (is_clustered(&v->nodes[i]) && !v->nodes[i].lost_ms) put_seen(p, &v->nodes[i], width);
}

/* The page */

static void put_head(struct screen *p, const struct top_view *v)
{
    unsigned here = 0;
    const char *cluster = cluster_of(v);
    for (unsigned i = 0; i < v->count; i++)
        here += v->nodes[i].seen && !v->nodes[i].lost_ms;
    screen_put(p, PAINT_STRONG, "kith top");
    if (cluster) screen_printf(p, PAINT_PLAIN, "  cluster %s", cluster);
    screen_printf(p, here == v->count ? PAINT_PLAIN : PAINT_BAD, "  %u of %u node%s answer%s", here,
                  v->count, v->count == 1 ? "" : "s", v->count == 1 ? "s" : "");
    screen_printf(p, PAINT_PLAIN, "  every %g s", (double)v->interval_ms / 1000);
    if (v->live) screen_put(p, PAINT_PLAIN, "  q: quit");
    screen_end(p);
}

void top_draw(const struct top_view *v, struct buf *out)
{
    struct screen p = {.columns = v->columns, .colour = v->colour};
    put_head(&p, v);
    for (unsigned i = 0; i < v->count; i++)
        say_lost(&p, v, &v->nodes[i]);
    for (unsigned i = 0; i < v->count; i++) {
        say_elsewhere(&p, v, &v->nodes[i]);
        say_wrong(&p, &v->nodes[i]);
        say_peers(&p, &v->nodes[i]);
    }
    screen_end(&p);
    put_serving(&p, v);
    if (cluster_of(v)) {
        put_together(&p, v);
        put_sight(&p, v);
    }
    screen_finish(&p, v->lines, v->live, out);
}
