/* tests/fuzz/fuzz_edge.c -- whole connections, several at once: the input is a script of who sends
 * what in which pieces, when time goes by and when the store answers. Whatever they do, bounds
 * hold, what is sent is well-formed, two canaries that none of them may see live on undisturbed,
 * and in the end nothing is left. */
#include "base/assert.h"
#include "edge/rig.h"
#include "edge/rig_rooms.h"
#include "fuzz_rooms.h"
#include "shard/broadcast.h"
#include "shard/social.h"
#include "wire/json.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum {
    STRANGERS = 6, /* the clients of the script; the two behind them are the canaries */
    CANARY = STRANGERS,
    PENDING_MAX = 1 << 16,
};

static struct rig rig;
static unsigned songs;

/* What a client will send, piece by piece. */
static struct {
    uint8_t bytes[PENDING_MAX];
    size_t at, len;
} pending[RIG_CLIENTS_MAX];

static const char graph[] =
    "1 2\n2 1\n1 1\n1 3\n3 1\n3 2\n4 4\ncanary-a canary-b\ncanary-b canary-a\n";

static const char *const sayings[] = {
    "[null,\"h\",\"phoenix\",\"heartbeat\",{}]",
    "[\"1\",\"1\",\"user:1\",\"phx_join\",{}]",
    "[\"1\",\"1\",\"user:2\",\"phx_join\",{\"status\":\"new\"}]",
    "[\"1\",\"1\",\"user:3\",\"phx_join\",{}]",
    "[\"2\",\"2\",\"friends\",\"phx_join\",{}]",
    "[null,\"3\",\"friends\",\"phx_join\",{\"status\":\"bare\"}]",
    "[\"1\",\"4\",\"user:1\",\"status\",{\"status\":\"away\"}]",
    "[\"2\",\"5\",\"friends\",\"status\",{\"status\":\"busy\",\"x\":[1,2]}]",
    "[\"1\",\"6\",\"user:1\",\"phx_leave\",{}]",
    "[\"2\",\"7\",\"friends\",\"phx_leave\",{}]",
    "[\"r\",\"8\",\"room:a\",\"phx_join\",{}]",
    "[\"r\",\"9\",\"room:a\",\"push\",{\"a\":1}]",
    "[\"r\",\"9\",\"room:a\",\"crash\",{}]",
    "[\"1\",\"1\",\"user_presence:1\",\"phx_join\",{}]",
    "{\"topic\":\"friends\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "{\"topic\":\"user:2\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "{\"topic\":\"friends\",\"event\":\"status\",\"payload\":{\"status\":\"v1\"},\"ref\":\"2\"}",
    "{\"topic\":\"friends\",\"event\":\"phx_leave\",\"payload\":{},\"ref\":\"3\"}",
    "[\"h\",\"1\",\"hall:a\",\"phx_join\",{}]",
    "[\"h\",\"1\",\"hall:b\",\"phx_join\",{}]",
    "[\"h\",\"1\",\"hall:later\",\"phx_join\",{}]",
    "[\"i\",\"1\",\"hall:later\",\"phx_join\",{}]",
    "[\"h\",\"1\",\"hall:news\",\"phx_join\",{\"many\":\"infos\"}]",
    "{\"topic\":\"hall:a\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "[\"h\",\"2\",\"hall:a\",\"later\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"info\",{\"some\":1}]",
    "[\"h\",\"2\",\"hall:a\",\"secret\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"cast\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"others\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"listen\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"hear\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"ignore\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"enter\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"track\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"update\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"untrack\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"list\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"state\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"stop\",{}]",
    "[\"h\",\"2\",\"hall:later\",\"phx_leave\",{}]",
};
enum { SAYINGS = sizeof sayings / sizeof sayings[0] };

static bool contains(kith_slice s, const char *word)
{
    return s.len && memmem(s.ptr, s.len, word, strlen(word));
}

/* What has been sent to a client, taken apart. */

static void check_text(kith_slice text)
{
    struct json j;
    KITH_ASSERT(json_parse(text, &j) == KITH_OK);
    KITH_ASSERT(j.type == JSON_ARRAY || j.type == JSON_OBJECT);
}

static size_t check_frame(const struct rig_client *c, kith_slice all)
{
    KITH_ASSERT(all.len >= 2 && !(all.ptr[1] & 0x80) && (all.ptr[0] & 0xf0) == 0x80);
    size_t len = all.ptr[1], wide = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (wide) len = 0;
    for (size_t i = 0; i < wide; i++)
        len = len << 8 | all.ptr[2 + i];
    KITH_ASSERT(all.len >= 2 + wide + len);
    if (all.ptr[0] == 0x81 && c->edge.phase != EDGE_ECHO)
        check_text(slice_of(all.ptr + 2 + wide, len));
    return 2 + wide + len;
}

static void check_sent(struct rig_client *c, bool echo)
{
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    KITH_ASSERT(!contains(all, "canary"));
    c->out_at = c->out_len;
    while (all.len && c->upgraded && !echo)
        all = slice_from(all, check_frame(c, all));
    if (!all.len || c->upgraded) return;
    KITH_ASSERT(slice_starts(all, KITH_LIT("HTTP/1.1 ")));
    if (!contains(all, "HTTP/1.1 101 ")) return;
    c->upgraded = true;
    const uint8_t *head = memmem(all.ptr, all.len, "HTTP/1.1 101 ", 13);
    const uint8_t *end = memmem(head, (size_t)(all.ptr + all.len - head), "\r\n\r\n", 4);
    KITH_ASSERT(end);
    c->out_at = (size_t)(end + 4 - c->out);
    if (!echo) check_sent(c, false);
}

static void check_all(void)
{
    for (unsigned i = 0; i < STRANGERS; i++) {
        struct rig_client *c = &rig.clients[i];
        if (!c->open) continue;
        check_sent(c, rig.options.echo);
        const struct client *k = clients_at(rig.worlds[c->shard]->clients, c->edge.slot);
        KITH_ASSERT(k->outbox.bytes <= 3 * OUTBOX_BYTES_MAX);
        KITH_ASSERT(k->outbox.count <= OUTBOX_FRAMES_MAX);
    }
}

/* The canaries hear each other, each time, and nothing else. */

static void hear(unsigned client, const char *what)
{
    struct rig_client *c = &rig.clients[client];
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    KITH_ASSERT(c->open && c->edge.phase == EDGE_SOCKET);
    KITH_ASSERT(what ? contains(all, what) : all.len == 0);
    c->out_at = c->out_len;
}

static void connect_client(unsigned client, const char *user, unsigned vsn)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "GET /socket/websocket?vsn=%u.0.0&user_id=%s HTTP/1.1\r\nhost: a\r\nupgrade: "
                     "websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     vsn, user);
    size_t room = PENDING_MAX - pending[client].len;
    if ((size_t)n > room) return;
    memcpy(pending[client].bytes + pending[client].len, head, (size_t)n);
    pending[client].len += (size_t)n;
}

static void send_pending(unsigned client, size_t n)
{
    size_t left = pending[client].len - pending[client].at;
    if (n > left) n = left;
    if (rig.clients[client].open)
        rig_feed(&rig, client, slice_of(pending[client].bytes + pending[client].at, n));
    pending[client].at += n;
    if (pending[client].at == pending[client].len) pending[client].at = pending[client].len = 0;
}

static void canaries_come(void)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned client = CANARY + i;
        rig_open(&rig, client, i % rig.shards, false);
        connect_client(client, i ? "canary-b" : "canary-a", 2);
        send_pending(client, PENDING_MAX);
        rig_say(&rig, client, "['c','c','friends','phx_join',{}]");
        hear(client, "presence_state");
    }
    hear(CANARY, "canary-b");
}

