/* app/cmd_push.c -- `kith push`: an event to all sessions of a user. */
#include "app/argument.h"
#include "app/commands.h"
#include "app/options.h"
#include "app/remote.h"

#include <sysexits.h>

#define NAME "kith push"

struct arguments {
    struct target target;
    const char *words[3]; /* user, event, payload */
};

static const struct argp_child children[] = {{&target_server_argp, 0, NULL, 0}, {0}};

static void check(const struct arguments *a, struct argp_state *state)
{
    struct json payload;
    if (state->arg_num < 3) argp_error(state, "say an id, an event and its payload");
    argument_check_id(state, a->words[0]);
    if (!utf8_valid(slice_str(a->words[1]))) argp_error(state, "the event is no UTF-8");
    if (json_parse(slice_str(a->words[2]), &payload) != KITH_OK)
        argp_error(state, "the payload is no JSON; quote it for the shell, as '{\"text\":\"hi\"}'");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 3) argp_error(state, "'%s' is one argument too many", arg);
        a->words[state->arg_num] = arg;
        return 0;
    case ARGP_KEY_END: check(a, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .children = children,
    .args_doc = "ID EVENT JSON",
    .doc = "Push an event to all sessions of a user.\v"
           "The event comes on user:<id>, or on friends where a session joined only that. How many "
           "sessions it went to is printed. It asks a running server.\n\n" TARGET_SERVER_DOC
               TARGET_KEY_DOC "\n\n"
           "  kith push 42 notice '{\"text\":\"hello\"}'"};

/* The payload passes through as it was written. */
static void put_body(struct buf *json, const struct arguments *a)
{
    buf_puts(json, "{\"event\":");
    json_put_quoted(json, slice_str(a->words[1]));
    buf_puts(json, ",\"payload\":");
    buf_puts(json, a->words[2]);
    buf_putc(json, '}');
}

int cmd_push(int argc, char **argv)
{
    struct arguments a = {0};
    struct remote r;
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    target_settle_server(&a.target);
    remote_init(&r, &a.target, NAME);
    remote_user(&r, a.words[0]);
    buf_puts(&r.path, "/push");
    put_body(&r.body, &a);
    code = remote_sessions(&r, "");
    remote_fini(&r);
    return code;
}
