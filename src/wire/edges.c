/* wire/edges.c -- the friend graph as text. */
#include "wire/edges.h"

#include "wire/json.h"

#include <inttypes.h>

/* Editors of some systems put it before a text; it is no part of the first id. */
#define BYTE_ORDER_MARK KITH_LIT("\xef\xbb\xbf")

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

/* Cuts the first word off *line, and the blanks around it; empty at the end. */
static kith_slice cut_word(kith_slice *line)
{
    size_t at = 0, end;
    while (at < line->len && is_blank(line->ptr[at]))
        at++;
    for (end = at; end < line->len && !is_blank(line->ptr[end]);)
        end++;
    kith_slice word = slice_of(line->ptr + at, end - at);
    while (end < line->len && is_blank(line->ptr[end]))
        end++;
    *line = slice_from(*line, end);
    return word;
}

static kith_err bad(const struct edges *p, kith_problem *why, const char *what)
{
    return problem(KITH_BAD, why, "line %" PRIu64 ": %s", p->line, what);
}

static kith_err check_id(const struct edges *p, kith_slice id, kith_problem *why)
{
    if (id.len > USER_ID_BYTES_MAX)
        return problem(KITH_BAD, why, "line %" PRIu64 ": an id of %zu bytes; ids have at most %d",
                       p->line, id.len, USER_ID_BYTES_MAX);
    if (utf8_has_control(id))
        return bad(p, why, "a control character in an id; write ids as plain text");
    if (!utf8_valid(id)) return bad(p, why, "an id is not UTF-8; save the file as UTF-8");
    return KITH_OK;
}

/* KITH_NONE: nothing stands on this line. */
static kith_err parse_line(const struct edges *p, kith_slice line, struct watch *out,
                           kith_problem *why)
{
    out->watcher = cut_word(&line);
    if (out->watcher.len == 0 || out->watcher.ptr[0] == '#') return KITH_NONE;
    out->watched = cut_word(&line);
    kith_err e = check_id(p, out->watcher, why); /* first: what is no text at all is told so */
    if (e) return e;
    if (out->watched.len == 0)
        return bad(p, why, "only one id; write \"<watcher> <watched>\", with a blank between them");
    if (line.len)
        return bad(p, why,
                   "more than two words; write \"<watcher> <watched>\", comments on lines "
                   "of their own");
    return check_id(p, out->watched, why);
}

/* The id under `name`, in `at`. */
static kith_err read_member(const struct edges *p, struct json object, const char *name,
                            uint8_t at[USER_ID_BYTES_MAX], kith_slice *out, kith_problem *why)
{
    struct json value;
    struct buf text = {0};
    if (json_get(object, name, &value) != KITH_OK || value.type != JSON_STRING)
        return bad(p, why, "write {\"watcher\":\"..\",\"watched\":\"..\"}");
    kith_slice id = json_text(value, &text);
    kith_err e = text.failed ? KITH_NOMEM : KITH_OK;
    if (!e && (id.len == 0 || id.len > USER_ID_BYTES_MAX || slice_find(id, 0) < id.len))
        e = bad(p, why, "an id has 1 to 128 bytes, and no NUL");
    if (!e) memcpy(at, id.ptr, id.len);
    *out = slice_of(at, e ? 0 : id.len);
    buf_fini(&text);
    return e;
}

static size_t skip_space(kith_slice text, size_t at)
{
    while (at < text.len && memchr(" \t\r\n", text.ptr[at], 4))
        at++;
    return at;
}

