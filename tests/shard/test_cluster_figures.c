/* tests/shard/test_cluster_figures.c -- what nodes say of themselves to whom operators ask: all
 * that are up, and nobody is waited for in vain. */
#include "net.h"

#include "shard/call.h"
#include "shard/cluster_calls.h"
#include "shard/cluster_state.h"
#include "shard/figures.h"
#include "wire/json.h"
#include "wire/node.h"

static struct mail *ask(const struct net *n, uint32_t *asked)
{
    struct mail *m = mail_new(MAIL_CALL, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->call = CALL_FIGURES;
    m->handle = 77;
    m->serial = 5;
    assert_int_equal(cluster_call(n->nodes[0].w[0], m, asked), KITH_OK);
    return m;
}

/* An answer that has come, or NULL; none has failed. */
static struct mail *answer(const struct net *n)
{
    struct mail *m = mail_take(&n->nodes[0].w[0]->to_edge);
    if (!m) return NULL;
    assert_int_equal(m->type, MAIL_CALL_ANSWER);
    assert_int_equal(m->handle, 77);
    assert_int_equal(m->serial, 5);
    assert_false(m->failed);
    return m;
}

/* "name":{..}, */
static bool is_of(const struct mail *m, const char *name, uint64_t joins)
{
    struct buf text = {0};
    struct json object, figures, value;
    uint64_t number = 0;
    buf_putc(&text, '{');
    buf_put(&text, slice_head(mail_a(m), m->a_len ? m->a_len - 1 : 0));
    buf_putc(&text, '}');
    bool good = json_parse(buf_slice(&text), &object) == KITH_OK &&
                json_get(object, name, &figures) == KITH_OK &&
                json_get(figures, "joins", &value) == KITH_OK && slice_u64(value.raw, &number);
    buf_fini(&text);
    return good && number == joins;
}

static void each_node_that_is_up_says_what_all_its_shards_count(void **state)
{
    struct net *n = *state;
    uint32_t asked;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned s = 0; s < NODE_SHARDS; s++)
            n->nodes[i].w[s]->stats.joins = 100 * i + 10 * s + 1;
    for (unsigned i = 0; i < 3; i++)
        figures_report(n->nodes[i].w[1], 0);
    net_settle(n);
    mail_free(ask(n, &asked));
    assert_int_equal(asked, 2);
    net_settle(n);
    struct mail *one = answer(n), *other = answer(n);
    assert_true(is_of(one, "n1", 101 + 111));
    assert_true(is_of(other, "n2", 201 + 211));
    assert_null(answer(n));
    mail_free(one);
    mail_free(other);
}

static void of_one_that_does_not_answer_nothing_is_said_after_a_while(void **state)
{
    struct net *n = *state;
    uint32_t asked;
    n->nodes[2].cut = true;
    mail_free(ask(n, &asked));
    assert_int_equal(asked, 2);
    net_run(n, 100);
    struct mail *m = answer(n);
    assert_true(is_of(m, "n1", 0));
    mail_free(m);
    assert_null(answer(n));
    net_run(n, CLUSTER_CALL_MS);
    m = answer(n);
    assert_non_null(m);
    assert_int_equal(m->a_len, 0);
    mail_free(m);
}

static void who_is_suspect_is_not_asked(void **state)
{
    struct net *n = *state;
    uint32_t asked;
    n->nodes[2].cut = true;
    net_run(n, 4 * HEARTBEAT_MS);
    mail_free(ask(n, &asked));
    assert_int_equal(asked, 1);
    net_settle(n);
    mail_free(answer(n));
}

/* The answer of n1 as it would be if this stood in it. */
static void answers_with(struct net *n, kith_slice text)
{
    uint32_t asked;
    struct buf body = {0};
    n->nodes[1].cut = n->nodes[2].cut = true;
    mail_free(ask(n, &asked));
    net_settle(n);
    node_put_answer(&body, &(struct node_answer){.id = n->nodes[0].w[0]->cluster->call_serial,
                                                 .payload = text});
    assert_int_equal(cluster_answered(n->nodes[0].w[0], n->nodes[1].inc, buf_slice(&body)),
                     KITH_OK);
    buf_fini(&body);
}

static void what_is_no_object_or_too_much_is_not_shown(void **state)
{
    struct net *n = *state;
    static char much[NODE_FIGURES_BYTES + 2];
    memset(much, ' ', sizeof much);
    much[0] = '{', much[1] = '}';
    const kith_slice bad[] = {KITH_LIT(""), KITH_LIT("[]"), KITH_LIT("{\"a\":1"),
                              KITH_LIT("{},\"n9\":{}"), slice_of(much, sizeof much)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answers_with(n, bad[i]);
        struct mail *m = answer(n);
        assert_non_null(m);
        assert_int_equal(m->a_len, 0);
        mail_free(m);
    }
    answers_with(n, KITH_LIT("{\"joins\":3}"));
    struct mail *m = answer(n);
    assert_true(is_of(m, "n1", 3));
    mail_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE_NODES(each_node_that_is_up_says_what_all_its_shards_count),
        WITH_THREE_NODES(of_one_that_does_not_answer_nothing_is_said_after_a_while),
        WITH_THREE_NODES(who_is_suspect_is_not_asked),
        WITH_THREE_NODES(what_is_no_object_or_too_much_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
