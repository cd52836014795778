/* tests/core/test_presence_model.c -- sessions beside a naive model: who is live, who lingers and
 * until when. */
#include "chance.h"
#include "sessions.h"

enum { USERS = 6, DEVICES = 2, ENTRIES_MAX = 64 };
struct one {
    uint32_t user, device;
    uint64_t owner, until, lost; /* owner 0: lingering */
};
struct model {
    struct one entries[ENTRIES_MAX];
    uint32_t count;
    uint64_t now, owners, losses;
};

static struct one *latest_lost(struct model *m, uint32_t user, uint32_t device)
{
    struct one *found = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        struct one *o = &m->entries[i];
        if (o->owner || o->user != user || o->device != device) continue;
        if (!found || o->lost > found->lost) found = o;
    }
    return found;
}

static void model_join(struct people *s, struct model *m, uint32_t user, uint32_t device)
{
    struct one *o = latest_lost(m, user, device);
    uint32_t told = o ? 0 : 1;
    if (!o && m->count == ENTRIES_MAX) return;
    must(join(s, user, ++m->owners, device, (kith_slice){0}));
    if (!o) o = &m->entries[m->count++];
    *o = (struct one){user, device, m->owners, 0, 0};
    assert_int_equal(s->told.count, told);
}

static void model_end(struct people *s, struct model *m, uint64_t *seed)
{
    if (m->count == 0) return;
    struct one *o = &m->entries[chance_below(seed, m->count)];
    if (o->owner == 0) return;
    if (chance_below(seed, 3)) {
        o->until = m->now + chance_below(seed, 50) + 1;
        must(lose(s, o->user, o->owner, o->device, o->until));
        o->owner = 0;
        o->lost = ++m->losses;
        assert_int_equal(s->told.count, 0);
    } else {
        must(leave(s, o->user, o->owner));
        assert_int_equal(s->told.count, 1);
        *o = m->entries[--m->count];
    }
}

static void model_expire(struct people *s, struct model *m, uint64_t *seed)
{
    uint32_t gone = 0;
    m->now += chance_below(seed, 30);
    for (uint32_t i = 0; i < m->count;)
        if (m->entries[i].owner == 0 && m->entries[i].until <= m->now) {
            m->entries[i] = m->entries[--m->count];
            gone++;
        } else {
            i++;
        }
    assert_true(expire(s, m->now) > m->now);
    assert_int_equal(s->told.count, gone);
}

static void assert_same(struct people *s, const struct model *m)
{
    struct entry e;
    assert_int_equal(presence_count(s->p), m->count);
    for (uint32_t user = 0; user < USERS; user++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < m->count; i++)
            n += m->entries[i].user == user;
        assert_int_equal(list(s, user, &e), n);
    }
}

static void it_is_what_a_naive_model_holds(void **state)
{
    (void)state;
    for (uint64_t run = 1; run <= rounds(10); run++) {
        struct people s = people_new((uint32_t)(run % 3) + 1, run);
        struct model m = {.now = 1000};
        uint64_t seed = run;
        expire(&s, m.now);
        for (uint32_t i = 0; i < 1000; i++) {
            uint32_t what = chance_below(&seed, 5);
            if (what < 2)
                model_join(&s, &m, chance_below(&seed, USERS), chance_below(&seed, DEVICES));
            else if (what < 4)
                model_end(&s, &m, &seed);
            else
                model_expire(&s, &m, &seed);
            changes_clear(&s.told);
            if (i % 20 == 0) assert_same(&s, &m);
        }
        people_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_what_a_naive_model_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
