/* app/options.c -- how a command's options are read. */
#include "app/options.h"

#include "app/commands.h"
#include "app/nearest.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct search {
    const char *word;    /* without its dashes, and without =VALUE */
    struct nearest near; /* of those that are no secret */
    bool known, takes;   /* there is one that begins so; its value is the next word */
};

static void look_at(struct search *s, const struct argp_option *o)
{
    if (strncmp(o->name, s->word, strlen(s->word)) == 0) {
        s->known = true;
        s->takes |= o->arg != NULL;
    }
    if (!(o->flags & OPTION_HIDDEN)) nearest_offer(&s->near, o->name);
}

static void look_in(struct search *s, const struct argp *argp)
{
    for (const struct argp_option *o = argp->options; o && o->name; o++)
        look_at(s, o);
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        look_in(s, c->argp);
}

/* False: there is none such, which has been told. *takes: the next word is its value. */
static bool check_long(const struct argp *argp, const char *command, const char *text, bool *takes)
{
    static const struct argp_option of_argp[] = {{.name = "help"}, {.name = "usage"}};
    char word[64];
    size_t len = strcspn(text, "=");
    if (len >= sizeof word) return true; /* no option has such a name, and argp says so */
    (void)snprintf(word, sizeof word, "%.*s", (int)len, text);
    struct search s = {.word = word, .near = nearest_to(word)};
    look_in(&s, argp);
    look_at(&s, &of_argp[0]);
    look_at(&s, &of_argp[1]);
    *takes = s.takes && !text[len];
    if (s.known || !s.near.best) return true;
    (void)complain(EX_USAGE, command, "no option '--%s'; did you mean --%s?", word, s.near.best);
    return false;
}

static bool short_takes(const struct argp *argp, const char *text)
{
    for (const struct argp_option *o = argp->options; o && o->name; o++)
        if (o->key == text[0] && !text[1]) return o->arg != NULL;
    return false;
}

/* argp only reads the words. */
int options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "-h") == 0) argv[i] = (char *)"--help";
        bool is_long = strncmp(argv[i], "--", 2) == 0;
        bool takes = argv[i][0] == '-' && short_takes(argp, argv[i] + 1);
        if (is_long && !check_long(argp, argv[0], argv[i] + 2, &takes)) return EX_USAGE;
        i += takes;
    }
    (void)argp_parse(argp, argc, argv, 0, NULL, input);
    return EX_OK;
}
