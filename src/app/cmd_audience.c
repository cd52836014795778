/* app/cmd_audience.c -- `kith audience`: who may see a user, and by which rule. */
#include "app/argument.h"
#include "app/commands.h"
#include "app/options.h"
#include "app/remote.h"

#include <stdio.h>
#include <sysexits.h>

#define NAME "kith audience"

struct arguments {
    struct target target;
    const char *user, *viewer;
    bool reciprocal;
    bool told; /* of somebody */
};

enum { OPT_VIEWER = 256, OPT_RECIPROCITY };

static const struct argp_option options[] = {
    {"viewer", OPT_VIEWER, "ID", 0, "Only whether this one may", 0},
    {"reciprocity", OPT_RECIPROCITY, NULL, 0,
     "With --data: as a server with presence.reciprocity = on has it", 0},
    {0}};

static const struct argp_child children[] = {{&target_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case OPT_VIEWER: argument_check_id(state, a->viewer = arg); return 0;
    case OPT_RECIPROCITY: a->reciprocal = true; return 0;
    case ARGP_KEY_ARG: argument_take_id(state, arg, &a->user); return 0;
    case ARGP_KEY_END:
        if (!a->user) argp_error(state, "whose? Say an id");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "ID",
    .doc =
        "Who may see a user, and by which rule.\v"
        "A line for each who watches the user: the rule that decides, and the id. sees; "
        "blocked: one of the two has blocked the other; not admitted: the user's visibility "
        "leaves it out; one way: sight is mutual here, and the user may not see it. With "
        "--viewer the rule alone, also for one who does not watch: no edge; or whose sessions read "
        "5000 others before this one, and no more: beyond the limit.\n\n" TARGET_DOC
        "A folder is read beside a server, too.\n\n" TARGET_KEY_DOC "\n\n"
        "  kith audience 42\n"
        "  kith audience 42 --viewer 7"};

static void print_line(kith_slice rule, kith_slice id)
{
    print_plain(rule);
    (void)printf("%*s", rule.len < 13 ? (int)(14 - rule.len) : 1, "");
    print_plain(id);
    (void)putchar('\n');
}

/* Nothing at all would be no answer. */
static int end(const struct arguments *a)
{
    if (!a->told && !a->viewer) (void)complain(EX_OK, NAME, "nobody watches %s", a->user);
    return finish_output(EX_OK, NAME);
}

/* On a folder */

static kith_err take_watcher(void *ctx, kith_slice other, const struct stance *of_user,
                             const struct stance *of_other)
{
    struct arguments *a = ctx;
    enum audience_rule rule = audience_judge(of_other, of_user, a->reciprocal);
    print_line(slice_str(audience_rule_text(rule)), other);
    a->told = true;
    return KITH_OK;
}

static kith_err judge_viewer(struct store *s, const struct arguments *a)
{
    struct stance of_user, of_viewer;
    kith_err e = store_stances(s, slice_str(a->user), slice_str(a->viewer), &of_user, &of_viewer);
    if (!e)
        e = store_watch_is_beyond(s, slice_str(a->viewer), slice_str(a->user), &of_viewer.beyond);
    if (!e) (void)puts(audience_rule_text(audience_judge(&of_viewer, &of_user, a->reciprocal)));
    return e;
}

static int stored(struct arguments *a)
{
    struct store *s;
    struct inquiry q = {.user = slice_str(a->user),
                        .side = ABOUT_WATCHERS,
                        .max = UINT32_MAX,
                        .back = a->reciprocal};
    int code = target_open(&a->target, NAME, TARGET_READ, &s);
    if (code) return code;
    kith_err e = a->viewer ? judge_viewer(s, a) : store_each_about(s, &q, take_watcher, a);
    code = e ? complain(EX_IOERR, NAME, "%s", store_error(s)) : end(a);
    store_close(s);
    return code;
}

/* At a server */

/* The text of a member, or an empty slice. */
static kith_slice member(struct json object, const char *name, struct buf *scratch)
{
    struct json value;
    bool there = json_get(object, name, &value) == KITH_OK && value.type == JSON_STRING;
    return there ? json_text(value, scratch) : (kith_slice){0};
}

static int print_rule(const struct remote *r, struct json verdict)
{
    struct buf text = {0};
    kith_slice rule = member(verdict, "rule", &text);
    print_plain(rule);
    (void)putchar('\n');
    buf_fini(&text);
    return rule.len ? finish_output(EX_OK, NAME) : remote_garbled(r);
}

static bool print_watcher(struct json watcher)
{
    struct buf id_bytes = {0}, rule_bytes = {0};
    kith_slice id = member(watcher, "id", &id_bytes), rule = member(watcher, "rule", &rule_bytes);
    bool good = id.len && rule.len;
    if (good) print_line(rule, id);
    buf_fini(&id_bytes);
    buf_fini(&rule_bytes);
    return good;
}

/* One page; *next is where the next begins, empty: this was the last. Each begins behind the one
 * before it, or there would be no end. */
static int print_page(struct remote *r, struct arguments *a, struct buf *next)
{
    struct json page, watchers, watcher;
    struct buf text = {0};
    int code = remote_object(r, &page);
    if (code) return code;
    if (json_get(page, "watchers", &watchers) != KITH_OK || watchers.type != JSON_ARRAY)
        return remote_garbled(r);
    for (struct json_walk w = json_walk(watchers); json_next(&w, NULL, &watcher);)
        if (watcher.type == JSON_OBJECT && print_watcher(watcher))
            a->told = true;
        else
            code = EX_PROTOCOL;
    kith_slice after = member(page, "next", &text);
    if (after.len && slice_cmp(after, buf_slice(next)) <= 0) code = EX_PROTOCOL;
    buf_clear(next);
    buf_put(next, after);
    buf_fini(&text);
    return code ? remote_garbled(r) : finish_output(EX_OK, NAME);
}

static int ask(struct remote *r, const struct arguments *a, const char *parameter, kith_slice id)
{
    remote_user(r, a->user);
    buf_puts(&r->path, "/audience");
    buf_puts(&r->path, id.len ? parameter : "");
    remote_put_id(r, id);
    return remote_call(r, "GET");
}

static int print_all(struct remote *r, struct arguments *a)
{
    struct buf next = {0};
    int code;
    do {
        code = ask(r, a, "?after=", buf_slice(&next));
        if (!code) code = print_page(r, a, &next);
        if (!code && next.failed) code = complain(EX_OSERR, NAME, "out of memory");
    } while (!code && next.len);
    buf_fini(&next);
    return code ? code : end(a);
}

static int judge_remote(struct remote *r, const struct arguments *a)
{
    struct json verdict;
    int code = ask(r, a, "?viewer=", slice_str(a->viewer));
    if (!code) code = remote_object(r, &verdict);
    return code ? code : print_rule(r, verdict);
}

static int at_server(struct arguments *a)
{
    struct remote r;
    if (a->reciprocal)
        return complain(EX_USAGE, NAME, "--reciprocity is for --data; a server goes by its config");
    remote_init(&r, &a->target, NAME);
    int code = a->viewer ? judge_remote(&r, a) : print_all(&r, a);
    remote_fini(&r);
    return code;
}

int cmd_audience(int argc, char **argv)
{
    struct arguments a = {0};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    code = target_settle(&a.target, NAME);
    if (code) return code;
    return a.target.api ? at_server(&a) : stored(&a);
}
