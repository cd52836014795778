/* app/cmd_who.c -- `kith who`: whether a user is online, and with which sessions. */
#include "app/argument.h"
#include "app/commands.h"
#include "app/options.h"
#include "app/remote.h"

#include <stdio.h>
#include <sysexits.h>

#define NAME "kith who"

struct arguments {
    struct target target;
    const char *user;
};

static const struct argp_child children[] = {{&target_server_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case ARGP_KEY_ARG: argument_take_id(state, arg, &a->user); return 0;
    case ARGP_KEY_END:
        if (!a->user) argp_error(state, "who? Say an id");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .children = children,
    .args_doc = "ID",
    .doc = "Whether a user is online, and with which sessions.\v"
           "The first line says online or offline; then comes a line for each session, the oldest "
           "first: what is shown of it, as JSON, behind the word hidden if nobody is shown it. It "
           "asks a "
           "running server.\n\n" TARGET_SERVER_DOC TARGET_KEY_DOC "\n\n"
           "  kith who 42\n"
           "  kith who 42 --api http://127.0.0.1:4001 --key-file api.key"};

static bool is_true(struct json object, const char *name)
{
    struct json value;
    return json_get(object, name, &value) == KITH_OK && value.type == JSON_TRUE;
}

static bool is_array(struct json object, const char *name, struct json *out)
{
    return json_get(object, name, out) == KITH_OK && out->type == JSON_ARRAY;
}

static void print_each(struct json metas, const char *before)
{
    struct json meta;
    for (struct json_walk w = json_walk(metas); json_next(&w, NULL, &meta);) {
        (void)fputs(before, stdout);
        print_plain(meta.raw);
        (void)putchar('\n');
    }
}

static int print(const struct remote *r, struct json presence)
{
    struct json metas, hidden;
    if (!is_array(presence, "metas", &metas) || !is_array(presence, "hidden", &hidden))
        return remote_garbled(r);
    (void)puts(is_true(presence, "online") ? "online" : "offline");
    print_each(metas, "");
    print_each(hidden, "hidden ");
    return finish_output(EX_OK, NAME);
}

int cmd_who(int argc, char **argv)
{
    struct arguments a = {0};
    struct remote r;
    struct json presence;
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    target_settle_server(&a.target);
    remote_init(&r, &a.target, NAME);
    remote_user(&r, a.user);
    buf_puts(&r.path, "/presence");
    code = remote_call(&r, "GET");
    if (!code) code = remote_object(&r, &presence);
    if (!code) code = print(&r, presence);
    remote_fini(&r);
    return code;
}
