/* app/cmd_graph.c -- `kith graph`: its command line. */
#include "app/argument.h"
#include "app/commands.h"
#include "app/graph.h"
#include "app/options.h"

#include <string.h>
#include <sysexits.h>

enum verb { VERB_ADD, VERB_REMOVE, VERB_BLOCK, VERB_UNBLOCK, VERB_IMPORT, VERB_EXPORT, VERBS };

static const struct {
    const char *name, *words; /* what stands behind it */
    unsigned count;           /* how many that are */
    bool mutual;              /* it takes --mutual */
} verbs[VERBS] = {
    [VERB_ADD] = {"add", "WATCHER WATCHED", 2, true},
    [VERB_REMOVE] = {"remove", "WATCHER WATCHED", 2, true},
    [VERB_BLOCK] = {"block", "BLOCKER BLOCKED", 2, false},
    [VERB_UNBLOCK] = {"unblock", "BLOCKER BLOCKED", 2, false},
    [VERB_IMPORT] = {"import", "FILE", 1, true},
    [VERB_EXPORT] = {"export", "", 0, false},
};

struct arguments {
    struct target target;
    enum verb verb;
    const char *words[2];
    bool mutual;
    enum graph_form form;
};

enum { OPT_MUTUAL = 256, OPT_NDJSON, OPT_TEXT, OPT_VERB };

static const struct argp_option options[] = {
    {"mutual", OPT_MUTUAL, NULL, 0, "The other direction, too: a friendship is two edges", 0},
    {"ndjson", OPT_NDJSON, NULL, 0, "The file is NDJSON, or is to be", 0},
    {"text", OPT_TEXT, NULL, 0, "It is text; an import of neither looks at its first line", 0},
    {"add", OPT_VERB + VERB_ADD, NULL, OPTION_HIDDEN, "", 0},
    {"remove", OPT_VERB + VERB_REMOVE, NULL, OPTION_HIDDEN, "", 0},
    {"block", OPT_VERB + VERB_BLOCK, NULL, OPTION_HIDDEN, "", 0},
    {"unblock", OPT_VERB + VERB_UNBLOCK, NULL, OPTION_HIDDEN, "", 0},
    {"import", OPT_VERB + VERB_IMPORT, NULL, OPTION_HIDDEN, "", 0},
    {"export", OPT_VERB + VERB_EXPORT, NULL, OPTION_HIDDEN, "", 0},
    {0}};

static const struct argp_child children[] = {{&target_argp, 0, NULL, 0}, {0}};

static enum verb verb_of(const char *word, struct argp_state *state)
{
    for (enum verb v = 0; v < VERBS; v++)
        if (strcmp(word, verbs[v].name) == 0) return v;
    argp_error(state, "'%.40s' is none of add, remove, block, unblock, import, export", word);
    return VERBS;
}

static void take_word(struct arguments *a, char *word, struct argp_state *state)
{
    if (state->arg_num == 0)
        a->verb = verb_of(word, state);
    else if (state->arg_num <= verbs[a->verb].count)
        a->words[state->arg_num - 1] = word;
    else if (a->verb == VERB_EXPORT)
        argp_error(state, "export writes to standard output: " GRAPH_NAME " export > %s", word);
    else
        argp_error(state, "'%s' is one argument too many", word);
}

static void check_words(const struct arguments *a, struct argp_state *state)
{
    unsigned given = state->arg_num ? state->arg_num - 1 : 0;
    if (!state->arg_num)
        argp_error(state, "say import FILE, or export, or add, remove, block or unblock two ids");
    if (a->verb == VERB_IMPORT && !given)
        argp_error(state, "import which file? Say - for standard input");
    if (given < verbs[a->verb].count)
        argp_error(state, "%s whom? Say %s %s", verbs[a->verb].name, verbs[a->verb].name,
                   verbs[a->verb].words);
    for (unsigned i = 0; i < given && a->verb < VERB_IMPORT; i++)
        argument_check_id(state, a->words[i]);
    if (a->mutual && !verbs[a->verb].mutual)
        argp_error(state, "--mutual is for import, add and remove");
    if (a->form && a->verb < VERB_IMPORT)
        argp_error(state, "--ndjson and --text are for import and export");
}

static void take_form(struct arguments *a, enum graph_form form, struct argp_state *state)
{
    if (a->form && a->form != form) argp_error(state, "--ndjson and --text are two forms: say one");
    a->form = form;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    if (key >= OPT_VERB && key < OPT_VERB + VERBS) {
        const char *name = verbs[key - OPT_VERB].name;
        argp_error(state, "%s stands without dashes: " GRAPH_NAME " %s", name, name);
    }
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case OPT_MUTUAL: a->mutual = true; return 0;
    case OPT_NDJSON: take_form(a, GRAPH_FORM_NDJSON, state); return 0;
    case OPT_TEXT: take_form(a, GRAPH_FORM_TEXT, state); return 0;
    case ARGP_KEY_ARG: take_word(a, arg, state); return 0;
    case ARGP_KEY_END: check_words(a, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "import FILE\nexport\nadd WATCHER WATCHED\nremove WATCHER WATCHED\n"
                "block BLOCKER BLOCKED\nunblock BLOCKER BLOCKED",
    .doc =
        "The friend graph: edges in and out, one by one or all together, and blocks.\v"
        "A graph is text, an edge a line: \"<watcher> <watched>\"; lines that begin with # are "
        "comments. Or it is NDJSON, {\"watcher\":\"..\",\"watched\":\"..\"} a line, which carries "
        "any id. An edge that is there already is harmless, and so is taking away one that is "
        "not. Who is blocked and who blocks see nothing of each other, whatever the edges. What "
        "a server is told holds at once, for everybody.\n\n" TARGET_DOC
        "Import and changes want a folder that no server has, and import makes one that --data "
        "names; export reads it beside a server.\n\n" TARGET_KEY_DOC "\n\n"
        "  kith graph import friends.txt --mutual --data ./data\n"
        "  kith graph export --ndjson > friends.ndjson\n"
        "  kith graph add 1 2 --mutual --api http://127.0.0.1:4001 --key-file api.key\n"
        "  kith graph block 1 666"};

int cmd_graph(int argc, char **argv)
{
    struct arguments a = {0};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    code = target_settle(&a.target, GRAPH_NAME);
    if (code) return code;
    if (a.verb == VERB_IMPORT) return graph_import(&a.target, a.words[0], a.form, a.mutual);
    if (a.verb == VERB_EXPORT) return graph_export(&a.target, a.form);
    static const enum graph_change changes[] = {GRAPH_ADD, GRAPH_REMOVE, GRAPH_BLOCK,
                                                GRAPH_UNBLOCK};
    return graph_change(&a.target, changes[a.verb], a.words[0], a.words[1], a.mutual);
}
