/* tests/edge/test_memory.c -- memory that runs out at any moment of a day: an error or a closed
 * socket, no crash and no leak, and afterwards all is well for who comes then. */
#include "edge/days.h"
#include "edge/heard.h"

#include "edge/rig_rooms.h"

static struct rig rig;

/* connect_as without its assertions: anything may have failed. */
static void try_connect(unsigned client, const char *user, const char *vsn)
{
    char head[512];
    int n = snprintf(head, sizeof head,
                     "GET /socket/websocket?vsn=%s&user_id=%s&device=d HTTP/1.1\r\nhost: a\r\n"
                     "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     vsn, user);
    if (rig_open(&rig, client, client % rig.shards, false))
        rig_feed(&rig, client, slice_of(head, (size_t)n));
}

static void try_say(unsigned client, const char *text)
{
    if (rig.clients[client].open) rig_say(&rig, client, text);
}

static void come(void)
{
    try_connect(0, "1", "2.0.0");
    try_connect(1, "2", "2.0.0");
    try_connect(2, "3", "1.0.0");
    try_say(0, "['1','1','user:1','phx_join',{'status':'first'}]");
    try_say(1, "['1','1','friends','phx_join',{}]");
    try_say(2, "{'topic':'user:3','event':'phx_join','payload':{},'ref':'1'}");
    try_say(1, "['2','2','user:2','phx_join',{}]");
    if (rig_open(&rig, 3, 1, false))
        rig_feed(&rig, 3,
                 KITH_LIT("GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\nPOST /demo/token HTTP/1.1\r\n"
                          "host: localhost\r\ncontent-type: application/json\r\n"
                          "content-length: 12\r\n\r\n{\"user\":\"1\"}"));
}

static void talk(void)
{
    try_say(0, "['1','s','user:1','status',{'status':'away','text':'\\u00e9'}]");
    try_say(1, "['1','s','friends','status',{'status':'busy'}]");
    try_say(0, "['9','9','user:1','phx_join',{'status':'again'}]");
    try_say(0, "['r','r','room:a','phx_join',{}]");
    try_say(0, "['r','e','room:a','push',[1,2]]");
    try_say(0, "['r','e','room:a','refuse',[1,2]]");
    try_say(0, "['r','e','room:a','crash',{}]");
    try_say(0, "[null,'h','phoenix','heartbeat',{}]");
    if (rig.clients[0].open) rig_frame(&rig, 0, 0x01, KITH_LIT("[null,\"f\",\"phoenix\","));
    if (rig.clients[0].open) rig_frame(&rig, 0, 0x80, KITH_LIT("\"heartbeat\",{}]"));
    if (rig.clients[1].open) rig_frame(&rig, 1, 0x89, KITH_LIT("ping"));
}

/* Client 1 takes nothing until it is behind. */
static void fall_behind(void)
{
    static char text[1200];
    rig.clients[1].stuck = true;
    snprintf(text, sizeof text, "['9','s','user:1','status',{'status':'%0900d'}]", 1);
    for (int i = 0; i < 40; i++)
        try_say(0, text);
    rig.clients[1].stuck = false;
    if (rig.clients[1].open) clients_mark_dirty(rig.worlds[1]->clients, rig.clients[1].edge.slot);
    rig_turn(&rig);
}

static void go(void)
{
    rig_drop(&rig, 0);
    rig_wait(&rig, 1000);
    try_connect(0, "1", "2.0.0");
    try_say(0, "['1','1','user:1','phx_join',{}]");
    try_say(1, "['1','l','friends','phx_leave',{}]");
    rig_wait(&rig, GRACE_MS + JOIN_WAIT_MS);
    rig_drop(&rig, 2);
    rig_wait(&rig, GRACE_MS);
}

static void a_whole_day(void)
{
    come();
    talk();
    fall_behind();
    go();
}

static void all_is_well(void)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        rig_drop(&rig, i);
    rig_wait(&rig, GRACE_MS);
    connect_as(&rig, 4, "5", "2.0.0");
    connect_as(&rig, 5, "6", "2.0.0");
    rig_say(&rig, 4, "['1','1','friends','phx_join',{}]");
    HEARS(&rig, 4, OK("'1'", "'1'", "'friends'"), "['1',null,'friends','presence_state',{}]");
    rig_say(&rig, 5, "['1','1','friends','phx_join',{}]");
    HEARS(&rig, 4,
          "[null,null,'friends','presence_diff',{'joins':{'6':{'metas':[{'online_at':'1795487081',"
          "'status':'online','phx_ref':'*'}]}},'leaves':{}}]");
}

static size_t day_with_failures(size_t skip, size_t times)
{
    assert_true(rig_init(&rig, 2, "1 2\n1 3\n2 1\n2 3\n3 3\n3 1\n5 6\n6 5\n"));
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        rig.clients[i].stuck = false;
    rig_want_tokens(&rig);
    rig.options.auth_none = rig.options.demo = true;
    alloc_fail(skip, times);
    a_whole_day();
    size_t asked = alloc_heal();
    rig.now.unix_ms = 1795487065000 + 16000 - GRACE_MS; /* the same for each day */
    all_is_well();
    rig_fini(&rig);
    assert_int_equal(rig_rooms_open, 0);
    return asked;
}

int main(void) { return days_run("memory", &(struct days){day_with_failures, 500, 3, 5}); }
