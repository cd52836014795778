/* wire/ws_frame.c -- frames to send, and the arithmetic of the opening handshake. */
#include "wire/ws.h"

#include "base/assert.h"
#include "wire/base64.h"

#include <openssl/sha.h>

#define FIN       0x80
#define KEY_CHARS 24 /* base64 of 16 bytes: 22 characters and two of padding */

/* A server's header has no mask (section 5.2):  FIN op | length | 0, 2 or 8 bytes of length */
static size_t header_len(size_t body_len)
{
    if (body_len < 126) return 2;
    return body_len <= UINT16_MAX ? 4 : 10;
}

static void put_length(uint8_t *at, size_t n, size_t bytes)
{
    for (size_t i = bytes; i-- > 0; n >>= 8)
        at[i] = (uint8_t)n;
}

struct frame *ws_frame_new(enum ws_opcode op, size_t body_len)
{
    size_t head = header_len(body_len);
    if (body_len > SIZE_MAX - head) return NULL;
    struct frame *f = frame_new(head + body_len);
    if (!f) return NULL;
    f->bytes[0] = (uint8_t)(FIN | op);
    if (head == 2) f->bytes[1] = (uint8_t)body_len;
    if (head == 4) f->bytes[1] = 126, put_length(f->bytes + 2, body_len, 2);
    if (head == 10) f->bytes[1] = 127, put_length(f->bytes + 2, body_len, 8);
    f->body_at = (uint32_t)head;
    return f;
}

/* Section 7.4.2 and the registry since: 1004 to 1006 and 1015 never travel, 1016 to 2999 wait for
 * a later RFC. */
bool ws_code_sendable(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

struct frame *ws_close_frame(uint16_t code)
{
    KITH_ASSERT(code == 0 || ws_code_sendable(code));
    struct frame *f = ws_frame_new(WS_OP_CLOSE, code ? 2 : 0);
    if (f && code) put_length(f->bytes + f->body_at, code, 2);
    return f;
}

bool ws_accept(kith_slice key, char out[28])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[KEY_CHARS + sizeof guid - 1], digest[SHA_DIGEST_LENGTH];
    KITH_ASSERT(key.len == KEY_CHARS);
    memcpy(text, key.ptr, KEY_CHARS);
    memcpy(text + KEY_CHARS, guid, sizeof guid - 1);
    if (!SHA1(text, sizeof text, digest)) return false;
    base64_encode(slice_of(digest, sizeof digest), out);
    return true;
}

static bool is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* Four bits of the 22nd character mean nothing. Some clients draw 22 random characters, so those
 * bits are let be, which a strict decoder would not. */
bool ws_key_valid(kith_slice key)
{
    if (key.len != KEY_CHARS || key.ptr[22] != '=' || key.ptr[23] != '=') return false;
    for (size_t i = 0; i < 22; i++)
        if (!is_base64(key.ptr[i])) return false;
    return true;
}
