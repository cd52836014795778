/* app/config_file.c -- kith.conf: inih cuts the lines, and this file refuses what inih would pass
 * over: long lines (it cuts them), indented ones (it joins them), junk behind a heading, headings
 * without keys, bytes that are no text. */
#include "app/config_state.h"

#include "io/http_source.h"
#include "io/store.h"
#include "wire/json.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct kith_config *config;
    const char *name; /* of the file */
    kith_slice rest;
    unsigned line;
    bool exposed;
    bool any; /* a heading or a key was there */
    kith_err e;
    kith_problem *why;
};

/* The first problem is kept, with its place before it. */
static void stop(struct reading *r, kith_err e, const char *what)
{
    if (!r->e) r->e = problem(e, r->why, "%s:%u: %s", r->name, r->line, what);
    r->rest = (kith_slice){0};
}

static bool is_text(kith_slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.ptr[i] < 0x20 && line.ptr[i] != '\t') || line.ptr[i] == 0x7f) return false;
    return utf8_valid(line);
}

static kith_slice trim(kith_slice s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = slice_from(s, 1);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static void begin_section(struct reading *r, const char *section)
{
    const char *name;
    enum config_group group = config_group_of(section, &name);
    kith_problem what;
    kith_err e = KITH_OK;
    r->any = true;
    if (!config_section_known(section))
        e = config_put(r->config, section, "", "", r->line, &what); /* says what is meant */
    else if (name)
        e = config_put_section(r->config, group, name, r->line, &what);
    if (e) stop(r, e, what.text);
}

static void read_heading(struct reading *r, kith_slice line)
{
    kith_slice inside, behind = slice_cut(slice_from(line, 1), ']', &inside);
    char section[64];
    if (!behind.ptr) return stop(r, KITH_BAD, "a heading is not closed; write [server]");
    if (behind.len)
        return stop(r, KITH_BAD, "something stands behind the heading; begin a new line");
    if (inside.len >= sizeof section) return stop(r, KITH_BAD, "a heading of more than 63 bytes");
    (void)snprintf(section, sizeof section, "%.*s", (int)inside.len, (const char *)inside.ptr);
    begin_section(r, section);
}

/* inih takes " ;" for a comment, and " #" for a part of the value: nobody should have to know. */
static bool has_comment(kith_slice line)
{
    for (size_t i = 1; i < line.len; i++)
        if ((line.ptr[i] == ';' || line.ptr[i] == '#') &&
            (line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t'))
            return true;
    return false;
}

/* Says no to a line that inih would read in a way of its own. */
static void check_line(struct reading *r, kith_slice line, size_t room)
{
    if (!is_text(line)) stop(r, KITH_BAD, "this is not text; is it the right file?");
    if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';') return;
    if (line.len + 2 > room)
        stop(r, KITH_BAD,
             "a line of more than 198 bytes; put a long secret into a secret_file, "
             "and origins on several lines");
    if (has_comment(line)) stop(r, KITH_BAD, "a comment needs a line of its own");
    if (line.ptr[0] == '[') read_heading(r, line);
}

/* inih's reader: one line a call into `out`, of `size` bytes; NULL at the end, or at a problem. */
static char *next_line(char *out, int size, void *ctx)
{
    struct reading *r = ctx;
    kith_slice line;
    if (!r->rest.len) return NULL;
    r->rest = slice_cut(r->rest, '\n', &line);
    r->line++;
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    line = trim(line);
    check_line(r, line, (size_t)size);
    if (r->e) return NULL;
    bool comment = line.len && (line.ptr[0] == '#' || line.ptr[0] == ';');
    (void)snprintf(out, (size_t)size, "%.*s\n", comment ? 0 : (int)line.len,
                   (const char *)line.ptr);
    return out;
}

/* A server may be started from anywhere: what a file names it means from its own folder. The
 * caller's to free; NULL: out of memory. */
static char *path_from(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    int folder = slash && name[0] != '/' ? (int)(slash + 1 - file) : 0;
    char *path = NULL;
    return asprintf(&path, "%.*s%s", folder, file, name) < 0 ? NULL : path;
}

static kith_err put_path(struct reading *r, const char *section, const char *name,
                         const char *value, kith_problem *what)
{
    char *path = path_from(r->name, value);
    if (!path) return problem(KITH_NOMEM, what, "out of memory");
    kith_err e = config_put(r->config, section, name, path, r->line, what);
    free(path);
    return e;
}

static kith_err put_value(struct reading *r, const char *section, const char *name,
                          const char *value, kith_problem *what)
{
    const struct config_key *k = config_key_find(section, name);
    if (!*section) return problem(KITH_BAD, what, "a key before any heading; begin with [server]");
    if (k && k->type == CONFIG_SECRET && r->exposed)
        return problem(KITH_BAD, what,
                       "a secret in a file that everybody may read; make it "
                       "private: chmod 600 %.200s",
                       r->name);
    bool of_database =
        k && (k->type == CONFIG_STORE || (k->type == CONFIG_SOURCE && !http_source_is_url(value)));
    if (of_database && r->exposed && store_has_password(value))
        return problem(KITH_BAD, what,
                       "a password in a file that everybody may read; put it into ~/.pgpass, or "
                       "make this file private: chmod 600 %.200s",
                       r->name);
    if (k && config_key_is_file(k)) return put_path(r, section, name, value, what);
    return config_put(r->config, section, name, value, r->line, what);
}

/* inih's handler. 1: go on. */
static int take_value(void *ctx, const char *section, const char *name, const char *value)
{
    struct reading *r = ctx;
    kith_problem what;
    r->any = true;
    kith_err e = put_value(r, section, name, value, &what);
    if (e) stop(r, e, what.text);
    return 1;
}

static kith_err finish(struct reading *r, int bad_line)
{
    if (r->e) return r->e;
    if (bad_line > 0) {
        r->line = (unsigned)bad_line;
        stop(r, KITH_BAD, "neither a heading nor a setting; write key = value");
    } else if (bad_line < 0) {
        stop(r, KITH_NOMEM, "out of memory");
    } else if (!r->any) {
        r->line = 1;
        stop(r, KITH_BAD, "nothing is set in this file; `kith config init` shows what can be");
    }
    return r->e;
}

kith_err config_read(struct kith_config *c, const char *name, kith_slice text, bool exposed,
                     kith_problem *why)
{
    struct reading r = {.config = c, .name = name, .rest = text, .exposed = exposed, .why = why};
    free(c->file);
    c->file = strdup(name);
    if (!c->file) return problem(KITH_NOMEM, why, "out of memory");
    if (slice_starts(r.rest, KITH_LIT("\xef\xbb\xbf"))) r.rest = slice_from(r.rest, 3);
    int bad_line = ini_parse_stream(next_line, &r, take_value, &r);
    return finish(&r, bad_line);
}
