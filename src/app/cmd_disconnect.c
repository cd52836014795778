/* app/cmd_disconnect.c -- `kith disconnect`: ends a user's sessions, and perhaps bars it for a
 * while.
 */
#include "app/argument.h"
#include "app/commands.h"
#include "app/options.h"
#include "app/remote.h"
#include "io/system.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define NAME "kith disconnect"

struct arguments {
    struct target target;
    const char *user;
    uint64_t until_s; /* unix; 0: at once only */
    bool lift;
};

enum { OPT_UNTIL = 256, OPT_FOR, OPT_LIFT };

static const struct argp_option options[] = {
    {"until", OPT_UNTIL, "TIME", 0, "And bar it until then: 2030-01-31T12:00:00Z, or unix seconds",
     0},
    {"for", OPT_FOR, "TIME", 0, "And bar it for so long: 90s, 15m, 1h, 30d", 0},
    {"lift", OPT_LIFT, NULL, 0, "Let who was barred back in before that", 0},
    {0}};

static const struct argp_child children[] = {{&target_server_argp, 0, NULL, 0}, {0}};

/* RFC 3339 in UTC, or unix seconds. 0: neither. */
static uint64_t time_of(const char *text)
{
    struct tm tm = {0};
    uint64_t unix_s;
    if (slice_u64(slice_str(text), &unix_s)) return unix_s;
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    time_t t = end && !*end ? timegm(&tm) : 0;
    return t > 0 ? (uint64_t)t : 0;
}

static void take_until(struct arguments *a, uint64_t until_s, const char *said,
                       struct argp_state *state)
{
    if (a->until_s) argp_error(state, "say --until or --for once");
    if (until_s <= system_now().unix_ms / 1000)
        argp_error(state, "'%s' is no time to come; write 2030-01-31T12:00:00Z, or --for 1h", said);
    a->until_s = until_s;
}

static void take_for(struct arguments *a, const char *said, struct argp_state *state)
{
    uint32_t seconds = argument_seconds(said);
    if (!seconds) argp_error(state, "--for '%s' will not do; write 90s, 15m, 1h or 30d", said);
    take_until(a, system_now().unix_ms / 1000 + seconds, said, state);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case OPT_UNTIL: take_until(a, time_of(arg), arg, state); return 0;
    case OPT_FOR: take_for(a, arg, state); return 0;
    case OPT_LIFT: a->lift = true; return 0;
    case ARGP_KEY_ARG: argument_take_id(state, arg, &a->user); return 0;
    case ARGP_KEY_END:
        if (!a->user) argp_error(state, "whom? Say an id");
        if (a->lift && a->until_s) argp_error(state, "--lift ends what --until and --for begin");
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
        "End all sessions of a user, without grace.\v"
        "Friends see it go at once. Without --until or --for it may come back at once, too; with "
        "them it is barred, over a restart of the server as well, until --lift. How many "
        "sessions there were is printed, and until when it is barred. It asks a running "
        "server.\n\n" TARGET_SERVER_DOC TARGET_KEY_DOC "\n\n"
        "  kith disconnect 42\n"
        "  kith disconnect 42 --for 1h"};

/* What has become of the user, behind the number of its sessions. */
static const char *outcome(const struct arguments *a, char out[64])
{
    time_t until = (time_t)a->until_s;
    struct tm tm;
    if (a->lift) return "; no longer barred";
    if (!a->until_s || !gmtime_r(&until, &tm) ||
        !strftime(out, 64, "; barred until %Y-%m-%dT%H:%M:%SZ", &tm))
        return "";
    return out;
}

int cmd_disconnect(int argc, char **argv)
{
    char text[64];
    struct arguments a = {0};
    struct remote r;
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    target_settle_server(&a.target);
    remote_init(&r, &a.target, NAME);
    remote_user(&r, a.user);
    buf_puts(&r.path, "/disconnect");
    if (a.until_s || a.lift)
        buf_printf(&r.body, "{\"until\":%" PRIu64 "}", a.until_s);
    else
        buf_puts(&r.body, "{}");
    code = remote_sessions(&r, outcome(&a, text));
    remote_fini(&r);
    return code;
}
