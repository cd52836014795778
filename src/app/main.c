/* app/main.c -- the program `kith`: finds the command that is asked for. */
#include "app/commands.h"
#include "app/nearest.h"

#include <kith/version.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct command {
    const char *name; /* "kith <name>", as its own texts show it */
    int (*run)(int argc, char **argv);
    const char *summary, *example;
};

static const struct command commands[] = {
    {"kith serve", cmd_serve, "the presence server", "kith serve --demo"},
    {"kith graph", cmd_graph, "the friend graph: edges in and out, and blocks",
     "kith graph import friends.txt --mutual"},
    {"kith visibility", cmd_visibility, "to whom a user is visible: shown, or set",
     "kith visibility 42 except 7"},
    {"kith audience", cmd_audience, "who may see a user, and by which rule", "kith audience 42"},
    {"kith who", cmd_who, "whether a user is online, and with which sessions", "kith who 42"},
    {"kith top", cmd_top, "how a server is just now, or all nodes of a cluster",
     "kith top http://10.0.0.5:4001 http://10.0.0.6:4001"},
    {"kith bench", cmd_bench, "drives a server with many clients, and measures it",
     "kith bench ws://127.0.0.1:4000/socket --users 1000"},
    {"kith push", cmd_push, "an event to all sessions of a user",
     "kith push 42 notice '{\"text\":\"hello\"}'"},
    {"kith disconnect", cmd_disconnect, "end all sessions of a user",
     "kith disconnect 42 --for 1h"},
    {"kith token", cmd_token, "a token, to connect as a user",
     "kith token --config kith.conf --user 42"},
    {"kith config", cmd_config, "make a config, or check one", "kith config init kith.conf"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static const char *word_of(const struct command *c) { return c->name + sizeof "kith"; }

static void print_help(FILE *out)
{
    (void)fputs("Usage: kith COMMAND [OPTION...]\n"
                "Kith tells many clients at once who of their people is here, now: a presence "
                "server\nfor Phoenix Channels clients.\n\n",
                out);
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(out, "  %-10s %s\n             %s\n", word_of(&commands[i]),
                      commands[i].summary, commands[i].example);
    (void)fputs("\n`kith help COMMAND` tells more; `kith --version` says which kith this is.\n"
                "For a first look: kith serve --demo\n",
                out);
}

static const struct command *find(const char *word)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(word_of(&commands[i]), word) == 0) return &commands[i];
    return NULL;
}

static int unknown(const char *word)
{
    struct nearest n = nearest_to(word);
    for (size_t i = 0; i < COMMANDS; i++)
        nearest_offer(&n, word_of(&commands[i]));
    if (n.best)
        return complain(EX_USAGE, "kith", "no command '%.60s'; did you mean `kith %s`?", word,
                        n.best);
    return complain(EX_USAGE, "kith", "no command '%.60s'; `kith --help` lists them", word);
}

/* argp prints argv[0] as the name of the program, and only reads it. */
static int run(const struct command *c, int argc, char **argv)
{
    argv[0] = (char *)c->name;
    return c->run(argc, argv);
}

static bool is(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int help(int argc, char **argv)
{
    if (argc < 3) {
        print_help(stdout);
        return finish_output(EX_OK, "kith");
    }
    if (is(argv[2], "help", "--help")) return help(2, argv);
    const struct command *c = find(argv[2]);
    char option[] = "--help", *asked[] = {NULL, option, NULL};
    return c ? run(c, 2, asked) : unknown(argv[2]);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EX_USAGE;
    }
    const char *word = argv[1];
    if (is(word, "help", "--help") || is(word, "-h", "-?")) return help(argc, argv);
    if (is(word, "--version", "-V")) {
        (void)printf("kith %s\n", kith_version());
        return finish_output(EX_OK, "kith");
    }
    const struct command *c = find(word);
    return c ? run(c, argc - 1, argv + 1) : unknown(word);
}
