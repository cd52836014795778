/* tests/fuzz/fuzz_text.c -- the smallest codecs against other readers: UTF-8 against iconv, base64
 * against OpenSSL, parameters of a query against a decoder by the letter, and any bytes as a JSON
 * string of a long-poll's answer. */
#include "base/assert.h"
#include "wire/base64.h"
#include "wire/http.h"
#include "wire/json.h"
#include "wire/longpoll.h"
#include "wire/utf8.h"
#include "wire/ws.h"

#include <iconv.h>
#include <openssl/evp.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* UTF-8 */

static void check_utf8(kith_slice s)
{
    static iconv_t cd;
    if (!cd) cd = iconv_open("UTF-32LE", "UTF-8");
    KITH_ASSERT(cd != (iconv_t)-1);
    char *out = malloc(4 * s.len + 4), *to = out, *from = (char *)(uintptr_t)s.ptr;
    size_t left = s.len, room = 4 * s.len + 4;
    if (!out) abort();
    (void)iconv(cd, NULL, NULL, NULL, NULL);
    bool good = iconv(cd, &from, &left, &to, &room) != (size_t)-1;
    KITH_ASSERT(utf8_valid(s) == good);
    free(out);
}

/* base64 */

static void check_base64(kith_slice s)
{
    uint8_t *ours = malloc(base64_decoded_max(s.len)), *theirs = malloc(s.len + 4);
    char *again = malloc(base64_len(base64_decoded_max(s.len)));
    size_t len;
    if (!ours || !theirs || !again) abort();
    if (base64_decode(s, ours, &len) == KITH_OK) {
        int n = s.len ? EVP_DecodeBlock(theirs, s.ptr, (int)s.len) : 0;
        KITH_ASSERT(n >= 0 && (size_t)n >= len && (size_t)n - len < 3);
        KITH_ASSERT(len == 0 || memcmp(ours, theirs, len) == 0);
        base64_encode(slice_of(ours, len), again);
        KITH_ASSERT(slice_eq(s, slice_of(again, base64_len(len))));
    }
    if (base64url_decode(s, ours, &len) == KITH_OK) {
        base64url_encode(slice_of(ours, len), again);
        KITH_ASSERT(slice_eq(s, slice_of(again, base64url_len(len))));
    }
    free(ours);
    free(theirs);
    free(again);
}

static void check_encoded(kith_slice s)
{
    char *ours = malloc(base64_len(s.len) + 1), *theirs = malloc(base64_len(s.len) + 1);
    uint8_t *back = malloc(base64_decoded_max(base64_len(s.len)));
    size_t len;
    if (!ours || !theirs || !back) abort();
    base64_encode(s, ours);
    int n = EVP_EncodeBlock((unsigned char *)theirs, s.ptr, (int)s.len);
    KITH_ASSERT((size_t)n == base64_len(s.len) && memcmp(ours, theirs, (size_t)n) == 0);
    base64url_encode(s, ours);
    KITH_ASSERT(base64url_decode(slice_of(ours, base64url_len(s.len)), back, &len) == KITH_OK);
    KITH_ASSERT(slice_eq(s, slice_of(back, len)));
    free(ours);
    free(theirs);
    free(back);
}

/* A query */

/* -1: no digit. */
static int digit(uint8_t c)
{
    const char *hex = "0123456789abcdef",
               *at = c ? strchr(hex, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return at ? (int)(at - hex) : -1;
}

static bool decode(kith_slice s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        bool escape = s.ptr[i] == '%';
        int high = escape && s.len - i > 2 ? digit(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? digit(s.ptr[i + 2]) : -1;
        if (escape && low < 0) return false;
        buf_putc(out, escape ? (uint8_t)(high * 16 + low) : s.ptr[i] == '+' ? ' ' : s.ptr[i]);
        if (escape) i += 2;
    }
    return utf8_valid(buf_slice(out));
}

/* The value of the first parameter `a`. */
static kith_err expected(kith_slice query, struct buf *out)
{
    for (kith_slice pair, name; query.len;) {
        struct buf decoded = {0};
        query = slice_cut(query, '&', &pair);
        kith_slice value = slice_cut(pair, '=', &name);
        bool is = decode(name, &decoded) && slice_is(buf_slice(&decoded), "a");
        buf_fini(&decoded);
        if (is) return decode(value, out) ? KITH_OK : KITH_BAD;
    }
    return KITH_NONE;
}

static void check_query(kith_slice s)
{
    struct buf scratch = {0}, want = {0};
    kith_slice got;
    kith_err e = http_query(s, "a", &scratch, &got);
    KITH_ASSERT(e == expected(s, &want));
    if (e == KITH_OK) KITH_ASSERT(slice_eq(got, buf_slice(&want)));
    buf_fini(&scratch);
    buf_fini(&want);
}

/* What a long-poll's client is sent */

/* A string's characters as bytes, of a binary message. */
static void put_bytes(struct buf *out, kith_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool two = text.ptr[i] >= 0x80;
        buf_putc(out,
                 two ? (uint8_t)((text.ptr[i] & 3) << 6 | (text.ptr[i + 1] & 0x3f)) : text.ptr[i]);
        i += two;
    }
}

static void check_message(kith_slice s, enum ws_opcode op)
{
    struct buf answer = {0}, text = {0}, back = {0};
    struct json whole, list, one;
    struct frame *f = ws_frame_new(op, s.len);
    if (!f) abort();
    if (s.len) memcpy(f->bytes + f->body_at, s.ptr, s.len);
    longpoll_begin(&answer);
    longpoll_put_message(&answer, f);
    longpoll_put_message(&answer, f);
    longpoll_end(&answer, 200, KITH_LIT("token"));
    KITH_ASSERT(json_parse(buf_slice(&answer), &whole) == KITH_OK);
    KITH_ASSERT(json_get(whole, "messages", &list) == KITH_OK);
    struct json_walk w = json_walk(list);
    for (int i = 0; i < 2; i++) {
        KITH_ASSERT(json_next(&w, NULL, &one));
        kith_slice said = json_text(one, &text);
        buf_clear(&back);
        if (op == WS_OP_BINARY) put_bytes(&back, said);
        KITH_ASSERT(slice_eq(op == WS_OP_BINARY ? buf_slice(&back) : said, s));
    }
    KITH_ASSERT(!json_next(&w, NULL, &one));
    frame_unref(f);
    buf_fini(&answer);
    buf_fini(&text);
    buf_fini(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice s = slice_of(bytes, len);
    if (len == 0) return 0;
    check_utf8(s);
    check_base64(s);
    check_encoded(s);
    check_query(s);
    check_message(s, WS_OP_BINARY);
    if (utf8_valid(s)) check_message(s, WS_OP_TEXT);
    return 0;
}
