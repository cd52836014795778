/* bench/http_answers.h -- one connection to a server on the loopback, and what it answers there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int http_dial(uint16_t port); /* dies where nobody listens */

/* Reads one answer with a length into `into`, with a zero behind it. */
void http_hear(int fd, char *into, size_t room);
