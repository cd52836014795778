/* io/load_worker.c -- one process of a load. */
#include "io/load_worker.h"

#include "edge/token.h"
#include "io/load_clock.h"
#include "io/load_socket.h"
#include "io/system.h"
#include "load/crowd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_BYTES = 256 * 1024,
    READS = 16,
    EVENTS = 64, /* a turn is short, so that what is due is sent in time */
    ACTS = 32,   /* likewise, and what has come is read in time */
    CONTROL = -1,
    JOIN_WAIT_US = 30000000, /* then nobody answers any more */
    GIVE_UP_US = 1000000,
    QUIET_US = 6000000, /* longer than a server holds back who is watched by many */
    AUDIT_US = 200000,
    TURN_US = 100000,
    TOKEN_TTL_S = 86400
};

enum doing { DOING_NOTHING, DOING_ACTS, DOING_SETTLE };

struct load_worker {
    const struct load_place *place;
    const struct load_options *o;
    struct load_slot *slot;
    struct crowd *crowd;
    struct phase phase;
    struct acts acts;
    enum doing doing;
    int epoll_fd;
    struct load_socket *sockets; /* of own users */
    uint64_t now_us, heard, heard_us, audited_us, settle_us, cpu_us, waits, gave_up_us,
        beats_from_us, beats;
    struct buf out, token;
    uint8_t read[READ_BYTES];
};

static void set_up(struct load_worker *w, const struct load_place *place)
{
    const struct load_options *o = place->options;
    uint32_t own = o->graph->users / place->processes + 1;
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = (uint64_t)CONTROL};
    w->place = place;
    w->o = o;
    w->slot = &place->shared->slots[place->process];
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->sockets = malloc(own * sizeof *w->sockets);
    for (uint32_t i = 0; w->sockets && i < own; i++)
        w->sockets[i] = (struct load_socket){.fd = -1};
    w->crowd = crowd_new(&(struct crowd_options){.graph = o->graph,
                                                 .order = place->order,
                                                 .names = o->names,
                                                 .facts = place->shared->facts,
                                                 .process = place->process,
                                                 .processes = place->processes,
                                                 .hot = o->hot,
                                                 .stalled = o->stalled,
                                                 .beside = o->beside,
                                                 .note_bytes = o->note_bytes,
                                                 .vsn = o->vsn,
                                                 .own_topic = o->own_topic,
                                                 .hold = o->hold,
                                                 .params = o->params,
                                                 .param_count = o->param_count});
    w->slot->no_memory = !w->crowd || !w->sockets;
    if (w->slot->no_memory || w->epoll_fd < 0) _exit(1);
    if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, place->control, &ev) != 0) _exit(1);
    w->beats_from_us = load_now_us();
}

static struct load_socket *socket_of(struct load_worker *w, uint32_t user)
{
    return &w->sockets[user / w->place->processes];
}

static const struct url *url_of(const struct load_worker *w, uint32_t user)
{
    return &w->o->urls[user % w->o->url_count];
}

static void close_socket(struct load_worker *w, uint32_t user)
{
    load_socket_close(socket_of(w, user));
}

static void lose(struct load_worker *w, uint32_t user)
{
    close_socket(w, user);
    crowd_lost(w->crowd, user);
}

static void lose_by(struct load_worker *w, uint32_t user, int error)
{
    if (error) w->slot->tally.socket_error = (uint16_t)error;
    lose(w, user);
}

static void send_out(struct load_worker *w, uint32_t user)
{
    if (w->out.failed) {
        w->slot->no_memory = true;
        lose(w, user);
    } else if (w->out.len && !load_socket_send(socket_of(w, user), buf_slice(&w->out))) {
        lose(w, user);
    }
    buf_clear(&w->out);
}

/* What is due */

enum { LISTENS = EPOLLIN | EPOLLOUT | EPOLLET };

static void watch(struct load_worker *w, uint32_t user, int op, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.u64 = user};
    int fd = socket_of(w, user)->fd;
    if (fd < 0 || epoll_ctl(w->epoll_fd, op, fd, &ev) != 0) lose_by(w, user, errno);
}

