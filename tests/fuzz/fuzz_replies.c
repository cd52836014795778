/* tests/fuzz/fuzz_replies.c -- what whoever listens where a server's API should be answers to the
 * commands: what is shown of it on a terminal is text that the terminal does not obey, and an exit
 * code is one of theirs. The first byte is the command; the second a status, with the rest as the
 * body, or 0: the rest is the whole answer, head and all. */
#include "app/commands.h"

#include "base/assert.h"
#include "mutate.h"
#include "wire/utf8.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Whoever listens */

static struct {
    int listening;
    char url[64];
    struct buf answer;
} server;

static void drain(int fd, bool head)
{
    char piece[4096];
    ssize_t n;
    while ((n = recv(fd, piece, sizeof piece, 0)) > 0)
        if (head && memmem(piece, (size_t)n, "\r\n\r\n", 4)) return;
}

/* Its end is the end of what it says; what was sent meanwhile is taken, or nobody would hear it. */
static void *listen_on(void *unused)
{
    for (int fd; (fd = accept(server.listening, NULL, NULL)) >= 0; (void)close(fd)) {
        drain(fd, true);
        for (kith_slice rest = buf_slice(&server.answer); rest.len;) {
            ssize_t n = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);
            if (n <= 0) break;
            rest = slice_from(rest, (size_t)n);
        }
        (void)shutdown(fd, SHUT_WR);
        drain(fd, false);
    }
    return unused;
}

static void start(void)
{
    pthread_t thread;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    server.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server.listening, (struct sockaddr *)&at, sizeof at) || listen(server.listening, 8) ||
        getsockname(server.listening, (struct sockaddr *)&at, &len) ||
        pthread_create(&thread, NULL, listen_on, NULL))
        abort();
    (void)snprintf(server.url, sizeof server.url, "http://127.0.0.1:%u", ntohs(at.sin_port));
}

static void answer_with(uint8_t status, kith_slice bytes)
{
    static const int statuses[] = {200, 204, 400, 401, 403, 404, 409, 413, 429, 500, 503, 507};
    buf_clear(&server.answer);
    if (status)
        buf_printf(&server.answer, "HTTP/1.1 %d X\r\nconnection: close\r\n\r\n",
                   statuses[status % (sizeof statuses / sizeof statuses[0])]);
    buf_put(&server.answer, bytes);
}

/* The commands */

static const struct {
    int (*run)(int argc, char **argv);
    const char *words[7];
    bool passes_on; /* what has come, as it is */
} commands[] = {
    {cmd_who, {"kith who", "ann"}, false},
    {cmd_audience, {"kith audience", "ann"}, false},
    {cmd_audience, {"kith audience", "ann", "--viewer", "bob"}, false},
    {cmd_visibility, {"kith visibility", "ann"}, false},
    {cmd_visibility, {"kith visibility", "ann", "nobody"}, false},
    {cmd_push, {"kith push", "ann", "notice", "{}"}, false},
    {cmd_disconnect, {"kith disconnect", "ann"}, false},
    {cmd_graph, {"kith graph", "export"}, true},
    {cmd_graph, {"kith graph", "export", "--ndjson"}, true},
    {cmd_graph, {"kith graph", "import", "/dev/null"}, false},
    {cmd_graph, {"kith graph", "add", "ann", "bob"}, false},
};
enum { COMMANDS = sizeof commands / sizeof commands[0], WORDS_MAX = 8 };

static int run(unsigned which)
{
    char words[WORDS_MAX + 2][64], *argv[WORDS_MAX + 3];
    int argc = 0;
    for (; argc < 7 && commands[which].words[argc]; argc++)
        (void)snprintf(words[argc], sizeof words[0], "%s", commands[which].words[argc]);
    (void)snprintf(words[argc++], sizeof words[0], "--api");
    (void)snprintf(words[argc++], sizeof words[0], "%s", server.url);
    for (int i = 0; i < argc; i++)
        argv[i] = words[i];
    argv[argc] = NULL;
    return commands[which].run(argc, argv);
}

static void check_shown(const char *text, size_t len)
{
    for (kith_slice rest = slice_of(text, len), line; rest.len;) {
        rest = slice_cut(rest, '\n', &line);
        KITH_ASSERT(!utf8_has_control(line));
    }
}

/* What it writes goes to memory meanwhile. */
static void try_command(unsigned which)
{
    FILE *out = stdout, *err = stderr;
    char *said = NULL, *complained = NULL;
    size_t said_len = 0, complained_len = 0;
    stdout = open_memstream(&said, &said_len);
    stderr = open_memstream(&complained, &complained_len);
    if (!stdout || !stderr) abort();
    int code = run(which);
    (void)fclose(stdout);
    (void)fclose(stderr);
    stdout = out;
    stderr = err;
    KITH_ASSERT(code == EX_OK || (code >= EX_USAGE && code <= EX_CONFIG));
    KITH_ASSERT(code == EX_OK || complained_len > 0);
    check_shown(complained, complained_len);
    if (!commands[which].passes_on) check_shown(said, said_len);
    free(said);
    free(complained);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2) return 0;
    if (!server.listening) start();
    answer_with(bytes[1], slice_of(bytes + 2, len - 2));
    try_command(bytes[0] % COMMANDS);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    kith_slice in = slice_of(data, size);
    if (size < 3 || chance_below(&chance, 8) == 0) {
        mutate_bytes(&made, in);
    } else {
        buf_put(&made, slice_head(in, 2));
        mutate_json(&made, slice_from(in, 2), &chance);
    }
    return mutate_end(&made, data, size_max);
}