/* An id may begin with a brace, as a GUID may; a quote right behind it is another matter. */
kith_err edges_guess(kith_slice head, bool *ndjson)
{
    *ndjson = false;
    if (slice_starts(BYTE_ORDER_MARK, head)) return KITH_NONE; /* no more than that */
    size_t at = slice_starts(head, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.len : 0;
    while ((at = skip_space(head, at)) < head.len && head.ptr[at] == '#')
        at += slice_find(slice_from(head, at), '\n');
    if (at == head.len) return KITH_NONE;
    if (head.ptr[at] != '{') return KITH_OK;
    at = skip_space(head, at + 1);
    if (at == head.len) return KITH_NONE;
    *ndjson = head.ptr[at] == '"';
    return KITH_OK;
}

static bool says_nothing(kith_slice line)
{
    kith_slice rest = line, word = cut_word(&rest);
    return word.len == 0 || word.ptr[0] == '#';
}

static kith_err parse_json_line(struct edges *p, kith_slice line, struct watch *out,
                                kith_problem *why)
{
    struct json object;
    if (says_nothing(line)) return KITH_NONE;
    if (json_parse(line, &object) != KITH_OK || json_unique_keys(object) != KITH_OK)
        return bad(p, why, "not a JSON object, or one with a key twice");
    kith_err e = read_member(p, object, "watcher", p->ids[0], &out->watcher, why);
    return e ? e : read_member(p, object, "watched", p->ids[1], &out->watched, why);
}

/* Keeps what a line has so far, for the next piece to go on. */
static void hold(struct edges *p, kith_slice part)
{
    if (part.len > sizeof p->held - p->held_len) p->overlong = true;
    if (p->overlong || part.len == 0) return;
    memcpy(p->held + p->held_len, part.ptr, part.len);
    p->held_len += (uint32_t)part.len;
}

/* `part` ends the line. One that came in one piece is read where it stands. */
static kith_err end_line(struct edges *p, kith_slice part, struct watch *out, kith_problem *why)
{
    kith_slice line = part;
    if (p->held_len || part.len > sizeof p->held) {
        hold(p, part);
        line = slice_of(p->held, p->held_len);
    }
    bool overlong = p->overlong;
    p->held_len = 0;
    p->overlong = false;
    if (p->line++ == 0 && slice_starts(line, BYTE_ORDER_MARK))
        line = slice_from(line, BYTE_ORDER_MARK.len);
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    if (overlong) return bad(p, why, "too long to be an edge; write one edge a line");
    return p->ndjson ? parse_json_line(p, line, out, why) : parse_line(p, line, out, why);
}

kith_err edges_next(struct edges *p, kith_slice *piece, struct watch *out, kith_problem *why)
{
    while (piece->len) {
        size_t end = slice_find(*piece, '\n');
        bool ended = end < piece->len;
        kith_slice part = slice_head(*piece, end);
        *piece = slice_from(*piece, ended ? end + 1 : end);
        if (!ended) hold(p, part);
        kith_err e = ended ? end_line(p, part, out, why) : KITH_NONE;
        if (e != KITH_NONE) return e;
    }
    return KITH_NONE;
}

kith_err edges_end(struct edges *p, struct watch *out, kith_problem *why)
{
    return p->held_len || p->overlong ? end_line(p, (kith_slice){0}, out, why) : KITH_NONE;
}

static bool can_write(kith_slice id)
{
    bool fits = id.len > 0 && id.len <= USER_ID_BYTES_MAX;
    return fits && slice_find(id, ' ') == id.len && !utf8_has_control(id) && utf8_valid(id);
}

/* The first id must also not read as a comment, or as the mark before a text. */
kith_err edges_write(struct buf *out, const struct watch *e)
{
    if (!can_write(e->watcher) || !can_write(e->watched)) return KITH_BAD;
    if (e->watcher.ptr[0] == '#' || slice_starts(e->watcher, BYTE_ORDER_MARK)) return KITH_BAD;
    buf_put(out, e->watcher);
    buf_putc(out, ' ');
    buf_put(out, e->watched);
    buf_putc(out, '\n');
    return KITH_OK;
}

void edges_write_json(struct buf *out, const struct watch *e)
{
    buf_puts(out, "{\"watcher\":");
    json_put_quoted(out, e->watcher);
    buf_puts(out, ",\"watched\":");
    json_put_quoted(out, e->watched);
    buf_puts(out, "}\n");
}
