/* tests/fuzz/fuzz_edge.c -- whole connections, several at once: the input is a script of who sends
 * what in which pieces, when time goes by and when the store answers. Whatever they do, bounds
 * hold, what is sent is well-formed, two canaries that none of them may see live on undisturbed,
 * and in the end nothing is left. */
#include "base/assert.h"
#include "edge/crowds.h"
#include "edge/rig.h"
#include "edge/rig_rooms.h"
#include "edge/whence.h"
#include "fuzz_rooms.h"
#include "fuzz_says.h"
#include "fuzz_sent.h"
#include "fuzz_store.h"
#include "mutate_steps.h"
#include "shard/broadcast.h"
#include "shard/home_state.h"
#include "shard/social.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum {
    STRANGERS = 6, /* the clients of the script; the two behind them are the canaries */
    CANARY = STRANGERS,
    PENDING_MAX = 1 << 16,
};

/* How the server is set up: the bits of a script's first byte. */
enum mode {
    MODE_TWO_SHARDS = 1,
    MODE_STORE = 2, /* it has one that changes who sees whom */
    MODE_ECHO = 4,
    MODE_TOKENS = 8,
    MODE_PROXY = 16, /* connections come by one, and few may come from one address */
    MODE_DEMO = 32,
    MODE_KEYS = 64, /* operators need theirs */
    MODE_SLOW = 128 /* each may say little */
};

static struct rig rig;
static uint8_t mode;
static unsigned songs;
static bool streams[RIG_CLIENTS_MAX]; /* chunks of an answer are still to come */

/* What a client will send, piece by piece. */
static struct {
    uint8_t bytes[PENDING_MAX];
    size_t at, len;
} pending[RIG_CLIENTS_MAX];

static const char graph[] =
    "1 2\n2 1\n1 1\n1 3\n3 1\n3 2\n4 4\ncanary-a canary-b\ncanary-b canary-a\n";

