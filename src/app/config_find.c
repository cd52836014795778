/* app/config_find.c -- a key or a section by its name, or what a mistyped one may have meant. */
#include "app/config_keys.h"

#include "app/nearest.h"
#include "app/settings.h"

#include <string.h>

const char *config_group_word(enum config_group group)
{
    static const char *const words[CONFIG_GROUPS] = {"", "token", "key", "certificate"};
    return words[group];
}

enum config_group config_key_group(const struct config_key *k)
{
    for (enum config_group g = CONFIG_TOKENS; g < CONFIG_GROUPS; g++)
        if (strcmp(k->section, config_group_word(g)) == 0) return g;
    return CONFIG_TOP;
}

bool config_key_is_list(const struct config_key *k)
{
    return k->type == CONFIG_ORIGINS || k->type == CONFIG_HOSTS || k->type == CONFIG_URLS ||
           k->type == CONFIG_NETWORKS || k->type == CONFIG_QUERY;
}

bool config_key_is_file(const struct config_key *k)
{
    return k->type == CONFIG_SECRET_FILE || k->type == CONFIG_PUBLIC_FILE ||
           k->type == CONFIG_PATH || k->type == CONFIG_SECRET_PATH;
}

bool config_key_is_live(const struct config_key *k)
{
    return k->live || config_key_group(k) != CONFIG_TOP;
}

bool config_key_is_private(const struct config_key *k)
{
    return k->type == CONFIG_SECRET || k->type == CONFIG_STORE || k->type == CONFIG_SOURCE ||
           k->type == CONFIG_HTTP;
}

static bool is_name(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return len > 0 && len <= SETTINGS_NAME_MAX && !text[len];
}

/* What stands behind "token " in "token web". */
static const char *behind_word(const char *section, enum config_group group)
{
    const char *word = config_group_word(group);
    size_t len = strlen(word);
    return strncmp(section, word, len) == 0 && section[len] == ' ' ? section + len + 1 : NULL;
}

enum config_group config_group_of(const char *section, const char **name)
{
    for (enum config_group g = CONFIG_TOKENS; g < CONFIG_GROUPS; g++) {
        *name = behind_word(section, g);
        if (*name && is_name(*name)) return g;
    }
    *name = NULL;
    return CONFIG_TOP;
}

static bool in_section(const struct config_key *k, const char *section)
{
    const char *name;
    enum config_group group = config_group_of(section, &name);
    return strcmp(k->section, name ? config_group_word(group) : section) == 0;
}

bool config_section_known(const char *section)
{
    for (enum config_group g = CONFIG_TOKENS; g < CONFIG_GROUPS; g++)
        if (strcmp(section, config_group_word(g)) == 0) return false; /* it needs a name */
    for (int i = 0; i < config_keys_count; i++)
        if (in_section(&config_keys[i], section)) return true;
    return false;
}

const struct config_key *config_key_find(const char *section, const char *name)
{
    if (!config_section_known(section)) return NULL;
    for (int i = 0; i < config_keys_count; i++)
        if (in_section(&config_keys[i], section) && strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    return NULL;
}

/* How a section is written whose first word is this. */
static const char *heading_of(const char *word)
{
    static const char *const headings[CONFIG_GROUPS] = {"", "token NAME", "key NAME",
                                                        "certificate NAME"};
    for (enum config_group g = CONFIG_TOKENS; g < CONFIG_GROUPS; g++)
        if (word && strcmp(word, config_group_word(g)) == 0) return headings[g];
    return word;
}

const char *config_section_meant(const char *section)
{
    for (enum config_group g = CONFIG_TOKENS; g < CONFIG_GROUPS; g++)
        if (slice_starts(slice_str(section), slice_str(config_group_word(g))))
            return heading_of(config_group_word(g));
    struct nearest n = nearest_to(section);
    for (int i = 0; i < config_keys_count; i++)
        nearest_offer(&n, config_keys[i].section);
    return heading_of(n.best);
}

/* secret_file by secret. */
static bool is_begun_by(const char *name, const char *by)
{
    size_t len = strlen(by);
    return strncmp(name, by, len) == 0 && name[len] == '_';
}

const struct config_key *config_key_meant(const char *section, const char *name)
{
    struct nearest n = nearest_to(name);
    const struct config_key *elsewhere = NULL, *longer = NULL;
    for (int i = 0; i < config_keys_count; i++) {
        const struct config_key *k = &config_keys[i];
        bool here = in_section(k, section);
        if (here) nearest_offer(&n, k->name);
        if (here && is_begun_by(k->name, name)) longer = k;
        if (!elsewhere && strcmp(k->name, name) == 0) elsewhere = k;
    }
    if (longer || elsewhere) return longer ? longer : elsewhere;
    return n.best ? config_key_find(section, n.best) : NULL;
}
