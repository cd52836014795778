/* io/nodes_log.c -- lines on the log about other nodes. */
#include "io/nodes_log.h"

#include "io/log.h"

enum { MINUTE_MS = 60000 };

static struct node_said *find(struct nodes_log *l, uint64_t nid)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++)
        if (l->said[i].nid == nid) return &l->said[i];
    return NULL;
}

/* Whoever was gone for so long that others have taken all places comes as one that is new. */
static struct node_said *find_or_add(struct nodes_log *l, uint64_t nid)
{
    struct node_said *s = find(l, nid);
    if (s) return s;
    s = find(l, 0);
    if (!s) s = &l->said[l->next++ % PEERS_MAX];
    *s = (struct node_said){.nid = nid};
    return s;
}

/* Where nodes come and go all the time, that is what is said. */
static bool may_say(struct nodes_log *l, uint64_t now_ms)
{
    if (now_ms - l->minute_ms >= MINUTE_MS) {
        l->minute_ms = now_ms;
        l->lines = 0;
    }
    if (l->lines == NODES_LINES_MAX)
        log_warn("cluster: more nodes come and go; of those of this minute nothing is said");
    return l->lines++ < NODES_LINES_MAX;
}

static bool is_gone(const struct peer_view *p) { return p->leaving || p->state == PEER_DOWN; }

static void say(const struct peer_view *p, uint64_t was_gone_ms)
{
    int len = (int)p->name.len;
    const char *name = (const char *)p->name.ptr;
    if (!is_gone(p))
        log_info("cluster: node %.*s is back, after %.1f s", len, name, (double)was_gone_ms / 1000);
    else if (p->leaving)
        log_info("cluster: node %.*s goes, as it was told to", len, name);
    else
        log_warn("cluster: node %.*s is lost, silent for %.1f s: its users leave", len, name,
                 (double)p->silent_ms / 1000);
}

void nodes_log_note(struct nodes_log *l, const struct peer_view *p, uint64_t now_ms)
{
    struct node_said *s = find_or_add(l, p->nid);
    bool gone = is_gone(p);
    if (gone == (s->gone_ms != 0)) return;
    if (may_say(l, now_ms)) say(p, now_ms - s->gone_ms);
    s->gone_ms = gone ? now_ms : 0;
}
