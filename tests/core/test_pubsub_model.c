/* tests/core/test_pubsub_model.c -- pubsub beside a naive model: a matrix. */
#include "chance.h"
#include "core/pubsub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct siphash_key key = {11, 22};

/* A naive model: a matrix. */
enum { TOPICS = 40, WHO = 30 };
struct model {
    uint8_t times[TOPICS][WHO];
    uint64_t marks[TOPICS];
};

static kith_slice model_name(uint32_t topic, char out[64])
{
    int len = snprintf(out, 64, topic % 2 ? "user_presence:%u" : "%u, a longer name than fits in",
                       topic * 7919);
    return slice_of(out, (size_t)len);
}

static uint32_t times_of(const struct model *m, uint32_t topic)
{
    uint32_t n = 0;
    for (uint32_t who = 0; who < WHO; who++)
        n += m->times[topic][who];
    return n;
}

static void assert_same(const struct pubsub *p, const struct model *m)
{
    char text[64];
    uint64_t topics = 0, subscriptions = 0;
    for (uint32_t i = 0; i < TOPICS; i++) {
        topic_id t = pubsub_find(p, model_name(i, text));
        uint32_t n = times_of(m, i);
        assert_int_equal(t != TOPIC_NONE, n > 0 || m->marks[i]);
        if (t == TOPIC_NONE) continue;
        uint8_t got[WHO] = {0};
        subscriber_id who;
        for (struct pubsub_walk w = {0}; pubsub_next(p, t, &w, &who);)
            got[who]++;
        assert_memory_equal(got, m->times[i], WHO);
        assert_int_equal(pubsub_count(p, t), n);
        assert_int_equal(pubsub_marks(p, t), m->marks[i]);
        assert_true(slice_eq(pubsub_name(p, t), model_name(i, text)));
        topics++;
        subscriptions += n;
    }
    assert_int_equal(pubsub_size(p).topics, topics);
    assert_int_equal(pubsub_size(p).subscriptions, subscriptions);
}

static void model_step(struct pubsub *p, struct model *m, uint64_t *seed)
{
    char text[64];
    uint32_t i = chance_below(seed, TOPICS), who = chance_below(seed, WHO);
    kith_slice name = model_name(i, text);
    topic_id t = pubsub_find(p, name);
    switch (chance_below(seed, 6)) {
    case 0:
    case 1:
        if (m->times[i][who] == UINT8_MAX) break;
        assert_int_equal(pubsub_subscribe(p, name, who, &t), KITH_OK);
        m->times[i][who]++;
        break;
    case 2:
    case 3:
        m->times[i][who] = 0;
        assert_int_equal(pubsub_unsubscribe(p, t, who), times_of(m, i) == 0);
        break;
    case 4:
        assert_int_equal(pubsub_mark(p, name, who, &t), KITH_OK);
        m->marks[i] |= (uint64_t)1 << who;
        break;
    default:
        if (t != TOPIC_NONE) pubsub_unmark(p, t, who);
        m->marks[i] &= ~((uint64_t)1 << who);
    }
}

static void it_is_what_a_naive_model_holds(void **state)
{
    (void)state;
    static struct model m;
    for (uint64_t run = 1; run <= rounds(10); run++) {
        struct pubsub *p = pubsub_new(&key);
        uint64_t seed = run;
        m = (struct model){0};
        for (uint32_t i = 0; i < 3000; i++) {
            model_step(p, &m, &seed);
            if (i % 50 == 0) assert_same(p, &m);
        }
        assert_same(p, &m);
        pubsub_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_a_naive_model_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
