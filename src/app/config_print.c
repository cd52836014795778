/* app/config_print.c -- a kith.conf that explains itself. */
#include "app/config_print.h"

#include "app/config_keys.h"

#include <string.h>

#define COLUMNS 80

/* Words in lines of comment. */
static void put_comment(struct buf *out, const char *text)
{
    kith_slice word, rest = slice_str(text);
    size_t column = 1;
    buf_putc(out, '#');
    while (rest.len) {
        rest = slice_cut(rest, ' ', &word);
        if (column + 1 + word.len > COLUMNS) {
            buf_puts(out, "\n#");
            column = 1;
        }
        buf_putc(out, ' ');
        buf_put(out, word);
        column += 1 + word.len;
    }
    buf_putc(out, '\n');
}

static const struct {
    const char *heading, *help;
} groups[CONFIG_GROUPS] = {
    [CONFIG_TOKENS] = {"[token app]",
                       "A key that verifies tokens. There may be several such sections, each with "
                       "a name of its own: for another issuer, or for a new key beside an old "
                       "one."},
    [CONFIG_API_KEYS] = {"[key admin]",
                         "A key of the REST API, for a back end or a person: they say it as "
                         "Authorization: Bearer SECRET. There may be several such sections, each "
                         "with a name and a secret of its own."},
    [CONFIG_CERTIFICATES] =
        {"[certificate main]",
         "A certificate, where listen_tls or api_tls is on. There may be several such "
         "sections, each with a name of its own: a client is shown the first "
         "that is for the host it names, else the first."},
};

static void put_heading(struct buf *out, const struct config_key *first, bool holds)
{
    enum config_group group = config_key_group(first);
    if (group == CONFIG_TOP) {
        buf_printf(out, "\n[%s]\n", first->section);
        return;
    }
    buf_putc(out, '\n');
    put_comment(out, groups[group].help);
    buf_printf(out, "%s%s\n", holds && group != CONFIG_CERTIFICATES ? "" : "#",
               groups[group].heading);
}

/* What a whole config says of this key, or NULL: nothing. */
static const char *said(const struct config_key *k, const char *secret, const char *key_file)
{
    bool token = config_key_group(k) == CONFIG_TOKENS, api = config_key_group(k) == CONFIG_API_KEYS;
    if (token && k->type == CONFIG_SECRET) return secret;
    if (api && k->type == CONFIG_SECRET_FILE) return key_file;
    bool needed = (token && !strcmp(k->name, "kind")) || (api && !strcmp(k->name, "role"));
    return needed ? k->example : NULL;
}

static void put_key(struct buf *out, const struct config_key *k, const char *holds)
{
    const char *value = holds ? holds : k->initial ? k->initial : k->example;
    buf_putc(out, '\n');
    put_comment(out, k->help);
    buf_printf(out, "%s%s = %s\n", holds ? "" : "#", k->name, value);
}

void config_print(struct buf *out, const char *secret, const char *key_file)
{
    const char *section = "";
    put_comment(out, "kith.conf -- the settings of a Kith server. Lines that begin with # are "
                     "comments; a setting that is one shows its default, or an example.");
    put_comment(out, "Check this file with: kith config check FILE");
    for (int i = 0; i < config_keys_count; i++) {
        const struct config_key *k = &config_keys[i];
        if (strcmp(section, k->section) != 0) put_heading(out, k, secret != NULL);
        section = k->section;
        put_key(out, k, secret ? said(k, secret, key_file) : NULL);
    }
}
