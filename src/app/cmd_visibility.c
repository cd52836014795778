/* app/cmd_visibility.c -- `kith visibility`: to whom a user is visible. */
#include "app/argument.h"
#include "app/commands.h"
#include "app/options.h"
#include "app/remote.h"
#include "base/ids.h"
#include "base/limits.h"
#include "edge/visibility.h"
#include "io/rules.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NAME "kith visibility"

#define MODES (VISIBILITY_EXCEPT + 1)

struct arguments {
    struct target target;
    const char *user, *mode; /* mode NULL: show it */
    enum visibility visibility;
    struct buf ids; /* ids_put; each once, in order */
};

static const struct argp_child children[] = {{&target_argp, 0, NULL, 0}, {0}};

/* False: it is none. */
static bool visibility_of(const char *mode, enum visibility *out)
{
    unsigned i = 0;
    while (i < MODES && strcmp(mode, visibility_name((enum visibility)i)) != 0)
        i++;
    *out = (enum visibility)i;
    return i < MODES;
}

static bool lists(const struct arguments *a) { return a->visibility >= VISIBILITY_ONLY; }

static void take_word(struct arguments *a, const char *word, struct argp_state *state)
{
    if (state->arg_num == 1) {
        if (!visibility_of(word, &a->visibility))
            argp_error(state, "'%.40s' is none of friends, public, nobody, only, except", word);
        a->mode = word;
        return;
    }
    argument_check_id(state, word);
    if (state->arg_num == 0)
        a->user = word;
    else if (lists(a))
        ids_put(&a->ids, slice_str(word));
    else
        argp_error(state, "%s lists nobody; only and except do", a->mode);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case ARGP_KEY_ARG: take_word(a, arg, state); return 0;
    case ARGP_KEY_END:
        if (!a->user) argp_error(state, "whose? Say an id");
        if (ids_count(buf_slice(&a->ids)) > CHOSEN_MAX)
            argp_error(state, "a list has at most %d ids", CHOSEN_MAX);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .children = children,
    .args_doc = "ID\nID friends|public|nobody\nID only|except [ID...]",
    .doc = "Show or set to whom a user is visible.\v"
           "friends: whoever has an edge to it; it is what holds if nothing is said. public: they, "
           "and whoever has its profile open. nobody. only: those friends who are listed; except: "
           "all friends but those. What is shown is what could be said to set it.\n\n" TARGET_DOC
           "Setting wants a folder that no server has.\n\n" TARGET_KEY_DOC "\n\n"
           "  kith visibility 42\n"
           "  kith visibility 42 except 7 13\n"
           "  kith visibility 42 nobody --data ./data"};

static void print_next(kith_slice id)
{
    (void)putchar(' ');
    print_plain(id);
}

static int end_line(void)
{
    (void)putchar('\n');
    return finish_output(EX_OK, NAME);
}

static int print(enum visibility mode, kith_slice ids)
{
    (void)fputs(visibility_name(mode), stdout);
    for (kith_slice id; ids_next(&ids, &id);)
        print_next(id);
    return end_line();
}

/* On a folder */

static int show_stored(const struct arguments *a)
{
    struct store *s;
    struct buf ids = {0};
    enum visibility mode;
    int code = target_open(&a->target, NAME, TARGET_READ, &s);
    if (code) return code;
    if (store_visibility(s, slice_str(a->user), &mode, &ids) == KITH_OK)
        code = print(mode, buf_slice(&ids));
    else
        code = complain(EX_IOERR, NAME, "%s", store_error(s));
    buf_fini(&ids);
    store_close(s);
    return code;
}

/* Nobody is there to hear whose sight changes. */
static kith_err apply(struct store *s, const struct arguments *a, kith_slice sorted)
{
    struct sights told = {0};
    struct rule r = {.kind = RULE_VISIBILITY,
                     .user = slice_str(a->user),
                     .visibility = a->visibility,
                     .ids = sorted};
    kith_err e = store_begin(s);
    if (!e) e = rules_apply(s, &r, false, &told);
    sights_fini(&told);
    if (!e) return store_commit(s);
    store_rollback(s);
    return e;
}

static int set_stored(const struct arguments *a)
{
    struct store *s;
    struct buf sorted = {0};
    int code = target_open(&a->target, NAME, TARGET_CHANGE, &s);
    if (code) return code;
    if (ids_put_sorted(&sorted, buf_slice(&a->ids)) != KITH_OK)
        code = complain(EX_OSERR, NAME, "out of memory");
    else if (apply(s, a, buf_slice(&sorted)) != KITH_OK)
        code = complain(EX_IOERR, NAME, "%s", store_error(s));
    buf_fini(&sorted);
    store_close(s);
    return code ? code : say_changed("set", NAME);
}

/* At a server */

/* {"mode":..,"ids":[..]} */
static int show_reply(struct remote *r)
{
    struct json object, mode, ids, id;
    struct buf text = {0};
    int code = remote_object(r, &object);
    if (code) return code;
    if (json_get(object, "mode", &mode) != KITH_OK || mode.type != JSON_STRING)
        return remote_garbled(r);
    print_plain(json_text(mode, &text));
    if (json_get(object, "ids", &ids) == KITH_OK && ids.type == JSON_ARRAY)
        for (struct json_walk w = json_walk(ids); json_next(&w, NULL, &id);)
            if (id.type == JSON_STRING) print_next(json_text(id, &text));
    buf_fini(&text);
    return end_line();
}

static int at_server(const struct arguments *a)
{
    struct remote r;
    remote_init(&r, &a->target, NAME);
    remote_user(&r, a->user);
    buf_puts(&r.path, "/visibility");
    if (a->mode) visibility_put_json(&r.body, a->visibility, buf_slice(&a->ids));
    int code = remote_call(&r, a->mode ? "PUT" : "GET");
    if (!code) code = a->mode ? say_changed(CHANGED_AT_SERVER, NAME) : show_reply(&r);
    remote_fini(&r);
    return code;
}

int cmd_visibility(int argc, char **argv)
{
    struct arguments a = {0};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    code = a.ids.failed ? complain(EX_OSERR, NAME, "out of memory")
                        : target_settle(&a.target, NAME);
    if (!code) code = a.target.api ? at_server(&a) : a.mode ? set_stored(&a) : show_stored(&a);
    buf_fini(&a.ids);
    return code;
}
