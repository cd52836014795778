/* bench/denied.c -- can who may not be seen be told, by the time of the server's answer, from who
 * is not there? Asks for paths of several classes, one of each class in turn, over one connection.
 *
 *     denied PORT SAMPLES HEADERS NAME=PATH,PATH.. NAME=PATH,PATH..
 *
 * Prints for each class its median in microseconds, how far that is from the first class' median,
 * and Cliff's delta against the first: 0 where neither is mostly the slower, 1 or -1 where always.
 * Ends with 1 where answers differ in what they say, but for their date. */
#include "tool.h"

#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLASSES_MAX = 16, PATHS_MAX = 64, ANSWER_MAX = 1 << 20, WARM_UP = 500 };

struct class
{
    const char *name;
    char *paths[PATHS_MAX];
    uint32_t path_count, sample_count;
    double *us;
};

static struct class classes[CLASSES_MAX];
static uint32_t class_count;
static char first_answer[ANSWER_MAX], answer[ANSWER_MAX];
static uint64_t seed = 7;

static void read_class(char *text, uint32_t samples)
{
    if (class_count == CLASSES_MAX) die("at most %d classes", CLASSES_MAX);
    struct class *c = &classes[class_count++];
    char *paths = strchr(text, '=');
    if (!paths) die("a class is NAME=PATH,PATH.., not %s", text);
    *paths++ = 0;
    c->name = text;
    c->us = calloc(samples, sizeof *c->us);
    if (!c->us) die("no memory for %u samples", samples);
    for (char *rest, *path = strtok_r(paths, ",", &rest); path; path = strtok_r(NULL, ",", &rest)) {
        if (c->path_count == PATHS_MAX) die("at most %d paths a class", PATHS_MAX);
        c->paths[c->path_count++] = path;
    }
    if (c->path_count == 0) die("class %s has no path", text);
}

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

static double ask(int fd, const char *path, const char *headers)
{
    char request[4096];
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: localhost\r\n%s\r\n", path,
                     headers);
    if (n >= (int)sizeof request) die("too long: %s", path);
    double from = now_us();
    if (write(fd, request, (size_t)n) != n) die("cannot write: %m");
    (void)hear(fd);
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

/* All classes in an order by chance. */
static void round_of_all(int fd, const char *headers, bool count)
{
    uint32_t order[CLASSES_MAX];
    for (uint32_t i = 0; i < class_count; i++) {
        uint32_t at = (uint32_t)(chance(&seed) % (i + 1));
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t i = 0; i < class_count; i++) {
        struct class *c = &classes[order[i]];
        const char *path = c->paths[chance(&seed) % c->path_count];
        double us = ask(fd, path, headers);
        compare(c, path);
        if (count) c->us[c->sample_count++] = us;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(const struct class *c) { return c->us[c->sample_count / 2]; }

/* How much oftener one of `a` is greater than one of `b` than the other way round; both sorted. */
static double cliffs_delta(const struct class *a, const struct class *b)
{
    uint32_t less = 0, not_greater = 0;
    double sum = 0;
    for (uint32_t i = 0; i < a->sample_count; i++) {
        while (less < b->sample_count && b->us[less] < a->us[i])
            less++;
        while (not_greater < b->sample_count && b->us[not_greater] <= a->us[i])
            not_greater++;
        sum += (double)less - (double)(b->sample_count - not_greater);
    }
    return sum / a->sample_count / b->sample_count;
}

int main(int argc, char **argv)
{
    if (argc < 5) die("usage: denied PORT SAMPLES HEADERS NAME=PATH,PATH.. NAME=PATH,PATH..");
    uint32_t samples = (uint32_t)strtoul(argv[2], NULL, 10);
    for (int i = 4; i < argc; i++)
        read_class(argv[i], samples);
    if (samples == 0) die("no samples");
    int fd = dial((uint16_t)strtoul(argv[1], NULL, 10));
    for (uint32_t i = 0; i < WARM_UP + samples; i++)
        round_of_all(fd, argv[3], i >= WARM_UP);
    for (uint32_t i = 0; i < class_count; i++)
        qsort(classes[i].us, classes[i].sample_count, sizeof(double), by_size);
    printf("%-24s %10s %10s %10s\n", "", "median us", "apart us", "delta");
    for (uint32_t i = 0; i < class_count; i++)
        printf("%-24s %10.2f %10.2f %10.4f\n", classes[i].name, median(&classes[i]),
               fabs(median(&classes[i]) - median(&classes[0])),
               cliffs_delta(&classes[i], &classes[0]));
    for (uint32_t i = 0; i < class_count; i++)
        free(classes[i].us);
    close(fd);
    return 0;
}
