/* bench/claims.c -- what is claimed of each way, and whether the figures bear it out. */
#include "claims.h"

#include <math.h>
#include <string.h>

enum test {
    IS,         /* at the largest size the measure is `value` */
    IS_NOT,     /* .. is more than that */
    IS_FRIENDS, /* .. is the number of friends */
    GROWS,      /* the measure grows with a power of the users of at least `value` */
    IS_FLAT,    /* .. of at most `value` */
    COSTS,      /* at the largest size it is at least `value` times that of the social channel */
    COSTS_SAME  /* .. at most `value` times */
};

struct claim {
    const char *way;
    const char *says;
    enum measure measure;
    enum test test;
    double value;
};

static const struct claim claims[] = {
    {"before_social", "no state reaches a user's friends", USER_MISSED, IS_FRIENDS, 0},
    {"single_room", "news reaches everybody, so it does not scale", FLIP_MESSAGES, GROWS, 0.9},
    {"single_room", "and each client syncs the whole state", STORM_BYTES, GROWS, 0.9},
    {"single_room", "privacy: all are told of strangers", USER_STRANGERS, IS_NOT, 0},
    {"intercept", "privacy is kept", USER_STRANGERS, IS, 0},
    {"intercept", "the network is used no more than need be", FLIP_BYTES, COSTS_SAME, 1.1},
    {"intercept", "each user is looked at for each change: in all, the square", FLIP_CPU, GROWS,
     0.7},
    {"intercept", "a change costs more than by the fast lane", FLIP_CPU, COSTS, 1.1},
    {"friend_rooms", "privacy is kept", USER_STRANGERS, IS, 0},
    {"friend_rooms", "N channels in each client", USER_CHANNELS, IS_FRIENDS, 0},
    {"friend_rooms", "N processes for each user: memory", USER_BYTES, COSTS, 2},
    {"friend_rooms", "N presences for each user", USER_PRESENCES, IS_FRIENDS, 0},
    {"friend_rooms", "so N times the load when one comes and goes", FLIP_CPU, COSTS, 1.5},
    {"social", "privacy is kept", USER_STRANGERS, IS, 0},
    {"social", "every friend is seen", USER_MISSED, IS, 0},
    {"social", "a user is tracked once", USER_PRESENCES, IS, 1},
    {"social", "a change is encoded once, for all who listen", FLIP_ENCODINGS, IS, 2},
    {"social", "it scales: a change costs the same among any number", FLIP_CPU, IS_FLAT, 0.3},
    {"social", "and a join likewise", STORM_CPU, IS_FLAT, 0.3},
};

static unsigned way_number(const char *name)
{
    return (unsigned)(way_called(name, strlen(name)) - ways);
}

static bool compare(const struct results *r, const struct claim *c, FILE *out)
{
    unsigned size = 0, way = way_number(c->way), social = way_number("social");
    if (!results_largest(r, way, social, &size)) return false;
    double mine = results_median(r, way, size, c->measure);
    double times = mine / results_median(r, social, size, c->measure);
    number_put(out, times);
    fprintf(out, " times that of social, at %u users", r->users[size]);
    return c->test == COSTS ? times >= c->value : times <= c->value;
}

static bool grows(const struct results *r, const struct claim *c, FILE *out)
{
    double power;
    if (!results_growth(r, way_number(c->way), c->measure, &power)) return false;
    fprintf(out, "grows as N^%.2f", fabs(power) < 0.005 ? 0 : power);
    return c->test == GROWS ? power >= c->value : power <= c->value;
}

static bool is(const struct results *r, const struct claim *c, FILE *out)
{
    unsigned size, way = way_number(c->way);
    if (!results_largest(r, way, way, &size)) return false;
    double v = results_median(r, way, size, c->measure);
    number_put(out, v);
    fprintf(out, " at %u users", r->users[size]);
    if (c->test == IS_NOT) return v > c->value;
    return fabs(v - (c->test == IS_FRIENDS ? r->friends : c->value)) < 1e-9;
}

static bool judge(const struct results *r, const struct claim *c, FILE *out)
{
    switch (c->test) {
    case GROWS:
    case IS_FLAT: return grows(r, c, out);
    case COSTS:
    case COSTS_SAME: return compare(r, c, out);
    case IS:
    case IS_NOT:
    case IS_FRIENDS: break;
    }
    return is(r, c, out);
}

void claims_table(const struct results *r, FILE *out)
{
    fputs("| way | claim | measured | |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        const struct claim *c = &claims[i];
        const struct measure_text *text = &measure_texts[c->measure];
        fprintf(out, "| %s | %s | %s: ", ways[way_number(c->way)].title, c->says, text->title);
        bool holds = judge(r, c, out);
        fprintf(out, " | %s |\n", holds ? "holds" : "**does not hold**");
    }
}