static void canary_sings(void)
{
    char text[64], want[32];
    snprintf(text, sizeof text, "['c','s','friends','status',{'status':'song %u'}]", ++songs);
    snprintf(want, sizeof want, "song %u", songs);
    hear(CANARY, NULL);
    hear(CANARY + 1, NULL);
    rig_say(&rig, CANARY, text);
    hear(CANARY, "\"status\":\"ok\"");
    hear(CANARY + 1, want);
}

static void wait_ms(uint64_t ms)
{
    rig_wait(&rig, ms);
    for (unsigned i = CANARY; i < CANARY + 2; i++) {
        rig_frame(&rig, i, 0x8a, KITH_LIT(""));
        hear(i, NULL);
    }
}

/* The script */

struct script {
    const uint8_t *at, *end;
};

static uint8_t next(struct script *s) { return s->at < s->end ? *s->at++ : 0; }

static kith_slice next_bytes(struct script *s)
{
    size_t n = next(s);
    if (n == 255) n = 255 + (size_t)next(s) * 16;
    if (n > (size_t)(s->end - s->at)) n = (size_t)(s->end - s->at);
    kith_slice bytes = slice_of(s->at, n);
    s->at += n;
    return bytes;
}

static void add_bytes(unsigned client, kith_slice bytes)
{
    if (!bytes.len || pending[client].len + bytes.len > PENDING_MAX) return;
    memcpy(pending[client].bytes + pending[client].len, bytes.ptr, bytes.len);
    pending[client].len += bytes.len;
}

static void add_frame(unsigned client, uint8_t first, kith_slice payload)
{
    if (pending[client].len + payload.len + 14 > PENDING_MAX) return;
    uint8_t *at = pending[client].bytes + pending[client].len;
    pending[client].len += (size_t)(rig_put_frame(at, first, payload) - at);
}

