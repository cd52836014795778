/* tests/edge/operator.c -- an operator's connection to the rig's API. */
#include "edge/operator.h"

#include "edge/visibility.h"

#include <stdlib.h>
#include <string.h>

struct paper_store paper;
static struct api_keys *keys;

/* The store */

static void tell_ids(kith_slice ids)
{
    for (kith_slice id; ids_next(&ids, &id);)
        buf_printf(&paper.asked, " %.*s", (int)id.len, (const char *)id.ptr);
}

static void tell_rule(const struct mail *m)
{
    static const char *const kinds[] = {
        [RULE_WATCH] = "watch",         [RULE_FRIENDS] = "friends",       [RULE_EDGES] = "edges",
        [RULE_BLOCK] = "block",         [RULE_VISIBILITY] = "visibility", [RULE_ERASE] = "erase",
        [RULE_LAST_SEEN] = "last_seen",
    };
    struct rule r = rule_of_mail(m);
    struct buf *b = &paper.asked;
    buf_puts(b, kinds[r.kind]);
    if (r.user.len) buf_printf(b, " %.*s", (int)r.user.len, (const char *)r.user.ptr);
    if (r.other.len) buf_printf(b, " %.*s", (int)r.other.len, (const char *)r.other.ptr);
    if (r.kind == RULE_VISIBILITY) buf_printf(b, " %s", visibility_name(r.visibility));
    if (r.kind == RULE_LAST_SEEN) buf_printf(b, " %d", r.last_seen);
    tell_ids(r.ids);
    if (r.kind != RULE_VISIBILITY && r.kind != RULE_LAST_SEEN) buf_puts(b, r.on ? " on" : " off");
    buf_putc(b, '\n');
}

static void tell_question(const struct mail *m)
{
    static const char *const names[] = {
        [CALL_VISIBILITY] = "visibility?", [CALL_VISIBLE] = "visible?",
        [CALL_AUDIENCE] = "audience?",     [CALL_VERDICT] = "verdict?",
        [CALL_EXPORT] = "export?",         [CALL_BAR] = "bar?",
    };
    kith_slice b = mail_b(m);
    buf_printf(&paper.asked, "%s %.*s", names[m->call], (int)m->a_len, (const char *)mail_a(m).ptr);
    if (m->call == CALL_VISIBLE)
        tell_ids(b);
    else if (b.len)
        buf_printf(&paper.asked, " %.*s", (int)b.len, (const char *)b.ptr);
    if (m->call == CALL_EXPORT && m->ndjson) buf_puts(&paper.asked, " ndjson");
    buf_putc(&paper.asked, '\n');
}

static struct mail *answer_visible(struct mail *m)
{
    struct buf seen = {0}, others = {0};
    kith_slice ids = mail_b(m), id;
    while (ids_next(&ids, &id))
        ids_put(paper.unseen && slice_is(id, paper.unseen) ? &others : &seen, id);
    bool failed = seen.failed || others.failed;
    m = failed ? call_answer_failed(m, KITH_NOMEM)
               : call_answer(m, buf_slice(&seen), buf_slice(&others), (kith_slice){0});
    buf_fini(&seen);
    buf_fini(&others);
    return m;
}

/* The ids; those of an audience with a verdict each: "u..." is unseen. */
static struct mail *answer_ids(struct mail *m, bool rules)
{
    struct buf list = {0};
    kith_slice rest = slice_str(paper.ids), id;
    while (rest.len) {
        rest = slice_cut(rest, ' ', &id);
        ids_put(&list, id);
        if (rules) buf_putc(&list, id.ptr[0] == 'u' ? AUDIENCE_NOT_ADMITTED : AUDIENCE_SEES);
    }
    kith_slice more = rules ? slice_str(paper.more) : (kith_slice){0};
    m = list.failed ? call_answer_failed(m, KITH_NOMEM)
                    : call_answer(m, buf_slice(&list), more, (kith_slice){0});
    if (!m->failed) m->number = paper.number;
    buf_fini(&list);
    return m;
}

