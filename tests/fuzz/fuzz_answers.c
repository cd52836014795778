/* tests/fuzz/fuzz_answers.c -- a PostgreSQL server that answers what the input says. It speaks
 * version 3 of the protocol, and that as a server does, for the answers alone are in question. */
#include "fuzz_answers.h"

#include "base/buf.h"

#include <endian.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAGE = 8192, WIDE = 512, COLUMNS_MAX = 12, LONG = 0xfe, NONE = 0xff };

static struct {
    char url[160];
    int listening;
    kith_slice input;
    unsigned version; /* 0: what it is has been said */
    struct buf out;
} server;

/* Messages */

static void put_u32(uint32_t n)
{
    n = htobe32(n);
    buf_put(&server.out, slice_of(&n, sizeof n));
}

static void put_u16(uint16_t n)
{
    n = htobe16(n);
    buf_put(&server.out, slice_of(&n, sizeof n));
}

static size_t begin(char type)
{
    buf_putc(&server.out, (uint8_t)type);
    put_u32(0);
    return server.out.len;
}

static void end(size_t at)
{
    uint32_t len = htobe32((uint32_t)(server.out.len - at + 4));
    if (server.out.failed) abort();
    memcpy(server.out.ptr + at - 4, &len, sizeof len);
}

static void put_message(char type, const char *text)
{
    size_t at = begin(type);
    if (text) buf_put(&server.out, slice_of(text, strlen(text) + 1));
    end(at);
}

static void put_ready(void)
{
    size_t at = begin('Z');
    buf_putc(&server.out, 'I');
    end(at);
}

static void put_columns(unsigned count, uint32_t type)
{
    size_t at = begin('T');
    put_u16((uint16_t)count);
    for (unsigned i = 0; i < count; i++) {
        buf_put(&server.out, slice_of("c", 2));
        put_u32(0), put_u16(0);
        put_u32(type), put_u16(UINT16_MAX);
        put_u32(UINT32_MAX), put_u16(1);
    }
    end(at);
}

/* From the input. Behind its end there are zeros. */

static uint8_t take(void)
{
    if (!server.input.len) return 0;
    uint8_t byte = server.input.ptr[0];
    server.input = slice_from(server.input, 1);
    return byte;
}

static void put_value(void)
{
    uint8_t len = take();
    if (len == NONE) {
        put_u32(UINT32_MAX);
    } else if (len == LONG) {
        put_u32(100 + 2u * server.input.len % 4096);
        for (size_t i = 100 + 2u * server.input.len % 4096; i; i--)
            buf_putc(&server.out, 'l');
    } else {
        kith_slice value =
            slice_head(server.input, len < server.input.len ? len : server.input.len);
        put_u32((uint32_t)value.len);
        buf_put(&server.out, value);
        server.input = slice_from(server.input, value.len);
    }
}

static void put_row(unsigned columns)
{
    size_t at = begin('D');
    put_u16((uint16_t)columns);
    for (unsigned i = 0; i < columns; i++)
        put_value();
    end(at);
}

/* The same row again and again, until they are a page of the store's; of a wide one there is one.
 */
static void put_page(unsigned columns)
{
    struct buf row = {0};
    size_t at = server.out.len;
    put_row(columns);
    buf_put(&row, slice_from(buf_slice(&server.out), at));
    for (int i = 1; i < PAGE && row.len <= WIDE; i++)
        buf_put(&server.out, buf_slice(&row));
    buf_fini(&row);
}

static void put_rows(uint8_t what)
{
    unsigned columns = take() % (COLUMNS_MAX + 1), rows = what & 7;
    put_columns(columns, 17);
    if (what & 0x20) put_page(columns);
    for (unsigned i = 0; i < rows; i++)
        put_row(columns);
    put_message('C', "SELECT 1");
}

static void put_error(void)
{
    static const char *const states[] = {"22P02", "53100", "XX001", "25P02", "57P01", "42501"};
    size_t at = begin('E');
    buf_put(&server.out, slice_of("SERROR", 7));
    buf_putc(&server.out, 'C');
    buf_put(&server.out, slice_of(states[take() % 6], 6));
    buf_putc(&server.out, 'M');
    for (uint8_t left = take() % 64, c; left && (c = take()); left--)
        buf_putc(&server.out, c);
    buf_put(&server.out, slice_of("\0", 2));
    end(at);
}

static void put_bytes(void)
{
    uint8_t len = take();
    kith_slice bytes = slice_head(server.input, len < server.input.len ? len : server.input.len);
    buf_put(&server.out, bytes);
    server.input = slice_from(server.input, bytes.len);
}

