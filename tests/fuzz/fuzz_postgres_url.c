/* tests/fuzz/fuzz_postgres_url.c -- the URL of a database, as an operator may write it: what is
 * told of it never is its password. */
#include "io/postgres.h"

#include "base/assert.h"

#include <libpq-fe.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { SECRET_BYTES_MIN = 4 }; /* shorter ones stand in any text */

/* libpq marks what a form would not show. */
static bool is_secret(const PQconninfoOption *o)
{
    return o->val && *o->val && strcmp(o->dispchar, "*") == 0;
}

static bool is_named(const PQconninfoOption *all, const char *secret)
{
    static const char *const told[] = {"host", "port", "dbname", "user"};
    if (strstr("PostgreSQL at this machine, database ", secret)) return true;
    for (const PQconninfoOption *o = all; o->keyword; o++)
        for (int i = 0; i < 4; i++)
            if (strcmp(o->keyword, told[i]) == 0 && o->val && strstr(o->val, secret)) return true;
    return false;
}

/* A secret across the seams of what is told is chance. */
static void check_name(const char *url, const PQconninfoOption *all)
{
    char name[512], *without;
    postgres_name(url, name, sizeof name);
    for (const PQconninfoOption *o = all; o->keyword; o++) {
        if (!is_secret(o) || strlen(o->val) < SECRET_BYTES_MIN || strpbrk(o->val, " :,")) continue;
        without = strstr(name, o->val);
        KITH_ASSERT(!without || is_named(all, o->val));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *url = strndup((const char *)bytes, len);
    kith_problem why = {""};
    if (!url) return 0;
    PQconninfoOption *all = PQconninfoParse(url, NULL);
    bool secret = !all;
    for (const PQconninfoOption *o = all; o && o->keyword; o++)
        secret = secret || is_secret(o);
    KITH_ASSERT(postgres_has_password(url) == secret);
    if (postgres_possible(url, &why) == KITH_OK) {
        KITH_ASSERT(all);
        check_name(url, all);
    } else {
        KITH_ASSERT(why.text[0]);
    }
    PQconninfoFree(all);
    free(url);
    return 0;
}
