/* wire/event.c -- events of users' presence as JSON. */
#include "wire/event.h"

#include "wire/json.h"

static const char *word(enum event_kind kind)
{
    return kind == EVENT_ONLINE ? "online" : kind == EVENT_OFFLINE ? "offline" : "status";
}

static void put_meta(struct buf *b, kith_slice meta)
{
    if (meta.len)
        buf_put(b, meta);
    else
        buf_puts(b, "null");
}

void event_put(struct buf *b, const struct event *e)
{
    buf_printf(b, "{\"id\":%llu,\"event\":\"%s\",\"user\":", (unsigned long long)e->id,
               word(e->kind));
    json_put_quoted(b, e->user);
    buf_printf(b, ",\"at_ms\":%llu,\"hidden\":%s,\"old\":", (unsigned long long)e->at_ms,
               e->hidden ? "true" : "false");
    put_meta(b, e->old);
    buf_puts(b, ",\"now\":");
    put_meta(b, e->now);
    buf_putc(b, '}');
}
