/* bench/denied.c -- can who may not be seen be told, by the time of the server's answer, from who
 * is not there? Asks for paths of several classes, one of each class in turn, over one connection.
 *
 *     denied PORT SAMPLES HEADERS NAME=PATH,PATH.. NAME=PATH,PATH..
 *
 * Prints what classes_print does. Ends with 1 where answers differ in what they say, but for their
 * date. */
#include "classes.h"
#include "tool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20 };

struct asking {
    int fd;
    const char *headers;
};

static char first_answer[ANSWER_MAX], answer[ANSWER_MAX];

static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) die("cannot connect: %m");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* Reads one answer; returns its length. */
static size_t hear(int fd)
{
    size_t len = 0, whole = 0;
    while (!whole || len < whole) {
        ssize_t n = read(fd, answer + len, ANSWER_MAX - 1 - len);
        if (n <= 0) die("the server closed the connection");
        len += (size_t)n;
        answer[len] = 0;
        const char *end = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "content-length: ");
        if (end && !length) die("an answer without a length");
        if (end) whole = (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10);
    }
    return len;
}

static double ask(const struct asking *a, const char *path)
{
    char request[4096];
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: localhost\r\n%s\r\n", path,
                     a->headers);
    if (n >= (int)sizeof request) die("too long: %s", path);
    double from = now_us();
    if (write(a->fd, request, (size_t)n) != n) die("cannot write: %m");
    (void)hear(a->fd);
    return now_us() - from;
}

/* The date is blotted out, and the user, by which answers differ: its id stands in the path. */
static void blot(char *text, const char *path)
{
    char *date = strstr(text, "date: "), id[256];
    if (date) memset(date, '*', strcspn(date, "\r"));
    const char *at = strstr(path, "/users/");
    if (!at) return;
    at += strlen("/users/");
    snprintf(id, sizeof id, "%.*s", (int)strcspn(at, "/"), at);
    for (char *found = text; *id && (found = strstr(found, id));)
        memset(found, '*', strlen(id));
}

static void compare(const struct class *c, const char *path)
{
    blot(answer, path);
    if (!*first_answer) memcpy(first_answer, answer, strlen(answer) + 1);
    if (strcmp(first_answer, answer) != 0)
        die("%s is answered with\n%s\nand the first with\n%s", c->name, answer, first_answer);
}

static double ask_one(void *ctx, const struct class *c, uint32_t item)
{
    double us = ask(ctx, c->items[item]);
    compare(c, c->items[item]);
    return us;
}

int main(int argc, char **argv)
{
    if (argc < 5) die("usage: denied PORT SAMPLES HEADERS NAME=PATH,PATH.. NAME=PATH,PATH..");
    uint32_t samples = (uint32_t)strtoul(argv[2], NULL, 10);
    struct classes classes = {.seed = 7};
    for (int i = 4; i < argc; i++)
        classes_read(&classes, argv[i], samples);
    if (samples == 0) die("no samples");
    struct asking a = {dial((uint16_t)strtoul(argv[1], NULL, 10)), argv[3]};
    classes_ask(&classes, samples, ask_one, &a);
    classes_print(&classes);
    classes_free(&classes);
    close(a.fd);
    return 0;
}
