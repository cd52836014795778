/* bench/http_answers.c -- one connection to a server on the loopback, and what it answers there. */
#include "http_answers.h"

#include "tool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int http_dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) die("cannot connect: %m");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void http_hear(int fd, char *into, size_t room)
{
    size_t len = 0, whole = 0;
    while (!whole || len < whole) {
        ssize_t n = read(fd, into + len, room - 1 - len);
        if (n <= 0) die("the server closed, or said too much");
        len += (size_t)n;
        into[len] = 0;
        const char *end = strstr(into, "\r\n\r\n"), *length = strstr(into, "content-length: ");
        if (end && !length) die("an answer without a length");
        if (end) whole = (size_t)(end + 4 - into) + strtoul(length + 16, NULL, 10);
    }
}
