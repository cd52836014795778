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
    COSTS_N,    /* .. at least `value` times as many as there are friends */
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
    {"before_social", "nothing of it reaches a user's friends", USER_MISSED, IS_FRIENDS, 0},
    {"single_room", "every change goes to everybody", FLIP_MESSAGES, GROWS, 0.9},
    {"single_room", "every newcomer syncs the state of all", STORM_BYTES, GROWS, 0.9},
    {"single_room", "strangers are told of", USER_STRANGERS, IS_NOT, 0},
    {"intercept", "strangers are not told of", USER_STRANGERS, IS, 0},
    {"intercept", "no more goes over the network than must", FLIP_BYTES, COSTS_SAME, 1.1},
    {"intercept", "it is slower than the fast lane", FLIP_CPU, COSTS, 1.1},
    {"intercept", "every change is looked at for every user", FLIP_CPU, GROWS, 0.7},
    {"friend_rooms", "strangers are not told of", USER_STRANGERS, IS, 0},
    {"friend_rooms", "as many channels as friends, in each client", USER_CHANNELS, IS_FRIENDS, 0},
    {"friend_rooms", "and on the server", USER_BYTES, COSTS, 2},
    {"friend_rooms", "each user is tracked as often", USER_PRESENCES, IS_FRIENDS, 0},
    {"friend_rooms", "so the load is as many times", FLIP_CPU, COSTS_N, 0.5},
    {"social", "strangers are not told of", USER_STRANGERS, IS, 0},
    {"social", "every friend is seen", USER_MISSED, IS, 0},
    {"social", "each user is tracked once", USER_PRESENCES, IS, 1},
    {"social", "a change is encoded once, whoever listens", FLIP_ENCODINGS, IS, 2},
    {"social", "a change costs the same among any number", FLIP_CPU, IS_FLAT, 0.3},
    {"social", "and so does a join", STORM_CPU, IS_FLAT, 0.3},
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
    fprintf(out, " times that of the social channel, among %u", r->users[size]);
    double least = c->test == COSTS_N ? c->value * r->friends : c->value;
    return c->test == COSTS_SAME ? times <= c->value : times >= least;
}

static bool grows(const struct results *r, const struct claim *c, FILE *out)
{
    double power;
    if (!results_growth(r, way_number(c->way), c->measure, &power)) return false;
    fprintf(out, "grows as n<sup>%.2f</sup>", fabs(power) < 0.005 ? 0 : power);
    return c->test == GROWS ? power >= c->value : power <= c->value;
}

static bool is(const struct results *r, const struct claim *c, FILE *out)
{
    unsigned size, way = way_number(c->way);
    if (!results_largest(r, way, way, &size)) return false;
    double v = results_median(r, way, size, c->measure);
    number_put(out, v);
    fprintf(out, ", among %u", r->users[size]);
    if (c->test == IS_NOT) return v > c->value;
    return fabs(v - (c->test == IS_FRIENDS ? r->friends : c->value)) < 1e-9;
}

static bool judge(const struct results *r, const struct claim *c, FILE *out)
{
    switch (c->test) {
    case GROWS:
    case IS_FLAT: return grows(r, c, out);
    case COSTS:
    case COSTS_N:
    case COSTS_SAME: return compare(r, c, out);
    case IS:
    case IS_NOT:
    case IS_FRIENDS: break;
    }
    return is(r, c, out);
}

void claims_table(const struct results *r, FILE *out)
{
    fputs("| way | what is claimed | what was measured | |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        const struct claim *c = &claims[i];
        const struct measure_text *text = &measure_texts[c->measure];
        fprintf(out, "| %s | %s | %s: ", ways[way_number(c->way)].title, c->says, text->title);
        bool holds = judge(r, c, out);
        fprintf(out, " | %s |\n", holds ? "holds" : "**does not hold**");
    }
}
