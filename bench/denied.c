/* bench/denied.c -- can who may not be seen be told, by the time of the server's answer, from who
 * is not there; or what is wrong with a token? Asks about users, or by tokens, of several classes,
 * one of each class in turn, over one connection after the other.
 *
 *     denied PORT SAMPLES HEADERS REQUEST NAME=ID,ID.. NAME=ID,ID..
 *
 * REQUEST is a method, a path and perhaps a body, as "GET /v1/users/@/presence?as=ann" and
 * "POST /v1/presence/query {"as":"ann","ids":["@"]}": @ stands for the user. Prints what
 * classes_print does. Ends with 1 where answers differ in what they say, but for their date and
 * the user. */
#include "classes.h"
#include "http_answers.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 1 << 20,
    REQUEST_MAX = 4096,
    AT_ONCE = 90 /* as many, and not many more, a public connection is answered at once */
};

struct asking {
    int fd;
    uint16_t port;
    unsigned asked;
    const char *headers;
    const char *method, *path, *body;
};

static char first_answer[ANSWER_MAX], answer[ANSWER_MAX];

/* Cuts the text. */
static void read_request(struct asking *a, char *text)
{
    char *rest;
    a->method = strtok_r(text, " ", &rest);
    a->path = strtok_r(NULL, " ", &rest);
    a->body = rest;
    if (!a->path) die("a request is METHOD PATH BODY");
}

static void put_in(char out[REQUEST_MAX], const char *text, const char *id)
{
    const char *at = strchr(text, '@');
    int before = at ? (int)(at - text) : (int)strlen(text);
    int n = snprintf(out, REQUEST_MAX, "%.*s%s%s", before, text, at ? id : "", at ? at + 1 : "");
    if (n >= REQUEST_MAX) die("too long: %s", text);
}

static double ask(const struct asking *a, const char *id)
{
    char path[REQUEST_MAX], body[REQUEST_MAX], request[3 * REQUEST_MAX];
    put_in(path, a->path, id);
    put_in(body, a->body, id);
    int n = snprintf(request, sizeof request,
                     "%s %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                     "content-length: %zu\r\n%s\r\n%s",
                     a->method, path, strlen(body), a->headers, body);
    if (n >= (int)sizeof request) die("too long: %s", a->headers);
    double from = now_us();
    if (write(a->fd, request, (size_t)n) != n) die("cannot write: %m");
    http_hear(a->fd, answer, ANSWER_MAX);
    return now_us() - from;
}

static void blot_all(char *text, const char *what)
{
    for (char *found = text; *what && (found = strstr(found, what));)
        memset(found, '*', strlen(what));
}

static void blot_header(char *text, const char *name)
{
    char *value = strstr(text, name);
    if (value) memset(value, '*', strcspn(value, "\r"));
}

static void compare(const struct class *c, const char *id)
{
    blot_header(answer, "date: ");
    blot_header(answer, "x-request-id: ");
    blot_all(answer, id);
    if (!*first_answer) memcpy(first_answer, answer, strlen(answer) + 1);
    if (strcmp(first_answer, answer) != 0)
        die("%s is answered with\n%s\nand the first with\n%s", c->name, answer, first_answer);
}

/* What a connection is asked first takes longer, whatever it is, and is nobody's. */
static void renew(struct asking *a, const char *id)
{
    if (a->fd) close(a->fd);
    a->fd = http_dial(a->port);
    (void)ask(a, id);
}

static double ask_one(void *ctx, const struct class *c, uint32_t item)
{
    struct asking *a = ctx;
    if (a->asked++ % AT_ONCE == 0) renew(a, c->items[item]);
    double us = ask(a, c->items[item]);
    compare(c, c->items[item]);
    return us;
}

int main(int argc, char **argv)
{
    if (argc < 6) die("usage: denied PORT SAMPLES HEADERS REQUEST NAME=ID,ID.. NAME=ID,ID..");
    uint32_t samples = (uint32_t)strtoul(argv[2], NULL, 10);
    struct classes classes = {.seed = 7};
    for (int i = 5; i < argc; i++)
        classes_read(&classes, argv[i], samples);
    if (samples == 0) die("no samples");
    struct asking a = {.port = (uint16_t)strtoul(argv[1], NULL, 10), .headers = argv[3]};
    read_request(&a, argv[4]);
    classes_ask(&classes, samples, ask_one, &a);
    classes_print(&classes);
    classes_free(&classes);
    close(a.fd);
    return 0;
}