static void dial(struct load_worker *w, uint32_t user, uint64_t due_us)
{
    uint64_t from_us = w->phase.period_ns > 0 ? due_us : w->now_us;
    bool small = w->place->order->place[user] < w->o->stalled;
    crowd_dial(w->crowd, user, from_us, w->now_us);
    struct load_socket *s = socket_of(w, user);
    s->fd = load_dial(&w->place->addresses[user % w->o->url_count], user, small);
    bool tls = s->fd >= 0 && url_of(w, user)->tls;
    w->slot->no_memory |= tls && !load_socket_secure(s, w->place->trust, url_of(w, user));
    watch(w, user, EPOLL_CTL_ADD, LISTENS);
}

/* Who is to read nothing is no longer told of what comes, but of an end. */
static void stall(struct load_worker *w, uint32_t user)
{
    if (crowd_stalled(w->crowd, user)) watch(w, user, EPOLL_CTL_MOD, 0);
}

static void bring(struct load_worker *w, uint32_t user, uint64_t due_us)
{
    uint64_t from_us = w->phase.period_ns > 0 ? due_us : w->now_us;
    if (!crowd_connected(w->crowd, user)) {
        dial(w, user, due_us);
    } else if (w->phase.kind != PHASE_OPEN &&
               crowd_enter(w->crowd, user, from_us, w->now_us, &w->out)) {
        send_out(w, user);
        stall(w, user);
    }
}

static void act(struct load_worker *w, const struct act *a)
{
    if (a->kind != ACT_DIAL || w->phase.period_ns)
        histogram_add(&w->slot->tally.late_us, w->now_us - a->due_us);
    if (a->kind == ACT_DIAL) bring(w, a->user, a->due_us);
    if (a->kind == ACT_READ && crowd_read_again(w->crowd, a->user, w->now_us))
        watch(w, a->user, EPOLL_CTL_MOD, LISTENS);
    if (a->kind == ACT_FLIP && crowd_flip(w->crowd, a->user, a->number, &w->out))
        send_out(w, a->user);
    /* The moment is told before it comes, so that nobody is told of it before it has been. */
    if (a->kind == ACT_DROP && crowd_drop(w->crowd, a->user, w->now_us)) close_socket(w, a->user);
}

/* Returns when there is more to do; UINT64_MAX: it waits for what comes. */
static uint64_t do_acts(struct load_worker *w)
{
    uint64_t next_us = UINT64_MAX;
    for (int i = 0; i < ACTS; i++) {
        struct act a = acts_next(&w->acts, w->now_us, crowd_flying(w->crowd), &next_us);
        if (a.kind == ACT_NONE) return next_us;
        act(w, &a);
        w->now_us = load_now_us();
    }
    return 0;
}

/* Each client's turn comes, one after the other. */
static void beat(struct load_worker *w)
{
    uint32_t own = w->o->graph->users / w->place->processes + 1;
    if (w->o->beat_us == 0) return;
    uint64_t due = (w->now_us - w->beats_from_us) * own / w->o->beat_us;
    for (int i = 0; i < ACTS && w->beats < due; i++, w->beats++) {
        uint64_t user = w->place->process + w->beats % own * w->place->processes;
        if (user < w->o->graph->users && crowd_beat(w->crowd, (uint32_t)user, &w->out))
            send_out(w, (uint32_t)user);
    }
}

/* What comes */

static kith_slice mint(struct load_worker *w, uint32_t user)
{
    struct name_text name;
    buf_clear(&w->token);
    if (!w->o->keys) return slice_of(NULL, 0);
    kith_slice id = names_of(w->o->names, user, &name);
    if (token_mint(w->o->keys, TOKEN_JWT, id, system_now().unix_ms, TOKEN_TTL_S, &w->token))
        w->slot->no_memory = true;
    return buf_slice(&w->token);
}

