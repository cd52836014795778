/* app/config_keys.h -- the table of all settings: from it come the parsing, the error texts, the
 * file that `kith config init` writes, and its explanations. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum config_type {
    CONFIG_ADDRESS,     /* char[128]: ADDR:PORT */
    CONFIG_FOLDER,      /* char[256] */
    CONFIG_COUNT,       /* uint32_t: a whole number */
    CONFIG_SECONDS,     /* uint32_t, kept in ms: with up to three decimals */
    CONFIG_AGE,         /* int64_t: whole seconds */
    CONFIG_SWITCH,      /* bool: on or off */
    CONFIG_CHOICE,      /* unsigned: the index of one of `choices` */
    CONFIG_ORIGINS,     /* the settings' origins: a list, its key may stand again */
    CONFIG_HOSTS,       /* the settings' api_hosts: a list, too */
    CONFIG_NETWORKS,    /* the settings' trusted_proxies: a list, too */
    CONFIG_URLS,        /* the cluster's urls: a list, too */
    CONFIG_CLUSTER,     /* const char *: a cluster's name */
    CONFIG_NODE,        /* const char *: a node's name */
    CONFIG_TEXT,        /* const char * */
    CONFIG_STORE,       /* const char *: the URL of a PostgreSQL server, maybe with a password */
    CONFIG_SOURCE,      /* const char *: the same, or a URL of HTTP */
    CONFIG_HTTP,        /* const char *: a URL of HTTP, which may be a secret by its path */
    CONFIG_QUERY,       /* const char *: SQL; it may go on in further lines with the same key */
    CONFIG_CHANNEL,     /* const char *: of NOTIFY; NULL: off */
    CONFIG_SECRET,      /* kith_slice; never shown */
    CONFIG_SECRET_FILE, /* kith_slice: what a file holds that only its owner and group may read */
    CONFIG_PUBLIC_FILE, /* kith_slice: what a file holds */
    CONFIG_PATH,        /* const char *: of a file that can be read */
    CONFIG_SECRET_PATH, /* const char *: and that only its owner and group may read */
};

struct config_key {
    const char *section; /* "token" stands for each [token NAME]; so do "key" and "certificate" */
    const char *name;
    enum config_type type;
    const char *initial; /* as the file would say it; NULL: none */
    const char *choices; /* blanks between them */
    double min, max;     /* of a number */
    size_t offset;       /* of its value in struct settings, settings_key, settings_api_key or
                            settings_certificate */
    const char *example; /* where there is no initial */
    const char *help;
    bool live; /* a running server takes it up; of named sections all are */
};

/* For those who keep something of each key; there may be fewer. */
enum { CONFIG_KEYS_MAX = 128 };

extern const struct config_key config_keys[];
extern const int config_keys_count;

/* The sections that stand once, and those of which there may be several, each with a name. */
enum config_group {
    CONFIG_TOP,
    CONFIG_TOKENS,
    CONFIG_API_KEYS,
    CONFIG_CERTIFICATES,
    CONFIG_GROUPS
};

const char *config_group_word(enum config_group group); /* "token"; CONFIG_TOP: "" */
enum config_group config_key_group(const struct config_key *k);
bool config_key_is_list(const struct config_key *k);    /* it may stand in several lines */
bool config_key_is_file(const struct config_key *k);    /* its text is a file's name */
bool config_key_is_live(const struct config_key *k);    /* a running server takes up what is new */
bool config_key_is_private(const struct config_key *k); /* its text is, or holds, a secret */

/* Of "token web" CONFIG_TOKENS, and *name is "web": 1 to SETTINGS_NAME_MAX letters, digits, - and
 * _. Else CONFIG_TOP, and no name. */
enum config_group config_group_of(const char *section, const char **name);

/* NULL: no such key. `section` may be "token NAME". */
const struct config_key *config_key_find(const char *section, const char *name);

/* "server", "token web": there is such a section. */
bool config_section_known(const char *section);

/* What a mistyped section or key may have meant, or NULL. A key may belong to another section. */
const char *config_section_meant(const char *section);
const struct config_key *config_key_meant(const char *section, const char *name);