static void check_all(void)
{
    for (unsigned i = 0; i < STRANGERS; i++) {
        struct rig_client *c = &rig.clients[i];
        if (!c->open) continue;
        fuzz_check_sent(c, rig.options.echo, &streams[i]);
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
    KITH_ASSERT(what ? fuzz_holds(all, what) : all.len == 0);
    c->out_at = c->out_len;
}

static void add_bytes(unsigned client, kith_slice bytes)
{
    if (!bytes.len || pending[client].len + bytes.len > PENDING_MAX) return;
    memcpy(pending[client].bytes + pending[client].len, bytes.ptr, bytes.len);
    pending[client].len += bytes.len;
}

static void add_buf(unsigned client, struct buf *b)
{
    KITH_ASSERT(!b->failed);
    add_bytes(client, buf_slice(b));
    buf_fini(b);
}

static void open_client(unsigned client, bool api)
{
    static const struct address proxy = {{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}};
    if (rig.clients[client].open) return;
    KITH_ASSERT(rig_open(&rig, client, client % rig.shards, api));
    streams[client] = false;
    if (mode & MODE_PROXY && client < CANARY)
        KITH_ASSERT(whence_begin(&rig.clients[client].edge, &proxy));
}

static void connect_client(unsigned client, const char *user, unsigned vsn)
{
    struct buf head = {0};
    buf_printf(&head, "GET /socket/websocket?vsn=%u.0.0&device=%u&", vsn & 3, client / 2);
    buf_puts(&head, mode & MODE_TOKENS ? "token=" : "user_id=");
    if (mode & MODE_TOKENS)
        rig_token(&rig, user, client >= CANARY ? 86400 : 30, &head);
    else
        buf_puts(&head, user);
    buf_puts(&head, vsn & 4 ? "&hidden=true" : "");
    buf_puts(&head, " HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                    "sec-websocket-version: 13\r\nx-forwarded-for: 192.0.2.1\r\n"
                    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    add_buf(client, &head);
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
        open_client(client, false);
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

static void add_frame(unsigned client, uint8_t first, kith_slice payload)
{
    if (pending[client].len + payload.len + 14 > PENDING_MAX) return;
    uint8_t *at = pending[client].bytes + pending[client].len;
    pending[client].len += (size_t)(rig_put_frame(at, first, payload) - at);
}

static void add_text(unsigned client, kith_slice text) { add_frame(client, 0x81, text); }

static void add_saying(unsigned client, unsigned which)
{
    struct buf text = {0};
    fuzz_say(&text, which);
    add_text(client, buf_slice(&text));
    buf_fini(&text);
}

static void add_request(unsigned client, unsigned which)
{
    struct buf text = {0};
    fuzz_request(&text, which);
    add_buf(client, &text);
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
    uint8_t first;
    switch (what) {
    case 0: open_client(client, false); return false;
    case 1: open_client(client, next(s) % 4 == 0); return false;
    case 2:
        user[0] = (char)('1' + next(s) % 4);
        first = next(s);
        connect_client(client, user, 1 + (first & 1 ? 1 : 0) + (first & 2 ? 4 : 0));
        return true;
    case 3: add_bytes(client, next_bytes(s)); return next(s) % 2;
    case 4: add_saying(client, next(s)); return true;
    case 5: add_saying(client, next(s)); return false;
    case 6: add_text(client, next_bytes(s)); return true;
    case 7:
        first = next(s);
        add_frame(client, first, next_bytes(s));
        return next(s) % 2;
    case 8: send_pending(client, next(s)); return false;
    case 9: rig_drop(&rig, client); return false;
    case 10: stick(client); return false;
    case 11:
        if (rig.clients[client].open) edge_shutdown(&rig.clients[client].edge, GRACE_MS);
        rig_turn(&rig);
        return false;
    case 12: add_request(client, next(s)); return true;
    case 13: add_request(client, next(s)); return false;
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
    unsigned op = next(s), client = op % 8, what = op / 8 % 14;
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

/* Whose end of listening crossed a change of sight, its mark is left until the next diff comes. */
static void say_diffs(void)
{
    for (char user = '1'; user <= '4'; user++) {
        struct change left = {.key = slice_of(&user, 1), .has_old = true};
        home_announce_one(rig.worlds[world_home(rig.worlds[0], left.key)], &left);
    }
    rig_turn(&rig);
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
    say_diffs();
    KITH_ASSERT(present() == 0 && topics() == 0 && rig_rooms_open == 0 && fuzz_halls_open == 0);
    for (unsigned i = 0; i < rig.shards; i++)
        KITH_ASSERT(clients_count(rig.worlds[i]->clients) == 0);
    fuzz_rooms_forget();
    rig_fini(&rig);
}

/* The length of the step that a script goes on with: as the steps above take their bytes. */
static size_t step_length(kith_slice rest)
{
    static const uint8_t words[] = {0, 1, 2, 1, 1, 1, 0, 2, 1, 0, 0, 0, 1, 1};
    uint8_t op = rest.ptr[0], what = op / 8 % 14;
    size_t n = 1, at = what == 7 ? 2 : 1;
    if (op % 8 >= STRANGERS) {
        unsigned kind = rest.len > 1 ? rest.ptr[1] % 9 : 0;
        n += kind == 3 || kind == 4 ? 2 : 1;
    } else {
        n += words[what];
    }
    if (op % 8 < STRANGERS && (what == 3 || what == 6 || what == 7) && at < rest.len) {
        n += 1u + rest.ptr[at];
        if (rest.ptr[at] == 255 && at + 1 < rest.len) n += 1 + rest.ptr[at + 1] * (size_t)16;
    }
    return n < rest.len ? n : rest.len;
}

static void set_up(void)
{
    static struct api_keys *keys;
    static struct crowds *crowds;
    kith_problem why;
    KITH_ASSERT(rig_init(&rig, mode & MODE_TWO_SHARDS ? 2 : 1, graph));
    rig.mount.behaviour = &fuzz_socket;
    if (!keys) {
        keys = api_keys_new();
        crowds = crowds_new((struct siphash_key){1, 2});
        KITH_ASSERT(keys && crowds);
        kith_err e = api_keys_add(keys, API_ADMIN, KITH_LIT(FUZZ_API_SECRET), &why);
        KITH_ASSERT(e == KITH_OK);
    }
    rig.options.echo = mode & MODE_ECHO;
    rig.options.demo = mode & MODE_DEMO;
    rig.options.api_private = true;
    if (mode & MODE_STORE) fuzz_store_begin(&rig);
    if (mode & MODE_KEYS) rig.options.api_keys = keys;
    if (mode & MODE_SLOW) rig.options.messages_s = 5;
    if (mode & MODE_TOKENS || mode & MODE_DEMO) rig_want_tokens(&rig);
    if (!(mode & MODE_TOKENS)) rig.options.auth_none = true;
    if (!(mode & MODE_PROXY)) return;
    rig.options.crowds = crowds;
    rig.options.per_address_max = 2;
    KITH_ASSERT(network_parse(KITH_LIT("10.0.0.0/8"), &rig.options.proxies.all[0]));
    rig.options.proxies.count = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct script s = {bytes, bytes + len};
    /* Who could become a canary could hear one, and all hear what is said to all. */
    if (fuzz_holds(slice_of(bytes, len), "nary") || fuzz_holds(slice_of(bytes, len), "/v1/broad"))
        return 0;
    mode = next(&s);
    set_up();
    fuzz_says_begin();
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        pending[i].at = pending[i].len = 0;
    songs = 0;
    canaries_come();
    while (s.at < s.end)
        step(&s);
    end_all();
    return 0;
}

/* What a step carries changes, and what is said of its length with it. */
static void change(struct buf *out, kith_slice step, uint64_t *seed)
{
    unsigned what = step.ptr[0] / 8 % 14, at = what == 7 ? 2 : 1;
    bool carries = step.ptr[0] % 8 < STRANGERS && (what == 3 || what == 6 || what == 7) &&
                   step.len > at + 1 && step.ptr[at] < 255 && step.len > at + step.ptr[at];
    struct buf text = {0};
    if (!carries || chance_below(seed, 4) == 0) {
        mutate_bytes(out, step);
        return;
    }
    kith_slice was = slice_of(step.ptr + at + 1, step.ptr[at]);
    if (what == 6)
        mutate_json(&text, was, seed);
    else
        mutate_bytes(&text, was);
    if (text.len > 254) text.len = 254;
    buf_put(out, slice_head(step, at));
    buf_putc(out, (uint8_t)text.len);
    buf_put(out, buf_slice(&text));
    buf_put(out, slice_from(step, at + 1 + was.len));
    buf_fini(&text);
}

/* The first byte is how the server is set up; the steps follow. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    static const struct step_form form = {.length = step_length, .change = change};
    uint64_t chance = seed;
    struct buf made = {0};
    if (!size) return LLVMFuzzerMutate(data, size, size_max);
    buf_putc(&made, chance_below(&chance, 8) ? data[0] : (uint8_t)(data[0] ^ 1u << seed % 8));
    mutate_steps(&made, slice_of(data + 1, size - 1), &form, &chance);
    return mutate_end(&made, data, size_max);
}
