/* tests/edge/test_api_memory.c -- memory that runs out at any moment of an operator's day: an error
 * or a closed connection, nothing half said, no crash and no leak. */
#include "edge/days.h"
#include "edge/operator.h"

static struct rig rig;

static void ask(const char *method, const char *path, const char *json)
{
    if (!rig.clients[OPERATOR].open) (void)rig_open(&rig, OPERATOR, 0, true);
    operator_asks(&rig, method, path, "", json);
}

/* Whatever is answered is whole, and a problem is one of want. */
static void look(void)
{
    kith_slice raw = heard_raw(&rig, OPERATOR);
    if (raw.len) assert_true(slice_starts(raw, KITH_LIT("HTTP/1.1 ")));
    for (kith_slice rest = raw; rest.ptr && rest.len;) {
        static const char busy[] = "\"code\":\"busy\"", timeout[] = "\"code\":\"timeout\"";
        const uint8_t *code = memmem(rest.ptr, rest.len, "\"code\"", 6);
        if (!code) break;
        rest = slice_from(rest, (size_t)(code - rest.ptr));
        if (!slice_starts(rest, slice_str(busy)) && !slice_starts(rest, slice_str(timeout)))
            fail_msg("%.*s", (int)raw.len, (const char *)raw.ptr);
        rest = slice_from(rest, 1);
    }
    if (rig.clients[OPERATOR].open && rig.clients[OPERATOR].edge.phase == EDGE_DONE)
        rig_drop(&rig, OPERATOR);
}

/* Of two chunks, so that the answer has begun when the second fails. */
static void import(void)
{
    static char head[] = "POST /v1/graph/import HTTP/1.1\r\nhost: localhost\r\n"
                         "content-type: text/plain\r\ncontent-length: 150000\r\n\r\n";
    static char lines[150001];
    for (size_t i = 0; i < 150000 / 10; i++)
        snprintf(lines + 10 * i, 11, "w%05zu t1\n", i);
    if (!rig.clients[OPERATOR].open && !rig_open(&rig, OPERATOR, 0, true)) return;
    rig_feed(&rig, OPERATOR, slice_str(head));
    rig.store_waits = true;
    if (rig.clients[OPERATOR].open) rig_feed(&rig, OPERATOR, slice_str(lines));
    rig_wait(&rig, 1);
    rig_answer(&rig);
    rig_wait(&rig, 1500);
    rig.store_waits = false;
    rig_turn(&rig);
}

static void a_whole_day(void)
{
    static const struct {
        const char *method, *path, *json;
    } requests[] = {
        {"PUT", "/v1/users/1/friends/2", NULL},
        {"PUT", "/v1/users/1/visibility", "{'mode':'only','ids':['2']}"},
        {"GET", "/v1/users/1/visibility", NULL},
        {"GET", "/v1/users/1/audience?after=x", NULL},
        {"GET", "/v1/users/1/audience?viewer=2", NULL},
        {"GET", "/v1/users/1/presence", NULL},
        {"GET", "/v1/users/1/presence?as=2", NULL},
        {"POST", "/v1/presence/query", "{'ids':['1','7','8'],'as':'x'}"},
        {"POST", "/v1/users/1/push", "{'event':'e','payload':{'a':1}}"},
        {"POST", "/v1/broadcast", "{'event':'e'}"},
        {"POST", "/v1/users/nobody/disconnect", "{}"},
        {"POST", "/v1/users/nobody/disconnect", "{'until':1}"},
        {"GET", "/v1/graph/export", NULL},
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        ask(requests[i].method, requests[i].path, requests[i].json);
        rig_turn(&rig);
        rig_wait(&rig, API_WAIT_MS);
        look();
    }
    import();
    rig_wait(&rig, API_WAIT_MS);
    look();
}

static void all_is_well(void)
{
    (void)heard_raw(&rig, OPERATOR);
    ask("GET", "/v1/users/nobody/presence", NULL);
    HEARS(&rig, OPERATOR, "200 {'user':'nobody','online':false,'metas':[],'hidden':[]}\n");
    ask("PUT", "/v1/users/1/friends/2", NULL);
    HEARS(&rig, OPERATOR, "204");
}

/* A client of each shard has joined; the operator's day is had with failures. */
static size_t day_with_failures(size_t skip, size_t times)
{
    operator_set_up(&rig);
    static const char *const pieces[] = {"a b\n", "c d\n", NULL};
    paper.ids = "1 2 ";
    paper.pieces = pieces;
    buf_puts(&paper.asked, ""); /* what it is told has room */
    connect_as(&rig, 1, "1", "2.0.0");
    connect_as(&rig, 2, "7", "2.0.0");
    rig_say(&rig, 1, "['1','1','user:1','phx_join',{}]");
    rig_say(&rig, 2, "['1','1','friends','phx_join',{}]");
    rig.clients[1].mute = rig.clients[2].mute = true;
    alloc_fail(skip, times);
    a_whole_day();
    size_t asked = alloc_heal();
    all_is_well();
    operator_tear_down(&rig);
    return asked;
}

int main(void) { return days_run("api_memory", &(struct days){day_with_failures, 100, 2, 3}); }
