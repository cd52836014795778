/* tests/edge/test_longpoll_memory.c -- memory that runs out at any moment of a day of long-polls: a
 * refusal, a late answer or an ended session, no crash and no leak, and no session that stays. */
#include "edge/days.h"
#include "edge/polling.h"

#include "edge/polls.h"
#include "edge/rig_rooms.h"

#include <stdlib.h>

static struct rig rig;

/* The requests of test_longpoll.c without their assertions: anything may have failed. */
static void try_ask(unsigned client, const char *method, const char *query, const char *headers,
                    const char *body)
{
    char request[2048];
    int n =
        snprintf(request, sizeof request,
                 "%s /socket/longpoll?%s HTTP/1.1\r\nhost: a\r\n%scontent-length: %zu\r\n\r\n%s",
                 method, query, headers, strlen(body), body);
    for (int i = 0; i < n; i++)
        if (request[i] == '\'') request[i] = '"';
    if (!rig.clients[client].open && !rig_open(&rig, client, client % rig.shards, false)) return;
    rig_feed(&rig, client, slice_of(request, (size_t)n));
}

/* The query that names the session which the client's latest answer spoke of, if any. */
static const char *named(unsigned client)
{
    static char query[128];
    const struct rig_client *c = &rig.clients[client];
    const uint8_t *at = memmem(c->out + c->out_at, c->out_len - c->out_at, "\"token\":\"", 9);
    snprintf(query, sizeof query, "user_id=1&vsn=2.0.0&token=%.*s", at ? POLL_TOKEN_LEN : 3,
             at ? (const char *)at + 9 : "bad");
    return query;
}

static void a_whole_day(void)
{
    static const char lines[] = "content-type: application/x-ndjson\r\n";
    char session[128];
    try_ask(0, "GET", "user_id=1&vsn=2.0.0", "", "");
    snprintf(session, sizeof session, "%s", named(0));
    try_ask(1, "POST", session, lines,
            "['1','1','friends','phx_join',{}]\n['1','1','room:a','phx_join',{}]");
    try_ask(1, "GET", session, "", "");
    try_ask(1, "GET", session, "", ""); /* waits */
    try_ask(2, "GET", "user_id=2&vsn=2.0.0", "x-phoenix-authtoken: a\r\n", "");
    char other[128];
    snprintf(other, sizeof other, "%s", named(2));
    try_ask(3, "POST", other, lines,
            "['1','1','friends','phx_join',{}]\n\nAAEBBgQxMnJvb206YWVjaG94\n");
    rig_drop(&rig, 1);
    try_ask(3, "POST", other, "", "['1','2','friends','status',{'status':'away'}]");
    try_ask(1, "GET", session, "", "");
    try_ask(2, "GET", other, "", "");
    try_ask(4, "OPTIONS", "", "access-control-request-headers: a\r\n", "");
    try_ask(3, "POST", other, "", "no message");
    rig_wait(&rig, LONGPOLL_MS);
    try_ask(5, "GET", session, "", "");
    edge_shutdown(&rig.clients[5].edge, GRACE_MS);
    rig_wait(&rig, 3 * LONGPOLL_MS + GRACE_MS);
}

static void all_is_well(void)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        rig_drop(&rig, i);
    rig_wait(&rig, 3 * LONGPOLL_MS + GRACE_MS);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(polls_count(rig.polls[i]), 0);
        assert_int_equal(clients_count(rig.worlds[i]->clients), 0);
    }
    struct poll_text token = poll_begin(&rig, 6, "5");
    poll_say(&rig, 7, token, "['1','1','friends','phx_join',{}]");
    poll_get(&rig, 7, token);
    HEARS(&rig, 7, STATUS("200"),
          NEWS("'[`1`,`1`,`friends`,`phx_reply`,{`response`:{},`status`:`ok`}]',"
               "'[`1`,null,`friends`,`presence_state`,{}]'"));
}

static size_t day_with_failures(size_t skip, size_t times)
{
    assert_true(rig_init(&rig, 2, "1 2\n2 1\n"));
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        rig.clients[i].stuck = false;
    if (!rig_open(&rig, 5, 1, false)) fail();
    alloc_fail(skip, times);
    a_whole_day();
    size_t asked = alloc_heal();
    all_is_well();
    rig_fini(&rig);
    assert_int_equal(rig_rooms_open, 0);
    return asked;
}

int main(void) { return days_run("longpoll memory", &(struct days){day_with_failures, 150, 1, 1}); }
