/* io/postgres_url.c -- what a URL says: whether it can be read, and what of it may be told. */
#include "io/postgres.h"

#include <stdio.h>

/* libpq's own words about a URL repeat it, with the password in it. */
static kith_err unreadable(kith_problem *why)
{
    return problem(
        KITH_BAD, why,
        "the store's URL cannot be read; write it as postgresql://USER@HOST:PORT/DATABASE,"
        " and %%40 for an @ in a password");
}

/* A host with an @ in it is the end of a password, which the words of a failure would tell. */
kith_err postgres_possible(const char *url, kith_problem *why)
{
    char *words = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &words);
    bool good = options != NULL;
    for (PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, "host") == 0 && o->val && strchr(o->val, '@')) good = false;
    PQconninfoFree(options);
    PQfreemem(words);
    return good ? KITH_OK : unreadable(why);
}

/* The word's value, or "". */
static const char *value_of(const PQconninfoOption *options, const char *word)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, word) == 0 && o->val) return o->val;
    return "";
}

bool postgres_has_password(const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    bool has = !options || *value_of(options, "password") || *value_of(options, "sslpassword");
    PQconninfoFree(options);
    return has;
}

void postgres_name(const char *url, char *out, size_t size)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    const char *host = value_of(options, "host"), *port = value_of(options, "port");
    const char *name = value_of(options, "dbname");
    if (!*name) name = value_of(options, "user"); /* as libpq goes by it */
    (void)snprintf(out, size, "PostgreSQL at %s%s%s%s%s", *host ? host : "this machine",
                   *port ? ":" : "", port, *name ? ", database " : "", name);
    PQconninfoFree(options);
}
