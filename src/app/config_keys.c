/* app/config_keys.c -- the table of all settings. */
#include "app/config_keys.h"

#include "app/settings.h"
#include "base/limits.h"

#define IN(field)         offsetof(struct settings, field)
#define IN_TOKEN(field)   offsetof(struct settings_key, options.field)
#define IN_KEY(field)     offsetof(struct settings_api_key, field)
#define IN_PAIR(field)    offsetof(struct settings_certificate, field)
#define IN_CLUSTER(field) offsetof(struct settings, cluster.field)
#define IN_SOURCE(field)  offsetof(struct settings, source.field)
#define IN_HOOKS(field)   offsetof(struct settings, hooks.field)

const struct config_key config_keys[] = {
    {"server", "listen", CONFIG_ADDRESS, .initial = "0.0.0.0:4000", .offset = IN(listen),
     .help = "Where clients connect: ADDR:PORT, or [ADDR]:PORT for IPv6. 0.0.0.0 is every network "
             "of this machine; port 0 takes a free one."},
    {"server", "listen_tls", CONFIG_SWITCH, .initial = "off", .offset = IN(tls.listen),
     .help = "on: clients connect there by TLS 1.2 or 1.3 alone, to wss:// and https://, and are "
             "shown a [certificate NAME] below. off: without, as behind a proxy that ends TLS."},
    {"server", "api", CONFIG_ADDRESS, .choices = "off", .initial = "127.0.0.1:4001",
     .offset = IN(api),
     .help = "Where the REST API, /healthz, /readyz and /metrics answer. Beyond loopback it wants "
             "a [key NAME] below; without api_tls = on that is for a private network. off: "
             "nowhere."},
    {"server", "api_tls", CONFIG_SWITCH, .initial = "off", .offset = IN(tls.api),
     .help = "on: the API is called by TLS alone, with the same certificates."},
    {"server", "api_hosts", CONFIG_HOSTS, .example = "kith.internal",
     .help = "By which names the API may be called, besides localhost and the address it listens "
             "on; without a port. A request with another Host is refused, since web pages can make "
             "any name lead here; with auth = none clients are refused so, too. Several stand in "
             "one line, with blanks between, or each behind an api_hosts = of its own.",
     .live = true},
    {"server", "data", CONFIG_FOLDER, .initial = "./data", .offset = IN(data),
     .help = "The folder of kith.db, made on first use. It is relative to the folder that kith "
             "is started in; names of other files are to that of this file. :memory: keeps "
             "nothing: friends, and who is online, are gone with the process."},
    {"server", "workers", CONFIG_COUNT, .initial = "0", .max = SHARDS_MAX, .offset = IN(workers),
     .help = "Threads that serve clients. 0: one a core."},
    {"server", "io_uring", CONFIG_SWITCH, .initial = "on", .offset = IN(io_uring),
     .help = "on: write to many clients by one system call, where the system allows it; containers "
             "often do not, and are told so in the log. off: a call for each client."},
    {"server", "auth", CONFIG_CHOICE, .initial = "token", .choices = "token none app",
     .offset = IN(auth),
     .help = "token: who connects shows a token that one of the [token NAME] keys below verifies. "
             "none: the user is whoever ?user_id= says, for development, on loopback only. app: "
             "for servers built on libkith, whose sockets say themselves who may connect."},
    {"server", "demo", CONFIG_SWITCH, .initial = "off", .offset = IN(demo),
     .help = "on: serve the demo page, with a small graph and a key of its own. Loopback only."},
    {"server", "echo", CONFIG_SWITCH, .initial = "off", .offset = IN(echo),
     .help = "on: /echo returns every WebSocket message, for conformance tests. Loopback only."},
    {"server", "ping_s", CONFIG_SECONDS, .initial = "30", .max = 3600, .offset = IN(ping_ms),
     .help = "After so many seconds without a byte from a client it is sent a WebSocket ping. 0: "
             "never.",
     .live = true},
    {"server", "idle_s", CONFIG_SECONDS, .initial = "60", .min = 0.2, .max = 7200,
     .offset = IN(idle_ms),
     .help = "After so many seconds without a byte from a client it is cut off. More than ping_s.",
     .live = true},
    {"server", "handshake_s", CONFIG_SECONDS, .initial = "10", .min = 0.1, .max = 300,
     .offset = IN(handshake_ms),
     .help = "How long a connection may take until its request is complete.", .live = true},
    {"server", "longpoll_s", CONFIG_SECONDS, .initial = "10", .min = 0.1, .max = 60,
     .offset = IN(longpoll_ms),
     .help = "How long a long-poll waits for news before it is answered that there is none. "
             "phoenix.js gives up after 20. A client that does not come back for twice as long is "
             "gone.",
     .live = true},
    {"server", "drain_s", CONFIG_SECONDS, .initial = "2", .max = 300, .offset = IN(drain_ms),
     .help = "How long clients' close frames may take to leave when the server stops.",
     .live = true},
    {"server", "max_message_bytes", CONFIG_COUNT, .initial = "1048576", .min = 1024,
     .max = MESSAGE_BYTES_MAX, .offset = IN(message_bytes_max),
     .help = "The largest WebSocket message that is taken from a client, fragments together.",
     .live = true},
    {"server", "max_messages_s", CONFIG_COUNT, .initial = "500", .max = 1000,
     .offset = IN(messages_s),
     .help = "How many messages a second are taken from one client in the long run, a join for "
             "ten, each KiB, ping and fragment for one; several thousand at once are. What it "
             "sends beyond that waits at its own end. 0: as many as it likes.",
     .live = true},
    {"server", "max_outbox_bytes", CONFIG_COUNT, .initial = "65536", .min = 4096, .max = 16 << 20,
     .offset = IN(outbox_bytes_max),
     .help = "How much may wait for one slow client. Above it presence waits for a fresh full "
             "state; pushes and replies have 256 KiB at least.",
     .live = true},
    {"server", "max_connections", CONFIG_COUNT, .initial = "100000", .min = 1, .max = 10000000,
     .offset = IN(connections_max),
     .help = "Above so many connections the server answers 503 and asks to come back later. "
             "The system's limit of open files may be lower; then it counts.",
     .live = true},
    {"server", "max_per_address", CONFIG_COUNT, .initial = "0", .max = 10000000,
     .offset = IN(per_address_max),
     .help = "Above so many connections from one address (of IPv6: one network of 64 bits) further "
             "ones are refused, long-polls as well. A company or a mobile network may show "
             "thousands of users by one address. 0: any number.",
     .live = true},
    {"server", "max_per_user", CONFIG_COUNT, .initial = "1000", .max = 10000,
     .offset = IN(per_user_max),
     .help = "Above so many sockets of one user, long-polls as well, the eldest makes room for the "
             "new one and is closed with 1000. A place that was taken like that is kept for 30 s; "
             "whoever comes meanwhile is refused. Friends are shown 64 at most. Each node counts "
             "for itself. 0: any number.",
     .live = true},
    {"server", "trusted_proxies", CONFIG_NETWORKS, .example = "127.0.0.1 10.0.0.0/8",
     .help = "Proxies in front of this server, as addresses or networks: of a connection from one "
             "the client is whom its X-Forwarded-For names, and else nobody's is heeded. Several "
             "stand in one line, with blanks between, or each behind a trusted_proxies = of its "
             "own.",
     .live = true},

    {"store", "url", CONFIG_STORE, .offset = IN(store_url),
     .example = "postgresql://kith@db.internal/kith?sslmode=verify-full",
     .help = "A PostgreSQL server keeps everything, in its schema kith, instead of server.data, "
             "which is not looked at then. As libpq has it, with its sslmode. Rather than in here "
             "a password stands in ~/.pgpass, or in the file that the variable PGPASSFILE names; "
             "if it does stand here, nobody else may read this file."},
    {"store", "timeout_s", CONFIG_SECONDS, .initial = "2", .min = 0.1, .max = 4,
     .offset = IN(store_ms),
     .help = "How long that server may take for one answer, or to be connected to. Clients whose "
             "friend lists it does not tell in time are asked to come again."},

    {"source", "url", CONFIG_SOURCE, .offset = IN_SOURCE(url),
     .example = "postgresql://kith_reader@db.internal/app?sslmode=verify-full",
     .help =
         "Who is whose friend stands in tables of your own, in PostgreSQL: Kith reads it there, "
         "as a role that may SELECT, and takes no changes of it. Written as store.url, and may "
         "be the same server; see docs/own-tables.md. Or your back end says it over HTTP, to GET "
         "URL/users/ID/friends: write https://..., and see docs/http-friends.md."},
    {"source", "key_file", CONFIG_SECRET_FILE, .offset = IN_SOURCE(key),
     .example = "/etc/kith/source.key",
     .help =
         "Over HTTP: a file with what Kith shows your back end as Authorization: Bearer, and that "
         "not everybody may read."},
    {"source", "ca_file", CONFIG_PATH, .offset = IN_SOURCE(ca_file),
     .example = "/etc/kith/back-end-ca.pem",
     .help =
         "Over https://: a CA that your back end's certificate may be from, as PEM, besides those "
         "that the system trusts."},
    {"source", "cache_s", CONFIG_SECONDS, .initial = "60", .max = 86400,
     .offset = IN_SOURCE(cache_ms),
     .help = "Over HTTP: who was asked about within so many seconds, half of them at least, is not "
             "asked about again for a join. POST /v1/users/ID/refresh says that friends have "
             "changed. 0: "
             "each join asks."},
    {"source", "friends", CONFIG_QUERY, .offset = IN_SOURCE(friends),
     .example = "SELECT friend_id FROM friendships WHERE user_id = $1 AND accepted",
     .help = "One SELECT that takes a user's id as $1 and gives the ids of its friends, who are "
             "friends both ways. A long one goes on in further lines, each behind a friends = of "
             "its own."},
    {"source", "watches", CONFIG_QUERY, .offset = IN_SOURCE(watches),
     .example = "SELECT followed_id FROM follows WHERE follower_id = $1",
     .help = "Instead of friends, where one may follow another who does not follow back: whom $1 "
             "watches."},
    {"source", "watchers", CONFIG_QUERY, .offset = IN_SOURCE(watchers),
     .example = "SELECT follower_id FROM follows WHERE followed_id = $1",
     .help =
         "Beside watches: who watches $1. It is asked where presence.reciprocity = on, and then "
         "only who stands in both is shown."},
    {"source", "channel", CONFIG_CHANNEL, .initial = "kith_edges", .offset = IN_SOURCE(channel),
     .help =
         "On which channel of NOTIFY your tables say whose friends have changed; its payload is "
         "an id, or a JSON array of ids, and an empty one stands for anybody. off: they do not "
         "say."},
    {"source", "sweep_s", CONFIG_SECONDS, .initial = "60", .min = 0.2, .max = 86400,
     .offset = IN_SOURCE(sweep_ms),
     .help = "After so many seconds the friends of all who are here are read again, one user after "
             "the other: what no NOTIFY has told is seen by then."},
    {"source", "timeout_s", CONFIG_SECONDS, .initial = "2", .min = 0.1, .max = 4,
     .offset = IN_SOURCE(call_ms),
     .help = "How long your database may take for one answer, or to be connected to. Who joins is "
             "told the friends that were read last then, or is asked to come again."},
    {"source", "connections", CONFIG_COUNT, .initial = "4", .min = 1, .max = SOURCE_CONNECTIONS_MAX,
     .offset = IN_SOURCE(connections),
     .help = "How many connections this server reads by, so that one slow query holds up nobody "
             "else. Another one listens for NOTIFY."},

    {"presence", "grace_s", CONFIG_SECONDS, .initial = "5", .max = 3600, .offset = IN(grace_ms),
     .help = "How long a user whose connection ended stays online, so that a page reload tells "
             "nobody anything. Decimals are fine: 0.5.",
     .live = true},
    {"presence", "restart_grace_s", CONFIG_SECONDS, .initial = "30", .max = 3600,
     .offset = IN(restart_grace_ms),
     .help = "The same over a restart of the server: who is back in time was never gone.",
     .live = true},

    {"presence", "reciprocity", CONFIG_SWITCH, .initial = "off", .offset = IN(reciprocal),
     .help =
         "on: a user sees another only if the other may see it, too. Then edges of one way show "
         "nothing, and who is visible to nobody sees nobody."},

    {"presence", "last_seen_days", CONFIG_COUNT, .initial = "90", .min = 1, .max = 3650,
     .offset = IN(last_seen_days),
     .help = "How long it is kept when a user was last seen, of those who let it be told; then it "
             "is forgotten.",
     .live = true},

    {"presence", "watch_budget", CONFIG_COUNT, .initial = "1000", .max = 100000,
     .offset = IN(watch_budget),
     .help = "How many different users one user may ask to watch within an hour, or when they were "
             "last seen, friends among them; who is seen anyhow needs no watch. Who asks for more "
             "is refused, and named in the log. Another value counts anew. 0: any number.",
     .live = true},

    {"hooks", "url", CONFIG_HTTP, .offset = IN_HOOKS(url), .example = "https://app.example/kith",
     .help =
         "Where your back end hears who comes, changes and goes: events are sent there by POST, "
         "signed, in order, again and again until it answers 2xx. See docs/hooks.md."},
    {"hooks", "secret_file", CONFIG_SECRET_FILE, .offset = IN_HOOKS(secret),
     .example = "/etc/kith/hooks.secret",
     .help =
         "A file with at least 32 bytes that your back end knows, too, and that not everybody may "
         "read: with it each request is signed. A newline at its end is no part of it. One can "
         "be made with: openssl rand -base64 48"},
    {"hooks", "ca_file", CONFIG_PATH, .offset = IN_HOOKS(ca_file),
     .example = "/etc/kith/back-end-ca.pem",
     .help =
         "For https://: a CA that your back end's certificate may be from, as PEM, besides those "
         "that the system trusts."},
    {"hooks", "timeout_s", CONFIG_SECONDS, .initial = "10", .min = 0.1, .max = 300,
     .offset = IN_HOOKS(call_ms), .help = "How long your back end may take to answer."},
    {"hooks", "retry_s", CONFIG_SECONDS, .initial = "60", .min = 0.3, .max = 3600,
     .offset = IN_HOOKS(retry_ms),
     .help =
         "While it does not take events they are sent again after a quarter of a second, and each "
         "time after twice as long, up to this."},
    {"hooks", "batch", CONFIG_COUNT, .initial = "100", .min = 1, .max = HOOK_BATCH_MAX,
     .offset = IN_HOOKS(batch), .help = "How many events are sent at once, at most."},
    {"hooks", "log", CONFIG_SWITCH, .initial = "off", .offset = IN_HOOKS(log),
     .help = "on: that users come, change and go is kept in a log, which your back end reads by "
             "GET /v1/events, also without a url; with one there is a log in any case."},
    {"hooks", "keep_days", CONFIG_COUNT, .initial = "7", .min = 1, .max = 3650,
     .offset = IN_HOOKS(keep_days),
     .help = "How long events are kept in the log; then they are forgotten, read or not."},
    {"hooks", "keep_events", CONFIG_COUNT, .initial = "1000000", .min = 1000, .max = 1e9,
     .offset = IN_HOOKS(keep_events),
     .help = "And how many of them at most: a million take some 500 MB."},

    {"origins", "allow", CONFIG_ORIGINS, .example = "https://app.example",
     .help = "A web page on another host than this server may connect if its origin stands here: "
             "https://app.example exactly, or https://*.app.example for one label. Several stand "
             "in one line, with blanks between, or each behind an allow = of its own.",
     .live = true},

    {"cluster", "name", CONFIG_CLUSTER, .offset = IN_CLUSTER(name), .example = "people",
     .help = "Servers that have the same name here are one: who is online at one of them is so for "
             "friends at all. Letters, digits, - and _. Without a name this server is alone. It "
             "takes a [store] that all nodes share, and NATS between them."},
    {"cluster", "node", CONFIG_NODE, .offset = IN_CLUSTER(node), .example = "kith-1",
     .help = "By which name the others know this node: its own, and the same after a restart. "
             "Without it the name of the machine."},
    {"cluster", "urls", CONFIG_URLS, .example = "nats://10.0.0.1:4222",
     .help = "Where NATS is: nats://HOST:PORT, or tls://NAME:PORT, whose certificate must be of "
             "that name. Of several servers of one NATS cluster one that answers is enough; they "
             "stand in one line, with blanks between, or each behind an urls = of its own."},
    {"cluster", "secret_file", CONFIG_SECRET_FILE, .offset = IN_CLUSTER(secret),
     .example = "/etc/kith/cluster.secret",
     .help = "A file with at least 32 bytes, the same on every node, and that not everybody may "
             "read: what nodes say to each other is authenticated with it, and what comes from "
             "anybody else is ignored. One can be made with: openssl rand -base64 48"},
    {"cluster", "credentials_file", CONFIG_SECRET_PATH, .offset = IN_CLUSTER(credentials_file),
     .example = "/etc/kith/kith.creds",
     .help = "How this node proves itself to NATS: a credentials file, as nsc makes them. NATS "
             "must allow it to publish and subscribe to p.NAME.> for the name above."},
    {"cluster", "user", CONFIG_TEXT, .offset = IN_CLUSTER(user), .example = "kith",
     .help = "Or a user of NATS, with a password_file."},
    {"cluster", "password_file", CONFIG_SECRET_FILE, .offset = IN_CLUSTER(password),
     .example = "/etc/kith/nats.password", .help = "A file that holds the password of that user."},
    {"cluster", "token_file", CONFIG_SECRET_FILE, .offset = IN_CLUSTER(token),
     .example = "/etc/kith/nats.token", .help = "Or a file that holds the token of NATS."},
    {"cluster", "tls_ca_file", CONFIG_PATH, .offset = IN_CLUSTER(ca_file),
     .example = "/etc/kith/nats-ca.pem",
     .help = "TLS: a CA that NATS' certificate may be from, as PEM, besides those that the system "
             "trusts."},
    {"cluster", "tls_cert_file", CONFIG_PATH, .offset = IN_CLUSTER(cert_file),
     .example = "/etc/kith/nats-cert.pem",
     .help = "TLS: the certificate that this node shows, if NATS asks for one, as PEM."},
    {"cluster", "tls_key_file", CONFIG_SECRET_PATH, .offset = IN_CLUSTER(key_file),
     .example = "/etc/kith/nats-key.pem", .help = "TLS: the private key of that certificate."},
    {"cluster", "heartbeat_s", CONFIG_SECONDS, .initial = "1", .min = 0.05, .max = 10,
     .offset = IN_CLUSTER(heartbeat_ms),
     .help = "How often nodes say that they are there. A node of which nothing is heard for 6 "
             "times as long, by nobody, is taken for dead. The same on every node."},
    {"cluster", "node_grace_s", CONFIG_SECONDS, .initial = "4", .max = 3600,
     .offset = IN_CLUSTER(node_grace_ms),
     .help = "How long the users of a dead node stay online, so that who comes back on another "
             "node by then was never gone."},
    {"cluster", "stale_hold_s", CONFIG_SECONDS, .initial = "60", .max = 86400,
     .offset = IN_CLUSTER(stale_hold_ms),
     .help = "How long a node that is cut off from the others shows their users as they were. 0: "
             "until it hears of them again."},
    {"cluster", "leave_s", CONFIG_SECONDS, .initial = "20", .max = 3600,
     .offset = IN_CLUSTER(leave_ms),
     .help = "Over how long the clients of a node that stops are told to come back, so that the "
             "other nodes need not let all of them in at once. A few are told sooner; 0: all at "
             "once. Whoever stops the node has to wait for longer than that before it kills it.",
     .live = true},

    {"log", "level", CONFIG_CHOICE, .initial = "info", .choices = "debug info warning error",
     .offset = IN(log_level),
     .help =
         "The log, on stderr, has what is of this level, and above. debug: each session too, and "
         "whose it is. info: each request to the REST API too, without the ids in it. warning: "
         "what somebody should look at. error: what ends the server.",
     .live = true},
    {"log", "format", CONFIG_CHOICE, .initial = "text", .choices = "text json",
     .offset = IN(log_format),
     .help =
         "text: words, for people, and for a journal that has the time itself. json: an object a "
         "line.",
     .live = true},

    {"token", "kind", CONFIG_CHOICE, .choices = "phoenix jwt", .offset = IN_TOKEN(kind),
     .example = "jwt",
     .help = "phoenix: Phoenix.Token, as an existing Phoenix application signs it. jwt: RFC 7519."},
    {"token", "alg", CONFIG_CHOICE, .initial = "HS256",
     .choices = "HS256 HS384 HS512 RS256 ES256 EdDSA", .offset = IN_TOKEN(alg),
     .help = "JWT: the one algorithm of this key. HS256, HS384 and HS512 need a secret; RS256, "
             "ES256 and EdDSA a public_key_file."},
    {"token", "kid", CONFIG_TEXT, .offset = IN_TOKEN(kid), .example = "2024-05",
     .help = "JWT: tokens with this kid are for this key. Without it: tokens without one."},
    {"token", "secret", CONFIG_SECRET, .offset = IN_TOKEN(secret), .example = "...",
     .help = "At least 32 bytes, and then nobody else may read this file. Phoenix: the "
             "application's secret_key_base. One can be made with: openssl rand -base64 48"},
    {"token", "secret_file", CONFIG_SECRET_FILE, .offset = IN_TOKEN(secret),
     .example = "/etc/kith/token.secret",
     .help = "Instead of secret: a file that holds it, and that not everybody may read. A newline "
             "at its end is no part of it. Its name is meant from the folder of this file."},
    {"token", "public_key_file", CONFIG_PUBLIC_FILE, .offset = IN_TOKEN(secret),
     .example = "/etc/kith/token.pem",
     .help = "JWT with RS256, ES256 or EdDSA: a file with the public key as PEM, named as "
             "secret_file is."},
    {"token", "salt", CONFIG_TEXT, .offset = IN_TOKEN(salt), .example = "user socket",
     .help = "Phoenix: the second argument of Phoenix.Token.sign."},
    {"token", "user", CONFIG_TEXT, .offset = IN_TOKEN(user_path), .example = "id",
     .help = "Where the user id stands. JWT: the claim, sub if not said. Phoenix: the key in the "
             "signed map; without it the signed term is the id."},
    {"token", "max_age_s", CONFIG_AGE, .initial = "0", .max = 1e10, .offset = IN_TOKEN(max_age_s),
     .help = "Phoenix: tokens live so many seconds, whatever they say. 0: as they say."},
    {"token", "issuer", CONFIG_TEXT, .offset = IN_TOKEN(issuer), .example = "https://login.example",
     .help = "JWT: the iss that tokens must have."},
    {"token", "audience", CONFIG_TEXT, .offset = IN_TOKEN(audience), .example = "kith",
     .help = "JWT: the aud that tokens must have."},
    {"token", "exp_optional", CONFIG_SWITCH, .initial = "off", .offset = IN_TOKEN(exp_optional),
     .help = "JWT: on admits tokens that never expire."},

    {"key", "role", CONFIG_CHOICE, .choices = "read write admin", .offset = IN_KEY(role),
     .example = "admin",
     .help = "What the key is good for. read: to look. write: also to change who sees whom, and to "
             "push. admin: all."},
    {"key", "secret", CONFIG_SECRET, .offset = IN_KEY(secret), .example = "...",
     .help = "At least 32 bytes, and then nobody else may read this file. One can be made with: "
             "openssl rand -base64 48"},
    {"key", "secret_file", CONFIG_SECRET_FILE, .offset = IN_KEY(secret),
     .example = "/etc/kith/api.key",
     .help = "Instead of secret: a file that holds it, and that not everybody may read, named from "
             "the folder of this file. It is what --key-file of the commands takes, too."},

    {"certificate", "cert_file", CONFIG_PATH, .offset = IN_PAIR(cert_file),
     .example = "/etc/kith/fullchain.pem",
     .help = "The certificate as PEM, and behind it those between it and its CA."},
    {"certificate", "key_file", CONFIG_SECRET_PATH, .offset = IN_PAIR(key_file),
     .example = "/etc/kith/privkey.pem",
     .help = "Its private key as PEM, without a passphrase, which not everybody may read."},
};

#define KEYS (sizeof config_keys / sizeof config_keys[0])
_Static_assert(KEYS <= CONFIG_KEYS_MAX, "each has its place in a section");

const int config_keys_count = (int)KEYS;
