/* io/lane_connect.c -- how a lane gets its connection, and gets rid of it. Connections are libnats'
 * for an event loop of others, and never reconnect: so no thread but the lane's has to do with one,
 * and nothing is kept to be sent later. */
#include "io/lane_connect.h"

#include "base/buf.h"
#include "io/log.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* What libnats calls, on the lane's thread. The kernel ends what is dead while libnats waits for it
 * where it should not. */
static natsStatus attach(void **data, void *loop, natsConnection *nc, natsSock fd)
{
    struct lane_thread *l = loop;
    const int yes = 1, idle_s = 2, between_s = 1, probes = 3, unacknowledged_ms = LINK_SILENT_MS;
    (void)nc;
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between_s, sizeof between_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
                     sizeof unacknowledged_ms);
    *data = l;
    l->fd = fd;
    return NATS_OK;
}

static natsStatus read_wanted(void *data, bool add)
{
    (void)data;
    (void)add; /* it is, while there is a connection */
    return NATS_OK;
}

static natsStatus write_wanted(void *data, bool add)
{
    struct lane_thread *l = data;
    l->writes = add;
    return NATS_OK;
}

static natsStatus detach(void *data)
{
    struct lane_thread *l = data;
    l->fd = -1;
    return NATS_OK;
}

/* Instead of libnats' own, which writes to stderr. The lane asks for errors itself. */
static void no_news(natsConnection *nc, natsSubscription *s, natsStatus e, void *closure)
{
    (void)nc, (void)s, (void)e, (void)closure;
}

static bool is_tls(const char *url) { return strncmp(url, "tls://", 6) == 0; }

/* libnats names its own source before what it says: "(conn.c:2088): No server ...". */
static const char *without_place(const char *said)
{
    const char *end = *said == '(' ? strstr(said, "): ") : NULL;
    return end ? end + 3 : said;
}

/* libnats' word for what went wrong on this thread. May be what a server sent. */
static kith_err nats_problem(natsStatus s, kith_problem *why, const char *what, const char *then)
{
    char text[LOG_ID_MAX];
    const char *said = nats_GetLastError(NULL);
    return problem(
        s == NATS_NO_MEMORY ? KITH_NOMEM : KITH_BAD, why, "%s: %s%s", what,
        log_id(text, slice_str(said && *said ? without_place(said) : natsStatus_GetText(s))), then);
}

static natsStatus set_behaviour(struct lane_thread *l, const char *node)
{
    natsOptions *n = l->options;
    char name[128];
    (void)snprintf(name, sizeof name, "kith %.64s %s", node ? node : "",
                   l->which == LINK_LIVE ? "live" : "bulk");
    natsStatus s = natsOptions_SetName(n, name);
    if (!s) s = natsOptions_SetAllowReconnect(n, false);
    if (!s) s = natsOptions_SetTimeout(n, LINK_CONNECT_MS);
    if (!s) s = natsOptions_SetPingInterval(n, 0); /* else a thread of libnats' would close */
    if (!s) s = natsOptions_SetSendAsap(n, true);  /* else a thread of libnats' would flush */
    if (!s) s = natsOptions_SetErrorHandler(n, no_news, NULL);
    if (!s) s = natsOptions_SetEventLoop(n, l, attach, read_wanted, write_wanted, detach);
    return s;
}

/* libnats wants strings; it makes copies. */
static natsStatus set_secrets(natsOptions *n, const struct link_options *o)
{
    struct buf text = {0};
    natsStatus s = NATS_OK;
    buf_put(&text, o->token.len ? o->token : o->password);
    buf_putc(&text, 0);
    if (text.failed)
        s = NATS_NO_MEMORY;
    else if (o->token.len)
        s = natsOptions_SetToken(n, (const char *)text.ptr);
    else if (o->user)
        s = natsOptions_SetUserInfo(n, o->user, (const char *)text.ptr);
    if (text.ptr) explicit_bzero(text.ptr, text.len);
    buf_fini(&text);
    if (!s && o->credentials_file)
        s = natsOptions_SetUserCredentialsFromFiles(n, o->credentials_file, NULL);
    return s;
}

static natsStatus set_tls(natsOptions *n, const struct link_options *o)
{
    natsStatus s = NATS_OK;
    if (o->ca_file) s = natsOptions_LoadCATrustedCertificates(n, o->ca_file);
    if (!s && o->cert_file) s = natsOptions_LoadCertificatesChain(n, o->cert_file, o->key_file);
    return s;
}

kith_err lane_prepare(struct lane_thread *l, const struct link_options *o, kith_problem *why)
{
    natsStatus s = nats_Open(-1);
    if (!s) s = natsOptions_Create(&l->options);
    if (!s) s = set_behaviour(l, o->node);
    if (!s) s = set_secrets(l->options, o);
    if (!s) s = set_tls(l->options, o);
    return s ? nats_problem(s, why, "the connection to NATS cannot be set up", "") : KITH_OK;
}

/* "nats.example" of tls://nats.example:4222. */
static natsStatus aim(struct lane_thread *l)
{
    const char *url = l->urls[l->url];
    char host[LINK_URL_BYTES_MAX];
    natsStatus s = natsOptions_SetURL(l->options, url);
    if (!s) s = natsOptions_SetSecure(l->options, is_tls(url));
    if (s || !is_tls(url)) return s;
    const char *from = strstr(url, "://") + 3;
    (void)snprintf(host, sizeof host, "%.*s", (int)strcspn(from, ":/"), from);
    return natsOptions_SetExpectedHostname(l->options, host);
}

static natsStatus subscribe(struct lane_thread *l)
{
    natsStatus s = natsConnection_SubscribeSync(&l->inbox, l->nc, l->inbox_subject);
    if (!s && l->which == LINK_LIVE)
        s = natsConnection_SubscribeSync(&l->all, l->nc, l->all_subject);
    return s;
}

kith_err lane_connect(struct lane_thread *l, kith_problem *why)
{
    natsStatus s = aim(l);
    if (!s) s = natsConnection_Connect(&l->nc, l->options);
    if (!s) s = subscribe(l);
    if (!s) return KITH_OK;
    kith_err e = nats_problem(s, why, l->urls[l->url],
                              "; see that NATS is there, as cluster.urls "
                              "says, and lets this node in; it is tried again");
    lane_disconnect(l);
    return e;
}

/* libnats sends what it still has, and waits for that, unless it finds the socket at its end. */
void lane_disconnect(struct lane_thread *l)
{
    if (l->fd >= 0) {
        (void)shutdown(l->fd, SHUT_RDWR);
        natsConnection_ProcessReadEvent(l->nc);
    }
    natsConnection_Close(l->nc);
    natsSubscription_Destroy(l->all);
    natsSubscription_Destroy(l->inbox);
    natsConnection_Destroy(l->nc);
    l->nc = NULL;
    l->all = l->inbox = NULL;
    l->fd = -1;
    l->writes = false;
}
