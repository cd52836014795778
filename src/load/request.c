/* load/request.c -- the request by which a client asks for its WebSocket. */
#include "load/request.h"

static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           memchr("-._~", c, 4);
}

/* RFC 3986 section 2.1. */
static void put_encoded(struct buf *out, kith_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_plain(text.ptr[i]))
            buf_putc(out, text.ptr[i]);
        else
            buf_printf(out, "%%%02X", text.ptr[i]);
}

static void put_param(struct buf *out, const char *name, kith_slice value)
{
    buf_putc(out, '&');
    put_encoded(out, slice_str(name));
    buf_putc(out, '=');
    put_encoded(out, value);
}

/* With the user's id in the place of each %u. */
static void put_own_param(struct buf *out, const struct crowd_param *p, kith_slice user)
{
    put_param(out, p->name, slice_of(NULL, 0));
    for (const char *at = p->value, *u; *at; at = u) {
        u = strstr(at, "%u");
        if (u == at) {
            put_encoded(out, user);
            u += 2;
            continue;
        }
        if (!u) u = at + strlen(at);
        put_encoded(out, slice_of(at, (size_t)(u - at)));
    }
}

void request_put(struct buf *out, const struct request *r)
{
    buf_puts(out, "GET ");
    buf_put(out, r->path);
    buf_puts(out, r->vsn == PHX_V1 ? "?vsn=1.0.0" : "?vsn=2.0.0");
    put_param(out, r->token.len ? "token" : "user_id", r->token.len ? r->token : r->user);
    put_param(out, "device", KITH_LIT("bench"));
    for (uint32_t i = 0; i < r->param_count; i++)
        put_own_param(out, &r->params[i], r->user);
    buf_puts(out, " HTTP/1.1\r\nHost: ");
    buf_put(out, r->host);
    /* The key need not be secret or new: it shows that the server speaks WebSocket. */
    buf_puts(out, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
}
