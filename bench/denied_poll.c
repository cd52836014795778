/* bench/denied_poll.c -- can who may not be seen be told, by time, from who is not there, by who
 * joins by long-polls?
 *
 *     denied_poll PORT SAMPLES NAME=VIEWER,VIEWER.. NAME=VIEWER,VIEWER..
 *
 * From a viewer's join of `friends`, in the session that it keeps, to its state. Of a server with
 * server.max_messages_s = 0 and presence.grace_s = 0. Prints what classes_print does. */
#include "classes.h"
#include "http_answers.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 16, TOKEN_MAX = 512 };

struct viewer {
    const char *id;
    char token[TOKEN_MAX];
    unsigned joins;
};

struct asking {
    int fd;
    uint32_t count;
    struct viewer viewers[CLASSES_MAX * ITEMS_MAX];
};

static char answer[ANSWER_MAX];

static void ask(int fd, const char *method, const struct viewer *v, const char *body)
{
    char request[2048];
    int n = snprintf(request, sizeof request,
                     "%s /socket/longpoll?vsn=2.0.0&session=hidden&user_id=%s%s%s HTTP/1.1\r\n"
                     "host: localhost\r\ncontent-length: %zu\r\n"
                     "content-type: application/x-ndjson\r\n\r\n%s",
                     method, v->id, *v->token ? "&token=" : "", v->token, strlen(body), body);
    if (n >= (int)sizeof request) die("too long: %s", v->id);
    if (write(fd, request, (size_t)n) != n) die("cannot write: %m");
    http_hear(fd, answer, ANSWER_MAX);
}

static void begin(int fd, struct viewer *v, const char *id)
{
    v->id = id;
    ask(fd, "GET", v, "");
    char *token = strstr(answer, "\"token\":\"");
    if (!token) die("no session for %s: %s", id, answer);
    token += strlen("\"token\":\"");
    size_t len = strcspn(token, "\"");
    if (len >= TOKEN_MAX) die("too long a token");
    memcpy(v->token, token, len);
}

static struct viewer *viewer_of(struct asking *a, const char *id)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (strcmp(a->viewers[i].id, id) == 0) return &a->viewers[i];
    begin(a->fd, &a->viewers[a->count], id);
    return &a->viewers[a->count++];
}

static void join(int fd, struct viewer *v)
{
    char text[128];
    unsigned ref = ++v->joins;
    snprintf(text, sizeof text, "[\"%u\",\"%u\",\"friends\",\"phx_join\",{}]", ref, ref);
    ask(fd, "POST", v, text);
    do
        ask(fd, "GET", v, "");
    while (!strstr(answer, "presence_state"));
}

/* All have joined once before it counts. */
static double ask_join(void *ctx, const struct class *c, uint32_t item)
{
    struct asking *a = ctx;
    struct viewer *v = viewer_of(a, c->items[item]);
    if (v->joins == 0) join(a->fd, v);
    double from = now_us();
    join(a->fd, v);
    return now_us() - from;
}

int main(int argc, char **argv)
{
    static struct asking a;
    if (argc < 4) die("usage: denied_poll PORT SAMPLES NAME=VIEWER,VIEWER..");
    struct classes classes = {.seed = 7};
    uint32_t samples = (uint32_t)strtoul(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++)
        classes_read(&classes, argv[i], samples);
    if (samples == 0) die("no samples");
    a.fd = http_dial((uint16_t)strtoul(argv[1], NULL, 10));
    classes_ask(&classes, samples, ask_join, &a);
    classes_print(&classes);
    classes_free(&classes);
    close(a.fd);
    return 0;
}