static void on_open(struct load_worker *w, uint32_t user)
{
    const struct url *url = url_of(w, user);
    crowd_open(
        w->crowd, user,
        &(struct crowd_target){slice_str(url->authority), slice_str(url->path), mint(w, user)},
        &w->out);
    send_out(w, user);
}

static void go_on_opening(struct load_worker *w, uint32_t user)
{
    int e = load_socket_open(socket_of(w, user), url_of(w, user), NULL);
    if (!e)
        on_open(w, user);
    else if (e != -EAGAIN)
        lose_by(w, user, -e);
}

/* Whether there may be more. */
static bool read_once(struct load_worker *w, uint32_t user)
{
    bool more;
    ssize_t n = load_socket_read(socket_of(w, user), w->read, READ_BYTES, &more);
    if (n == -EAGAIN || n == -EINTR) return more;
    if (n <= 0) {
        lose_by(w, user, (int)-n);
        return false;
    }
    w->now_us = load_now_us();
    if (!crowd_take(w->crowd, user, slice_of(w->read, (size_t)n), w->now_us, &w->out))
        close_socket(w, user);
    else
        send_out(w, user);
    if (w->o->stalled) stall(w, user);
    return more && socket_of(w, user)->fd >= 0;
}

/* Edge triggered: reads until less comes than there is room for. Who never ceases to send keeps
 * neither others waiting nor what is due, and is asked again. */
static void on_readable(struct load_worker *w, uint32_t user)
{
    bool more = true;
    for (int i = 0; i < READS && more; i++)
        more = read_once(w, user);
    if (more && !crowd_stalled(w->crowd, user)) watch(w, user, EPOLL_CTL_MOD, LISTENS);
}

static void on_event(struct load_worker *w, const struct epoll_event *ev)
{
    uint32_t user = (uint32_t)ev->data.u64;
    const struct load_socket *s = socket_of(w, user);
    if (s->fd < 0) return;
    bool ended = ev->events & (EPOLLERR | EPOLLHUP);
    if (ev->events & EPOLLOUT && !ended && crowd_opening(w->crowd, user)) go_on_opening(w, user);
    if (s->fd < 0 || (crowd_opening(w->crowd, user) && !ended)) return;
    /* TLS may hold what the socket does not tell of again. */
    if (ev->events & EPOLLIN || ended || s->tls) on_readable(w, user);
}

/* Control */

static void say(struct load_worker *w, enum load_word word)
{
    uint8_t byte = (uint8_t)word;
    w->doing = DOING_NOTHING;
    if (send(w->place->control, &byte, 1, MSG_NOSIGNAL) != 1) _exit(1);
}

static void begin(struct load_worker *w)
{
    w->phase = w->place->shared->phase;
    w->acts = (struct acts){.phase = &w->phase,
                            .order = w->place->order,
                            .process = w->place->process,
                            .processes = w->place->processes};
    crowd_begin(w->crowd, &w->phase, &w->slot->tally);
    w->doing = DOING_ACTS;
    w->cpu_us = load_cpu_us();
    w->waits = load_waits();
}

static void end_acts(struct load_worker *w)
{
    w->slot->tally.cpu_us = load_cpu_us() - w->cpu_us;
    w->slot->tally.wall_us = w->now_us - w->phase.begin_us;
    w->slot->tally.sleeps = load_waits() - w->waits;
    say(w, LOAD_BEGIN);
}

static void on_control(struct load_worker *w)
{
    uint8_t byte;
    ssize_t n = recv(w->place->control, &byte, 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) _exit(0);
    enum doing was = w->doing;
    if (byte == LOAD_BEGIN) begin(w);
    if (byte == LOAD_SETTLE) w->doing = DOING_SETTLE, w->settle_us = w->heard_us = load_now_us();
    if (byte == LOAD_CONCLUDE) {
        (void)crowd_audit(w->crowd);
        say(w, LOAD_CONCLUDE);
    }
    if (byte == LOAD_STOP && was == DOING_ACTS) end_acts(w);
    if (byte == LOAD_STOP && was == DOING_SETTLE) say(w, LOAD_SETTLE);
}