/* False: the connection ends behind it; nobody waits for the rest of what is half a message. */
static bool put_answer(void)
{
    uint8_t what = server.input.len ? take() : 0x80;
    if ((what & 0xc0) == 0x80)
        put_message('C', "UPDATE 1");
    else if ((what & 0xc0) == 0x40)
        put_error();
    else if ((what & 0xc0) == 0xc0)
        put_bytes();
    else
        put_rows(what);
    return (what & 0xc0) != 0xc0;
}

/* To who opens a store. */
static void put_version(kith_slice question)
{
    char text[16];
    bool asks_there = memmem(question.ptr, question.len, "to_regclass", 11);
    int n = snprintf(text, sizeof text, "%u", server.version);
    put_columns(asks_there ? 2 : 1, 25);
    size_t at = begin('D');
    put_u16(asks_there ? 2 : 1);
    put_u32(asks_there ? 1 : (uint32_t)n);
    buf_puts(&server.out, asks_there ? "t" : text);
    if (asks_there) {
        put_u32(1);
        buf_puts(&server.out, "9");
    }
    end(at);
    put_message('C', "SELECT 1");
    if (!asks_there) server.version = 0;
}

static bool put_described(uint8_t what)
{
    size_t at;
    if (what == 'P') return true; /* with the rows, of which it is the head */
    at = begin('t');
    unsigned count = take() % 3;
    put_u16((uint16_t)count);
    for (unsigned i = 0; i < count; i++)
        put_u32(take());
    end(at);
    put_columns(take() % 3, take());
    return true;
}

static bool answer(char type, kith_slice body)
{
    bool opens = server.version && memmem(body.ptr, body.len, "numbers", 7);
    bool good = true, sets = server.version && !opens;
    switch (type) {
    case 'P': put_message('1', NULL); break;
    case 'B': put_message('2', NULL); break;
    case 'D': return put_described(body.len ? body.ptr[0] : 0);
    case 'E': return put_answer();
    case 'Q':
        if (opens)
            put_version(body);
        else if (sets)
            put_message('C', "SET");
        else
            good = put_answer();
        put_ready();
        break;
    case 'S': put_ready(); break;
    default: return false;
    }
    return good;
}

/* The connection */

static bool read_all(int fd, void *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = recv(fd, (char *)out + at, len - at, 0);
        if (n <= 0) return false;
        at += (size_t)n;
    }
    return true;
}

static bool flush(int fd)
{
    kith_slice rest = buf_slice(&server.out);
    while (rest.len) {
        ssize_t n = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);
        if (n <= 0) return false;
        rest = slice_from(rest, (size_t)n);
    }
    buf_clear(&server.out);
    return true;
}

static bool read_body(int fd, uint8_t **body, uint32_t *len)
{
    if (!read_all(fd, len, sizeof *len)) return false;
    *len = be32toh(*len) - 4;
    *body = malloc(*len + 1);
    if (!*body) abort();
    return read_all(fd, *body, *len);
}

static bool greet(int fd)
{
    uint8_t *body = NULL;
    uint32_t len;
    bool good = read_body(fd, &body, &len);
    size_t at = begin('R');
    put_u32(0);
    end(at);
    at = begin('S');
    buf_put(&server.out, slice_of("server_version\00015.0", 20));
    end(at);
    at = begin('S');
    buf_put(&server.out, slice_of("client_encoding\0UTF8", 21));
    end(at);
    put_ready();
    free(body);
    return good && flush(fd);
}

static void serve(int fd)
{
    bool good = greet(fd);
    char type;
    while (good && read_all(fd, &type, 1)) {
        uint8_t *body = NULL;
        uint32_t len;
        good = read_body(fd, &body, &len);
        bool more = good && answer(type, slice_of(body, len));
        free(body);
        /* Only who waits reads: as for a pipe, a question is answered as a whole. */
        if (good && (type == 'S' || type == 'Q' || !more)) good = flush(fd);
        good = good && more;
    }
    buf_clear(&server.out);
    (void)close(fd);
}

static void *run(void *unused)
{
    for (;;)
        serve(accept(server.listening, NULL, NULL));
    return unused;
}

static char folder[] = "/tmp/kith-fuzz-XXXXXX", path[64];

static void leave(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

static void start(void)
{
    pthread_t thread;
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (!mkdtemp(folder)) abort();
    (void)snprintf(path, sizeof path, "%s/.s.PGSQL.5432", folder);
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    server.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server.listening, (struct sockaddr *)&to, sizeof to) || listen(server.listening, 8) ||
        pthread_create(&thread, NULL, run, NULL))
        abort();
    (void)atexit(leave);
    (void)snprintf(server.url, sizeof server.url,
                   "postgresql://fuzz@/fuzz?host=%s&sslmode=disable&gssencmode=disable", folder);
}

const char *answers_url(void)
{
    if (!*server.url) start();
    return server.url;
}

void answers_begin(kith_slice input, unsigned version)
{
    server.input = input;
    server.version = version;
}