static struct mail *answer_piece(struct mail *m)
{
    char last[16];
    kith_slice piece = slice_str(paper.pieces[paper.given++]);
    int n = snprintf(last, sizeof last, "%u", paper.given);
    kith_slice more = slice_of(last, paper.pieces[paper.given] ? (size_t)n : 0);
    return call_answer(m, more, more, piece);
}

static struct mail *answer(struct mail *m)
{
    bool rule = m->type == MAIL_RULE;
    enum call_kind what = (enum call_kind)m->call;
    if (rule)
        tell_rule(m);
    else
        tell_question(m);
    if (paper.deaf) {
        mail_free(m);
        return NULL;
    }
    if (paper.err) return call_answer_failed(m, paper.err);
    if (rule) return call_answer_number(m, paper.changes);
    if (what == CALL_EXPORT) return answer_piece(m);
    if (what == CALL_VISIBLE) return answer_visible(m);
    if (what == CALL_VISIBILITY || what == CALL_AUDIENCE)
        return answer_ids(m, what == CALL_AUDIENCE);
    return call_answer_number(m, paper.number);
}

void assert_told(const char *lines, const char *file, int line)
{
    bool same = slice_is(buf_slice(&paper.asked), lines);
    if (!same)
        print_error("the store should be told:\n%sbut is told:\n%.*s\n", lines,
                    (int)paper.asked.len, (const char *)paper.asked.ptr);
    buf_clear(&paper.asked);
    if (!same) _fail(file, line);
}

/* The operator */

void operator_set_up(struct rig *r)
{
    paper = (struct paper_store){0};
    assert_true(rig_init(r, 2, "1 7\n7 1\n"));
    r->how = fed_how;
    r->options.api_private = true;
    r->asked = answer;
    assert_true(rig_open(r, OPERATOR, 0, true));
}

void operator_tear_down(struct rig *r)
{
    rig_fini(r);
    api_keys_free(keys);
    keys = NULL;
    buf_fini(&paper.asked);
}

int operator_begin(void **state)
{
    operator_set_up(*state);
    return 0;
}

int operator_end(void **state)
{
    operator_tear_down(*state);
    return 0;
}

static void add_key(enum api_role role, const char *header)
{
    kith_problem why;
    kith_slice secret = slice_from(slice_str(header), strlen("authorization: Bearer "));
    secret.len -= 2;
    assert_int_equal(api_keys_add(keys, role, secret, &why), KITH_OK);
}

void operator_wants_keys(struct rig *r)
{
    keys = api_keys_new();
    assert_non_null(keys);
    add_key(API_READ, KEY_READ);
    add_key(API_WRITE, KEY_WRITE);
    add_key(API_ADMIN, KEY_ADMIN);
    r->options.auth_none = false;
    r->options.api_keys = keys;
}

void operator_put(struct buf *out, const char *method, const char *path, const char *headers,
                  const char *json)
{
    buf_printf(out, "%s %s HTTP/1.1\r\nhost: localhost\r\n%s", method, path, headers);
    if (json)
        buf_printf(out, "content-type: application/json\r\ncontent-length: %zu\r\n", strlen(json));
    buf_puts(out, "\r\n");
    for (; json && *json; json++)
        buf_putc(out, *json == '\'' ? '"' : (uint8_t)*json);
}

void operator_asks(struct rig *r, const char *method, const char *path, const char *headers,
                   const char *json)
{
    struct buf bytes = {0};
    operator_put(&bytes, method, path, headers, json);
    if (!bytes.failed && r->clients[OPERATOR].open) rig_feed(r, OPERATOR, buf_slice(&bytes));
    buf_fini(&bytes);
}

void operator_users_come(struct rig *r)
{
    assert_int_not_equal(world_home(r->worlds[0], KITH_LIT("1")),
                         world_home(r->worlds[0], KITH_LIT("7")));
    connect_as(r, 1, "1", "2.0.0");
    connect_as(r, 2, "7", "2.0.0");
    rig_say(r, 1, "['1','1','user:1','phx_join',{}]");
    rig_say(r, 2, "['1','1','friends','phx_join',{}]");
    (void)heard_raw(r, 1);
    (void)heard_raw(r, 2);
}
