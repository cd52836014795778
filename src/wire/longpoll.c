/* wire/longpoll.c -- the form of Phoenix's long-poll transport. */
#include "wire/longpoll.h"

#include "wire/json.h"
#include "wire/ws.h"

struct longpoll_token longpoll_token(kith_slice query)
{
    struct longpoll_token t = {.before = query};
    for (kith_slice rest = query, pair; rest.len;) {
        const uint8_t *at = rest.ptr;
        rest = slice_cut(rest, '&', &pair);
        if (!slice_starts(pair, KITH_LIT("token="))) continue;
        t.first = !t.value.ptr;
        t.value = slice_from(pair, 6);
        t.before = slice_head(query, (size_t)(at - query.ptr));
        t.after = rest;
    }
    return t;
}

bool longpoll_is_ndjson(kith_slice content_type)
{
    kith_slice type;
    slice_cut(content_type, ';', &type);
    while (type.len && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
        type.len--;
    return slice_eq_nocase(type, KITH_LIT("application/x-ndjson"));
}

/* A body may be nothing but empty lines: they are passed over byte by byte, not line by line. */
bool longpoll_next_line(kith_slice *rest, kith_slice *line)
{
    size_t empty = 0;
    while (empty < rest->len && rest->ptr[empty] == '\n')
        empty++;
    *rest = slice_cut(slice_from(*rest, empty), '\n', line);
    return line->len > 0;
}

size_t longpoll_count_lines(kith_slice rest)
{
    size_t count = 0;
    for (size_t i = 0; i < rest.len; i++)
        count += rest.ptr[i] != '\n' && (i == 0 || rest.ptr[i - 1] == '\n');
    return count;
}

/* An array of V2, or an object of V1. Neither character is of base64. */
bool longpoll_is_text(kith_slice line)
{
    return line.len && (line.ptr[0] == '[' || line.ptr[0] == '{');
}

void longpoll_put_status(struct buf *b, int status, size_t dropped)
{
    buf_printf(b, "{\"status\":%d", status);
    if (dropped) buf_printf(b, ",\"dropped\":%zu", dropped);
    buf_putc(b, '}');
}

void longpoll_begin(struct buf *b) { buf_puts(b, "{\"messages\":["); }

/* Each byte as the character of that number. */
static void put_bytes(struct buf *b, kith_slice bytes)
{
    struct buf text = {0};
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        if (c >= 0x80) buf_putc(&text, (uint8_t)(0xc0 | c >> 6));
        buf_putc(&text, c < 0x80 ? c : (uint8_t)(0x80 | (c & 0x3f)));
    }
    json_put_quoted(b, buf_slice(&text));
    if (text.failed) b->failed = true;
    buf_fini(&text);
}

void longpoll_put_message(struct buf *b, const struct frame *f)
{
    if (b->len && b->ptr[b->len - 1] != '[') buf_putc(b, ',');
    if ((f->bytes[0] & 0x0f) == WS_OP_TEXT)
        json_put_quoted(b, frame_body(f));
    else
        put_bytes(b, frame_body(f));
}

void longpoll_end(struct buf *b, int status, kith_slice token)
{
    buf_printf(b, "],\"status\":%d,\"token\":\"", status);
    buf_put(b, token);
    buf_puts(b, "\"}");
}
