/* tests/shard/test_cluster_restarts.c -- a node that is killed and started again, thousands of
 * times: the others take no byte more than after the first few, and list as fast. */
#include "net.h"

#include <malloc.h>
#include <time.h>

enum { WARM = 20, PEOPLE = 200, LISTS = 200, SLACK_US = 100000, SLACK_BYTES = 65536 };

/* Sanitizers count what is allocated themselves. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t bytes_in_use(void)
{
    if (__sanitizer_get_current_allocated_bytes) return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 all = mallinfo2();
    return all.uordblks + all.hblkhd;
}

static unsigned rounds(void)
{
    const char *asked = getenv("KITH_LONG");
    return asked && strcmp(asked, "1") == 0 ? 5000 : 100;
}

/* Of the node that is there all the time. */
static uint64_t list_us(const struct net *n)
{
    struct timespec from, to;
    char user[16];
    unsigned all = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (unsigned round = 0; round < LISTS; round++)
        for (unsigned i = 0; i < PEOPLE; i++) {
            snprintf(user, sizeof user, "p%u", i);
            all += listed(n, 0, user, NULL);
        }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    assert_int_equal(all, LISTS * PEOPLE);
    return (uint64_t)(to.tv_sec - from.tv_sec) * 1000000 + (uint64_t)to.tv_nsec / 1000 -
           (uint64_t)from.tv_nsec / 1000;
}

/* Its run `inc` is there for as long as it takes to be known, with one user, and is killed. */
static void live_once(struct net *n, unsigned node, uint64_t run)
{
    node_start(n, node, (run + 9) << 24);
    net_run(n, 500);
    come(n, node, "wanderer", run, 0);
    net_run(n, 40);
    for (unsigned turn = 0; turn < STREAM_NUMBERS; turn++) /* a worker's, while more is due */
        net_settle(n);
    assert_int_equal(peers(n, 0, PEER_UP), 2);
    assert_true(listed(n, 0, "wanderer", NULL) >= 1);
    node_stop(&n->nodes[node]);
}

static void a_node_that_restarts_again_and_again_costs_the_others_nothing(void **state)
{
    struct net *n = *state;
    char user[16];
    node_stop(&n->nodes[2]);
    for (unsigned i = 0; i < PEOPLE; i++) {
        snprintf(user, sizeof user, "p%u", i);
        come(n, i % 2, user, i + 1, 0);
    }
    uint64_t run = 0;
    while (run < WARM)
        live_once(n, 2, ++run);
    size_t before = bytes_in_use(), most = before;
    uint64_t before_us = list_us(n);
    for (uint64_t end = WARM + rounds(); run < end;) {
        live_once(n, 2, ++run);
        if (bytes_in_use() > most) most = bytes_in_use();
    }
    uint64_t after_us = list_us(n);
    printf("# %u restarts: %zu bytes, then %zu at most; %d lists in %llu ms, then in %llu\n",
           rounds(), before, most, LISTS * PEOPLE, (unsigned long long)before_us / 1000,
           (unsigned long long)after_us / 1000);
    assert_true(most <= before + SLACK_BYTES);
    assert_true(after_us <= 2 * before_us + SLACK_US);
    net_run(n, 12 * HEARTBEAT_MS);
    assert_int_equal(listed(n, 0, "wanderer", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE_NODES(a_node_that_restarts_again_and_again_costs_the_others_nothing),
    };
    return cmocka_run_group_tests_name("cluster_restarts", tests, NULL, NULL);
}