/* Looks at all users: not too often. */
static void give_up(struct load_worker *w)
{
    uint64_t before_us = w->now_us > JOIN_WAIT_US ? w->now_us - JOIN_WAIT_US : 0;
    if (crowd_flying(w->crowd) == 0 || w->now_us - w->gave_up_us < GIVE_UP_US) return;
    w->gave_up_us = w->now_us;
    for (uint32_t user; (user = crowd_give_up(w->crowd, before_us)) != UINT32_MAX;)
        close_socket(w, user);
}

/* Where the server has closed all there is nobody left to go on with. */
static bool all_lost(const struct load_worker *w)
{
    const struct tally *t = &w->slot->tally;
    return t->closed && w->phase.kind != PHASE_CHURN && crowd_in(w->crowd) == 0;
}

static void check_acts(struct load_worker *w)
{
    if (!acts_done(&w->acts, w->now_us) && !all_lost(w)) return;
    if (crowd_flying(w->crowd) == 0) end_acts(w);
}

static uint64_t since(const struct load_worker *w, uint64_t at_us)
{
    return w->now_us > at_us ? w->now_us - at_us : 0;
}

/* An audit looks at all edges, and what comes meanwhile is read late: not too often, and rather
 * when nothing comes. */
static void check_settled(struct load_worker *w)
{
    uint64_t quiet_us = QUIET_US + w->phase.grace_us;
    uint64_t heard = w->slot->tally.frames + w->slot->tally.states;
    if (heard != w->heard) w->heard_us = w->now_us;
    w->heard = heard;
    uint64_t busy_us = w->audited_us > w->settle_us ? w->audited_us : w->settle_us;
    if (since(w, w->audited_us) < AUDIT_US) return;
    if (since(w, w->heard_us) < AUDIT_US / 4 && since(w, busy_us) < 5 * AUDIT_US) return;
    bool settled = crowd_audit(w->crowd);
    w->audited_us = load_now_us();
    if (settled || since(w, w->heard_us) > quiet_us || since(w, w->settle_us) > 4 * quiet_us)
        say(w, LOAD_SETTLE);
}

/* A kernel before 5.11 waits by the millisecond: what is left of it is spent awake. */
static int wait_events(const struct load_worker *w, struct epoll_event *events, uint64_t wait_us)
{
    struct timespec t = {.tv_nsec = (long)wait_us * 1000};
    int n = epoll_pwait2(w->epoll_fd, events, EVENTS, &t, NULL);
    if (n < 0 && errno == ENOSYS)
        n = epoll_wait(w->epoll_fd, events, EVENTS, (int)(wait_us / 1000));
    if (n < 0 && errno != EINTR) _exit(1);
    return n;
}

static void wait_for(struct load_worker *w, uint64_t next_us)
{
    struct epoll_event events[EVENTS];
    uint64_t wait_us = next_us > w->now_us ? next_us - w->now_us : 0;
    int n = wait_events(w, events, wait_us < TURN_US ? wait_us : TURN_US);
    w->now_us = load_now_us();
    for (int i = 0; i < n; i++)
        if (events[i].data.u64 == (uint64_t)CONTROL)
            on_control(w);
        else
            on_event(w, &events[i]);
}

static void turn(struct load_worker *w)
{
    uint64_t next_us = UINT64_MAX;
    w->now_us = load_now_us();
    beat(w);
    if (w->doing == DOING_ACTS) next_us = do_acts(w);
    wait_for(w, next_us);
    give_up(w);
    if (w->doing == DOING_ACTS) check_acts(w);
    if (w->doing == DOING_SETTLE) check_settled(w);
}

_Noreturn void load_work(const struct load_place *place)
{
    struct load_worker *w = calloc(1, sizeof *w);
    (void)signal(SIGINT, SIG_IGN); /* Ctrl-C is for who made this process, and tells it */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    if (!w) _exit(1);
    set_up(w, place);
    for (;;)
        turn(w);
}
