/* app/top_sample.c -- what one node tells of itself at one moment. */
#include "app/top_sample.h"

#include "wire/prom.h"

#include <math.h>
#include <stdlib.h>

static const char *const metrics_of[] = {
#define X(name, metric) metric,
    TOP_FIGURES(X)
#undef X
};

void top_plain(char *out, size_t size, kith_slice text)
{
    size_t n = text.len < size - 1 ? text.len : size - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = text.ptr[i] > ' ' && text.ptr[i] < 0x7f ? (char)text.ptr[i] : '?';
    out[n] = '\0';
}

static void take_text(const struct prom_sample *s, const char *label, char *out, size_t size)
{
    kith_slice value;
    if (!prom_label(s, label, &value)) value = (kith_slice){0};
    top_plain(out, size, value);
}

static void take_node(struct top_sample *t, const struct prom_sample *s)
{
    t->clustered = true;
    take_text(s, "cluster", t->cluster, sizeof t->cluster);
    take_text(s, "node", t->node, sizeof t->node);
    take_text(s, "state", t->state, sizeof t->state);
}

static void take_peer(struct top_sample *t, const struct prom_sample *s)
{
    kith_slice relayed;
    if (t->peer_count == PEERS_MAX) return;
    struct top_peer *p = &t->peers[t->peer_count++];
    take_text(s, "node", p->name, sizeof p->name);
    take_text(s, "state", p->state, sizeof p->state);
    p->silent_s = s->value;
    p->relayed = prom_label(s, "relayed", &relayed) && slice_is(relayed, "yes");
}

static void take(struct top_sample *t, const struct prom_sample *s)
{
    if (slice_is(s->name, "kith_cluster_node")) take_node(t, s);
    if (slice_is(s->name, "kith_cluster_peer_silent_seconds")) take_peer(t, s);
    for (unsigned i = 0; i < TOP_FIGURE_COUNT && !s->labels.len; i++)
        if (slice_is(s->name, metrics_of[i])) t->values[i] = s->value;
}

/* The worst first; what is not known is among them. */
static int rank(const struct top_peer *p)
{
    static const char *const usual[] = {"up", "leaving", "suspect"};
    for (int i = 0; i < 3; i++)
        if (strcmp(p->state, usual[i]) == 0) return p->relayed ? 2 : 3 - i;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct top_peer *x = a, *y = b;
    return rank(x) != rank(y) ? rank(x) - rank(y) : strcmp(x->name, y->name);
}

kith_err top_read(kith_slice metrics, uint64_t now_ms, struct top_sample *out)
{
    struct prom_sample s;
    *out = (struct top_sample){.at_ms = now_ms};
    for (unsigned i = 0; i < TOP_FIGURE_COUNT; i++)
        out->values[i] = NAN;
    while (prom_next(&metrics, &s))
        take(out, &s);
    if (isnan(out->values[TOP_CONNECTIONS])) return KITH_BAD;
    qsort(out->peers, out->peer_count, sizeof *out->peers, compare);
    return KITH_OK;
}

double top_rate(const struct top_sample *before, const struct top_sample *now, enum top_figure f)
{
    double more = now->values[f] - before->values[f];
    if (!(more >= 0) || now->at_ms <= before->at_ms) return NAN;
    return more * 1000 / (double)(now->at_ms - before->at_ms);
}