static void stick(unsigned client)
{
    struct rig_client *c = &rig.clients[client];
    c->stuck = !c->stuck;
    if (c->open) clients_mark_dirty(rig.worlds[c->shard]->clients, c->edge.slot);
    rig_turn(&rig);
}

/* One step of a client's own. True: what it has to send is sent at once. */
static bool step_of_client(struct script *s, unsigned client, unsigned what)
{
    char user[2] = {0};
    switch (what) {
    case 0:
    case 1:
        if (!rig.clients[client].open)
            rig_open(&rig, client, client % rig.shards, what == 1 && next(s) % 4 == 0);
        return false;
    case 2:
        user[0] = (char)('1' + next(s) % 4);
        connect_client(client, user, 1 + next(s) % 2);
        return true;
    case 3: add_bytes(client, next_bytes(s)); return next(s) % 2;
    case 4: add_frame(client, 0x81, slice_str(sayings[next(s) % SAYINGS])); return true;
    case 5: add_frame(client, 0x81, slice_str(sayings[next(s) % SAYINGS])); return false;
    case 6: add_frame(client, 0x81, next_bytes(s)); return true;
    case 7: {
        uint8_t first = next(s);
        add_frame(client, first, next_bytes(s));
        return next(s) % 2;
    }
    case 8: send_pending(client, next(s)); return false;
    case 9: rig_drop(&rig, client); return false;
    case 10: stick(client); return false;
    case 11:
        if (rig.clients[client].open) edge_shutdown(&rig.clients[client].edge, GRACE_MS);
        rig_turn(&rig);
        return false;
    default: return false;
    }
}

static void say_to_halls(void)
{
    static const kith_slice topics[] = {KITH_LIT("hall:a"), KITH_LIT("news")};
    for (int i = 0; i < 2; i++)
        broadcast(rig.worlds[0], &(struct broadcast){.topic = topics[i],
                                                     .event = KITH_LIT("secret"),
                                                     .payload = KITH_LIT("bytes"),
                                                     .binary = true});
}

static void step_of_world(struct script *s)
{
    switch (next(s) % 9) {
    case 0: rig.store_waits = !rig.store_waits; break;
    case 1: rig.store_fails = !rig.store_fails; break;
    case 2: rig_answer(&rig); break;
    case 3: wait_ms(next(s)); break;
    case 4: wait_ms(next(s) * 100u); break;
    case 5: canary_sings(); break;
    case 6: fuzz_rooms_answer(&rig, true); break;
    case 7: fuzz_rooms_answer(&rig, false); break;
    case 8: say_to_halls(); break;
    }
    rig_turn(&rig);
}

static void step(struct script *s)
{
    unsigned op = next(s), client = op % 8, what = op / 8 % 12;
    if (client >= STRANGERS)
        step_of_world(s);
    else if (step_of_client(s, client, what))
        send_pending(client, PENDING_MAX);
    check_all();
}

static uint32_t topics(void)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < rig.shards; i++)
        n += (uint32_t)(pubsub_size(rig.worlds[i]->people).topics +
                        pubsub_size(rig.worlds[i]->topics).topics);
    return n;
}

static uint64_t present(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < rig.shards; i++)
        n += presence_count(rig.worlds[i]->presence);
    return n;
}

/* All go; what is left are the canaries, and then nothing. */
static void end_all(void)
{
    for (unsigned i = 0; i < STRANGERS; i++)
        rig_drop(&rig, i);
    rig.store_waits = false;
    rig_turn(&rig);
    for (uint64_t ms = 0; ms < 3 * LONGPOLL_MS + GRACE_MS; ms += GRACE_MS)
        wait_ms(GRACE_MS); /* long-polls have their time to be polled again */
    KITH_ASSERT(present() == 2);
    canary_sings();
    rig_drop(&rig, CANARY);
    rig_drop(&rig, CANARY + 1);
    rig_wait(&rig, GRACE_MS);
    KITH_ASSERT(present() == 0 && topics() == 0 && rig_rooms_open == 0 && fuzz_halls_open == 0);
    for (unsigned i = 0; i < rig.shards; i++)
        KITH_ASSERT(clients_count(rig.worlds[i]->clients) == 0);
    fuzz_rooms_forget();
    rig_fini(&rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct script s = {bytes, bytes + len};
    /* Who could become a canary could hear one. */
    if (contains(slice_of(bytes, len), "nary")) return 0;
    uint8_t mode = next(&s);
    KITH_ASSERT(rig_init(&rig, 1 + mode % 2, graph));
    rig.mount.behaviour = &fuzz_socket;
    rig.options.echo = mode & 4;
    rig.options.demo = false;
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        pending[i].at = pending[i].len = 0;
    songs = 0;
    canaries_come();
    while (s.at < s.end)
        step(&s);
    end_all();
    return 0;
}
