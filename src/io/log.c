/* io/log.c -- lines for whoever runs the server. */
#include "io/log.h"

#include "io/system.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    WORDS_BYTES = 1024,
    LINE_BYTES = 4096, /* with the fields, and JSON's escapes: PIPE_BUF, so that it stays whole */
};

/* Of all threads; there is one stderr. */
static atomic_uint from = LOG_AT_INFO;
static atomic_bool as_json;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* to write, which never waits */
static unsigned dropped;                                 /* lines, in its turn */

static const char *const names[] = {[LOG_AT_DEBUG] = "debug",
                                    [LOG_AT_INFO] = "info",
                                    [LOG_AT_WARNING] = "warning",
                                    [LOG_AT_ERROR] = "error"};

void log_set(const struct log_options *o)
{
    atomic_store_explicit(&as_json, o->json, memory_order_relaxed);
    atomic_store_explicit(&from, o->from, memory_order_relaxed);
}

enum log_level log_from(void)
{
    return (enum log_level)atomic_load_explicit(&from, memory_order_relaxed);
}

/* A line on its way. What does not fit is cut, and it is a line all the same. */
struct line {
    char text[LINE_BYTES];
    size_t len;
    bool json;
};

enum { ROOM = LINE_BYTES - 4 }; /* for what closes it */

__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(l->text + l->len, ROOM - l->len, fmt, args);
    va_end(args);
    if (n > 0 && (size_t)n < ROOM - l->len) l->len += (size_t)n;
}

/* Text that is shown; JSON has it in quotes, with its own escapes. */
static void put_shown(struct line *l, kith_slice text)
{
    char one[LOG_ONE_MAX];
    while (text.len && l->len + 2 * LOG_ONE_MAX < ROOM) {
        size_t len = log_put_one(one, &text, false);
        for (size_t i = 0; i < len; i++) {
            if (l->json && (one[i] == '"' || one[i] == '\\')) l->text[l->len++] = '\\';
            l->text[l->len++] = one[i];
        }
    }
}

static void begin(struct line *l, enum log_level level, kith_slice words)
{
    struct tm at;
    uint64_t ms = system_now().unix_ms;
    time_t s = (time_t)(ms / 1000);
    char day[32];
    l->len = 0;
    l->json = atomic_load_explicit(&as_json, memory_order_relaxed);
    if (!l->json) {
        put(l, "kith: %s: ", names[level]);
        put_shown(l, words);
        return;
    }
    gmtime_r(&s, &at);
    (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &at);
    put(l, "{\"time\":\"%s.%03uZ\",\"level\":\"%s\",\"message\":\"", day, (unsigned)(ms % 1000),
        names[level]);
    put_shown(l, words);
    put(l, "\"");
}

/* Fields: a number, and a text that is put in quotes where it may hold anything. */
static void put_number(struct line *l, const char *name, uint64_t value)
{
    put(l, l->json ? ",\"%s\":%" PRIu64 : " %s=%" PRIu64, name, value);
}

static void put_text(struct line *l, const char *name, const char *value)
{
    if (value && *value) put(l, l->json ? ",\"%s\":\"%s\"" : " %s=%s", name, value);
}

static void put_user(struct line *l, kith_slice user)
{
    char id[LOG_ID_MAX];
    if (!user.len) return;
    log_id(id, user);
    put(l, l->json ? ",\"user\":\"" : " user=\"");
    put_shown(l, slice_of((const uint8_t *)id + 1, strlen(id) - 2)); /* without its own quotes */
    put(l, "\"");
}

/* A pipe that nobody reads would make its writer wait, and with it all clients of the thread. One
 * that is writable has room for 4 KiB (PIPE_BUF). */
static bool takes_more(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

/* Between a look for room and the write nobody else may take it. */
static bool write_out(const struct line *l)
{
    if (!takes_more()) return false;
    ssize_t written = write(STDERR_FILENO, l->text, l->len);
    (void)written; /* there is nobody else to tell */
    return true;
}

static void finish(struct line *l)
{
    if (l->json) l->text[l->len++] = '}';
    l->text[l->len++] = '\n';
}

static void tell_of_dropped(void)
{
    char words[96];
    struct line line;
    if (!dropped) return;
    (void)snprintf(words, sizeof words, "stderr took nothing: %u lines before this are lost",
                   dropped);
    begin(&line, LOG_AT_WARNING, slice_str(words));
    finish(&line);
    if (write_out(&line)) dropped = 0;
}

static void end(struct line *l)
{
    finish(l);
    pthread_mutex_lock(&turn);
    tell_of_dropped();
    if (!write_out(l)) dropped++;
    pthread_mutex_unlock(&turn);
}

void log_say(enum log_level level, const char *fmt, ...)
{
    char words[WORDS_BYTES];
    struct line line;
    va_list args;
    if (level < log_from()) return;
    va_start(args, fmt);
    int n = vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    if (n < 0) return;
    begin(&line, level, slice_str(words));
    end(&line);
}

static void say_note(const struct note *n)
{
    struct line line;
    begin(&line, n->level, slice_str(n->what));
    put_text(&line, "method", n->method);
    put_text(&line, "path", n->path);
    if (n->status) put_number(&line, "status", (uint64_t)n->status);
    if (*n->request_id) put_number(&line, "took_ms", n->took_ms);
    put_text(&line, "request_id", n->request_id);
    put_user(&line, slice_of(n->user, n->user_len));
    end(&line);
}

void log_notes(struct notes *n)
{
    for (uint32_t i = 0; i < n->count; i++)
        say_note(&n->at[i]);
    if (n->lost) log_warn("%" PRIu32 " more lines at once than fit are left out", n->lost);
    n->count = n->lost = 0;
}
