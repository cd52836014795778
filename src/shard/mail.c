/* shard/mail.c -- what shards say to each other. */
#include "shard/mail.h"

#include <stdlib.h>

static uint8_t *put(uint8_t *at, kith_slice s)
{
    if (s.len) memcpy(at, s.ptr, s.len);
    return at + s.len;
}

static struct mail *room(enum mail_type type, size_t a, size_t b, size_t c)
{
    if (a > UINT32_MAX || b > UINT32_MAX || c > UINT32_MAX) return NULL;
    struct mail *m = malloc(sizeof *m + a + b + c);
    if (!m) return NULL;
    *m = (struct mail){
        .type = (uint8_t)type, .a_len = (uint32_t)a, .b_len = (uint32_t)b, .c_len = (uint32_t)c};
    return m;
}

struct mail *mail_new(enum mail_type type, kith_slice a, kith_slice b, kith_slice c)
{
    struct mail *m = room(type, a.len, b.len, c.len);
    if (m) put(put(put(m->bytes, a), b), c);
    return m;
}

struct mail *mail_room(enum mail_type type, size_t a_len, kith_slice b)
{
    struct mail *m = room(type, a_len, b.len, 0);
    if (m) put(m->bytes + a_len, b);
    return m;
}

struct frame *mail_bytes(kith_slice a, kith_slice b, kith_slice c)
{
    struct frame *f = frame_new(a.len + b.len + c.len);
    if (f) put(put(put(f->bytes, a), b), c);
    return f;
}

struct mail *mail_sharing(enum mail_type type, struct frame *bytes, size_t a_len, size_t b_len)
{
    struct mail *m = bytes ? malloc(sizeof *m) : NULL;
    if (!m) return NULL;
    *m = (struct mail){.type = (uint8_t)type,
                       .a_len = (uint32_t)a_len,
                       .b_len = (uint32_t)b_len,
                       .c_len = bytes->len - (uint32_t)(a_len + b_len),
                       .shared = frame_ref(bytes)};
    return m;
}

void mail_free(struct mail *m)
{
    if (m) frame_unref(m->shared);
    free(m);
}

void mail_answer(struct mail *asker)
{
    memmove(asker->bytes, mail_c(asker).ptr, asker->c_len);
    asker->type = MAIL_ANSWER;
    asker->a_len = asker->c_len;
    asker->b_len = asker->c_len = 0;
}

static void reverse(uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t byte = at[i];
        at[i] = at[len - 1 - i];
        at[len - 1 - i] = byte;
    }
}

/* a b c becomes c b, in place: without a, what is left is turned around its middle. */
void mail_answer_with(struct mail *m)
{
    memmove(m->bytes, mail_b(m).ptr, m->b_len + m->c_len);
    reverse(m->bytes, m->b_len);
    reverse(m->bytes + m->b_len, m->c_len);
    reverse(m->bytes, m->b_len + m->c_len);
    m->type = MAIL_ANSWER;
    m->a_len = m->c_len;
    m->c_len = 0;
}

void mail_append(struct mail_queue *q, struct mail *m)
{
    m->next = NULL;
    if (q->last)
        q->last->next = m;
    else
        q->first = m;
    q->last = m;
}

void mail_prepend(struct mail_queue *q, struct mail_queue *before)
{
    if (!before->first) return;
    before->last->next = q->first;
    q->first = before->first;
    if (!q->last) q->last = before->last;
    *before = (struct mail_queue){0};
}

struct mail *mail_take(struct mail_queue *q)
{
    struct mail *m = q->first;
    if (!m) return NULL;
    q->first = m->next;
    if (!q->first) q->last = NULL;
    m->next = NULL;
    return m;
}

void mail_queue_fini(struct mail_queue *q)
{
    for (struct mail *m; (m = mail_take(q));)
        mail_free(m);
}
