/* base/limits.h -- every bound in one place: its unit, and why it is what it is. */
#pragma once

/* Ids and names */
#define USER_ID_BYTES_MAX 128  /* room for a UUID, an e-mail, a numeric id; parsers refuse more */
#define TOPIC_BYTES_MAX   8192 /* Phoenix takes topics of 5 kB; nothing needs more than 8 */
#define DEVICE_BYTES_MAX  64   /* the `device` connect parameter: room for a UUID or a hash */
#define META_BYTES_MAX    1024 /* one session's status and custom fields, as JSON */

/* One user */
#define SESSIONS_MAX 64 /* present at once; further ones work, and are not shown */

/* One socket */
#define MESSAGE_BYTES_MAX (1u << 20) /* one WebSocket message, its fragments together */
#define FRAGMENTS_MAX     1024       /* of one message, empty ones counted */
#define MESSAGE_REF_MAX   1024       /* bytes of a ref, as JSON: a binary frame carries 255 */
#define DEAR_BURST        10 /* then one a second: a token is a signature, a rule goes to the disk */
#define OWED_MS_MAX       12000 /* beyond it messages wait; what is dear has ended 2 s before */
#define JOIN_BYTES_MAX    16384 /* of a join's payload: a status, a token to resume, and blanks */
#define JOIN_MESSAGES     10 /* what a join costs, in messages: a list is read, and a state made */
#define STATE_MESSAGE_BYTES                                                                        \
    8192 /* of the state that it brings: so many more, a message more; some 14 us of making */
#define LONG_BYTES       1024 /* of a message: so many more, a message more; 1 to 7 us of reading */
#define SEEN_IDS_MAX     100  /* asked for at once when they were last seen: a millisecond's work */
#define DEAR_BYTES       8192 /* of a change of the rules: so many more, a second more */
#define CHANNELS_MAX     100  /* joined topics of one socket, as Phoenix has it */
#define ASKED_MAX        200  /* users it asks to see: a screen or two; searched one by one */
#define OUTBOX_BYTES_MAX 65536 /* above it presence frames wait for a full state */
#define OUTBOX_BURST_BYTES_MAX                                                                     \
    262144 /* with replies and pushes, which are not withheld: seven pushes of the largest */
#define OUTBOX_FRAMES_MAX 4096 /* references, so 32 KiB: small frames reach bytes first */
#define IOV_MAX_PIECES    64   /* of one sendmsg; a storm rarely queues more in a turn */
#define WRITES_MAX        128  /* sockets written to at once: 1 ms, and a call is a hundredth */
#define WRITES_PIECES_MAX 1024 /* of them all: 16 KiB, which stay near the core */
#define WRITES_TURN       512 /* presence, of a turn: 4 ms, and then a look at what must not wait */
#define READ_BYTES_MAX    65536      /* read from one socket in a turn, so that none starves */
#define READ_TURN_BYTES   (1u << 20) /* of all sockets: 25 ms of the smallest messages */
#define READ_SHARE_BYTES  512        /* but of each so much: a message as most are, or two */
#define ENDS_PER_TURN     64 /* sockets whose peers have ended: 10 us each, others' between them */
#define LONG_PER_TURN     1  /* sockets in the middle of a long message: its end may take 10 ms */
#define DUE_PER_TURN      64 /* sockets, long-poll sessions or lists whose time is over: 10 us each */

/* What clients have begun to say and not ended, of all of a thread */
#define UNFINISHED_BYTES_MAX (64u << 20) /* 64 of the longest; beyond it more is refused */
#define UNFINISHED_ROOM_BYTES                                                                      \
    (1u << 20) /* of that are kept free: who began first makes room, and who begins is heard */
#define UNFINISHED_FREE_BYTES                                                                      \
    16384 /* of each, whatever the others have: a whole head, a status ten times over */

/* Full states that are larger than OUTBOX_BYTES_MAX, of all of a thread */
#define LARGE_STATES_BYTES_MAX (64u << 20) /* eight of the largest, some 50 of 5000 friends */
#define LARGE_STATES_MAX       (LARGE_STATES_BYTES_MAX / OUTBOX_BYTES_MAX)
#define LARGE_STATE_MS         2000 /* to take one, or half of it; else, if others wait, it makes room */

/* One channel */
#define SUBSCRIPTIONS_MAX 5000 /* beside its own topic: one for each friend, see WATCHES_MAX */
#define TRACKED_MAX       1000 /* entries: searched one by one when it tracks one more */

#define TRUSTED_PROXIES_MAX 32 /* networks, compared one by one with each peer and what it says */

/* TLS */
#define TLS_CERTIFICATES_MAX 16   /* of one server, compared one by one with the host's name */
#define TLS_HANDSHAKES_MAX   1024 /* under way on a thread: 40 MB; the eldest makes room */
#define TLS_TURN_US          2000 /* for handshakes, in one turn: two, and then the others' turn */
#define TLS_IDLE_RECORDS_MAX                                                                       \
    64 /* without data, as for new keys: each costs as much as some messages, and keys last for    \
          millions of records */
#define TICKET_KEY_MS 43200000 /* seals for half a day, and opens for another */

/* HTTP */
#define HTTP_LINE_BYTES_MAX       8192 /* request target: a JWT of 8 KiB does not fit, one of 6 does */
#define HTTP_HEAD_BYTES_MAX       16384 /* all of the head, as nginx and Node have it */
#define HTTP_HEADERS_MAX          64
#define REQUESTS_AT_ONCE          100  /* of a public connection: a page asks for some ten */
#define REQUEST_MS                10   /* and then one in so many */
#define TOKEN_BYTES_MAX           8192 /* JWT or Phoenix.Token */
#define TOKEN_KEYS_CONFIGURED_MAX 16   /* a token may cost a check with each */
#define TOKEN_KEYS_MAX            (TOKEN_KEYS_CONFIGURED_MAX + 1) /* the demo brings one of its own */
#define ORIGINS_ALLOWED_MAX       64   /* compared one by one at each handshake */
#define API_KEYS_MAX              16   /* compared with all of them at each request of the API */
#define API_SECRET_BYTES_MAX      4096 /* a header's, with room for the others */
#define API_HOSTS_MAX             16   /* names of one listener, compared one by one */
#define POST_LINES_MAX            100  /* messages of one long-poll's POST, as Phoenix has it */

/* Commands */
#define HTTP_REPLY_BYTES_MAX (16u << 20) /* of the API, kept whole: far above any page of it */

/* JSON */
#define JSON_DEPTH_MAX 32  /* deeper is an attack, not a message */
#define JSON_KEYS_MAX  256 /* of an object that Kith itself reads: a full status has 170 */

/* Graph */
#define CHOSEN_MAX 5000 /* ids that one user's visibility lists: as many as it can have friends */
#define WATCHES_MAX                                                                                \
    5000 /* edges of one user that are read: with one session each, 750 kB of state */
#define STATE_BYTES_MAX                                                                            \
    (8u << 20) /* of one full state: 5000 friends with 1.6 kB each; who has more is shown with     \
                  fewer of its sessions, the eldest */
#define IMPORT_LINE_BYTES_MAX 2048 /* two ids, each byte an escape of six, and what is between */

#define EDGES_PER_TURN 20000 /* looked at for joins in one turn of a thread: some 5 ms */
#define EDGE_BYTES     256   /* of states: so many are read or written while an edge is looked at */
#define STATE_IDS_MAX  20000 /* asked of other homes and not answered: theirs to do in a turn */

#define CHANGES_KEPT                                                                               \
    1000000 /* of rules, for nodes that were away: a few hundred MiB on the server */
#define RULES_OPEN_MAX 1024 /* changes not yet applied by all: a second's, at a disk's pace */

/* From a question to its answer, or a multiple: twice what most of them take, so that a row more,
 * which takes 1 us, is no step more */
#define STORE_STEP_US     250
#define STORE_STEP_FAR_US 1000 /* where the store is a server */

/* What waits for the store's thread: of users, and as much of operators */
#define WAITING_BYTES_MAX         (16u << 20) /* some 25 changes with lists of the longest ids */
#define WAITING_OF_USER_MAX       256 /* each of a user's sessions may ask for a few things at once */
#define WAITING_OF_USER_BYTES_MAX (1u << 20) /* one such list, and questions of its sessions */

#define FULL_USERS_MAX                                                                             \
    1024 /* with as many sockets as they may have, and more that want in: 16 KiB on each thread */
#define BARS_MAX 100000 /* users sent away for a time: 14 MB on each thread */

#define BUDGET_USERS_MAX                                                                           \
    10000                        /* whose watches of the last hour are counted: 20 MB at 1000 each \
                                  */
#define BUDGET_WINDOW_MS 3600000 /* long enough that who reads slowly is seen, too */

/* REST */
#define API_BODY_BYTES_MAX  (2u << 20) /* 10,000 ids of 128 bytes, escaped here and there */
#define PUSH_BYTES_MAX      32768      /* payload: half of what may wait for a slow client */
#define API_CONNECTIONS_MAX 512        /* more than the pools of a few back ends */
#define API_IDS_MAX         10000      /* of one query: read and looked up in some 50 ms */
#define API_ANSWER_BYTES_MAX                                                                       \
    (16u << 20)                    /* of such a query's answer: so many with one full meta each */
#define API_PAGE             1000  /* users of one answer */
#define API_PIECE_BYTES      65536 /* of a graph that is exported: some 4,000 edges, 5 ms */
#define IMPORT_SLOW_BYTES    1024 /* of a graph that is sent: fewer within the next is no sending */
#define IMPORT_SLOW_MS       60000
#define STRANGERS_S          500 /* requests of all who show no right key: 6 ms of each second */
#define STRANGER_MS          500 /* above that, between two of one of them: what checks is slower */
#define STRANGERS_LINES      20  /* in the log, of who shows the API no right key, */
#define STRANGERS_MS         60000 /* in so long: the rest is told to the most talkative log alone */
#define REQUEST_ID_BYTES_MAX 64    /* in the log and in the answer: a UUID, or what proxies make */

/* What operators are shown of a shard: enough for a screen, with all shards together */
#define SLOW_NOTED         16     /* sockets that became slow latest */
#define REFUSALS_NOTED     16     /* joins and connections that were refused latest, */
#define REFUSAL_MS         600000 /* for so long */
#define REFUSAL_TEXT_BYTES 96     /* of a topic or a reason: what is behind is cut off */
#define BUSIEST_NOTED      32     /* users; looked through at each announcement: some 20 ns */
#define BUSIEST_MS         30000  /* counted together: what is shown is of one or two of these */
#define NODE_FIGURES_BYTES 16384  /* of another node, as JSON: four times what this one says */

/* Users whom many watch */
#define HOT_AUDIENCE     1000  /* watchers; with fewer an announcement is cheap enough at once */
#define HOT_DELIVERIES_S 50000 /* of one user in the long run: half of what a core can do */
#define HOT_INTERVAL_MS_MAX                                                                        \
    5000                    /* that no change makes the next wait longer, whatever the audience */
#define SPREAD_PER_TURN 500 /* subscribers told in one turn: some 2 ms with the writing */
#define SPREADS_MAX     256 /* under way; of each a bit a client, and its frames */

/* Sessions that have ended */
#define ENDED_PER_TURN 2000 /* subscriptions, of one turn: 1.4 ms of lists of 100, 10 of 1000 */
#define ENDED_MAX                                                                                  \
    (1u << 22) /* still to be taken back, of a thread: 20 MB; who ends beyond it waits for them */
#define ENDED_AT_ONCE (2 * WATCHES_MAX) /* wait in all: who joins again is rid of its own */
#define LEFT_AT_ONCE  500               /* and of so few people in any case: a tenth of the most */

/* Threads */
#define NOTES_MAX       128 /* for the log, of a turn: more lines than a person reads in it */
#define SUBSCRIBERS_MAX (1u << 23) /* of a shard: a number and a bit are a subscriber_id */
#define SHARDS_MAX      64         /* one bit a shard in a home's mask of watching shards */
#define PARTITIONS      64         /* slices of the topics by hash; a cluster constant */

/* Trackers of any topic */
#define TRACKED_ENTRIES_MAX 100000 /* of a tracker in a partition: listed in some 50 ms */
#define FETCHED_BYTES_MAX                                                                          \
    4096 /* added to a key's value: a name, a picture's address, a few more                        \
          */

/* Tracker */
#define STREAMS_MAX 1024  /* nodes, the gone ones of 20 minutes with them: 200 that restart */
#define ORIGINS_MAX 65536 /* incarnations that announced what still lives: a number of 16 bits */

/* Nodes */
#define PEERS_MAX                                                                                  \
    256 /* others at once, the silent ones of 20 minutes too; 200 is what one engine is good for   \
         */
#define PAST_NODES_MAX       1024  /* names that are gone, with their latest incarnations: 40 kB */
#define NODE_NAME_BYTES_MAX  64    /* a host's name, or a pod's */
#define NODE_FRAME_BYTES_MAX 65536 /* an engine takes 1 MiB; larger ones hold up what is behind */
#define SECTION_RECORDS_MAX  8192  /* of the usual 9 bytes a frame has 7200; 1.2 MB when read */
#define PULL_BYTES_MAX       (256 * 1024) /* answered to one question: it asks again for the rest */
#define STREAM_NUMBERS       (2 * PARTITIONS) /* of a node: visible entries, and hidden ones */

/* `kith top` */
#define TOP_NODES_MAX     64         /* that it shows at once: more fit on no screen */
#define METRICS_BYTES_MAX (1u << 20) /* of one, as it reads them: with 256 peers 40 kB */

/* `kith bench` */
#define LOAD_USERS_MAX     2000000 /* four bytes and more an edge: beyond it graphs fill memories */
#define LOAD_PROCESSES_MAX 64      /* of 20,000 descriptors each */
#define LOAD_URLS_MAX      16      /* nodes of one cluster */
#define LOAD_PARAMS_MAX    16      /* beside those of the wire */
#define LOAD_PHASES_MAX    16      /* of one run */
#define LOAD_PIDS_MAX      16      /* processes of the servers that are measured */
#define LOAD_NOTE_MAX      900     /* bytes of text in a status: a meta has 1 KiB, with all else */
#define LOAD_WINDOW        100     /* joins under way at once: as many as a server holds up */
#define LOAD_EARLY_BYTES_MAX                                                                       \
    (1024 * 1024) /* diffs that a client holds back until its state: who                           \
                    is told more before it is told nothing of use */
#define LOAD_MESSAGE_BYTES_MAX                                                                     \
    (16u << 20) /* a state of 5000 friends with metas of 1 KiB is 5 MB                             \
                 */

/* The link to other nodes */
#define LINK_URLS_MAX          8   /* servers of one NATS cluster: three are usual */
#define LINK_URL_BYTES_MAX     128 /* of one: few hosts have names of 100 */
#define LINK_BYTES_MAX         NODE_FRAME_BYTES_MAX
#define CLUSTER_NAME_BYTES_MAX 32 /* part of every subject */
#define LINK_OUT_BYTES_MAX                                                                         \
    (1u << 20) /* of a lane, on their way out: above it NATS is slower than we, and what is news   \
                  now is old before it would leave */
#define LINK_IN_BYTES_MAX                                                                          \
    (8u << 20) /* of a lane, read and not taken: above it no more is read, and NATS keeps it, up   \
                  to 64 MB, for 10 s */
#define LINK_LEFT_MAX     4   /* lanes that hang in a resolver or a handshake, each a thread */
#define CLUSTER_CALLS_MAX 256 /* of operators to other nodes, and of theirs to this one: 0.5 MB */
#define PULL_BYTES_S                                                                               \
    (32u << 20) /* answered to nodes that have missed something: a million entries are half of it  \
                 */

/* Time, in ms */
#define HANDSHAKE_MS     10000  /* from accept to a whole request: slow ones are attacks or dead */
#define PING_MS          30000  /* a throttled tab's own heartbeat comes once a minute */
#define TOKEN_LEEWAY_MS  30000  /* how far a JWT issuer's clock may be off */
#define LONGPOLL_MS      10000  /* a poll's wait: proxies and phoenix.js give up later, at 20 s */
#define MESSAGE_MS       120000 /* from a first byte to the last: what is begun holds memory */
#define IDLE_MS          60000  /* without received bytes a socket is dead */
#define WRITE_STALL_MS   30000  /* a socket that takes nothing for this long is dead */
#define SPREAD_WAIT_MS   20     /* a part of an announcement to many, behind what others are told */
#define PLACE_MS         30000  /* a socket that an elder one made room for: dead ones are older */
#define COALESCE_MS      100   /* presence frames under load: below what an eye takes for at once */
#define COALESCE_JOIN_MS 3     /* after a join: in a storm the next one is there by then */
#define GRACE_MS         5000  /* a page reload takes one to three seconds */
#define RESTART_GRACE_MS 30000 /* a restart's reconnect storm is over in 15 s */
#define RESTORE_AGE_MS                                                                             \
    600000 /* saved presence older than this is of another day: an upgrade takes minutes */
#define API_KEPT_MS                                                                                \
    65000 /* between requests of operators: their pools keep connections for a minute, and are     \
             told 60 s, so that no request crosses the end */
#define API_KEPT_TOLD_S 60
#define API_WAIT_MS                                                                                \
    10000 /* for what operators ask: a change waits for the disk and for all shards */
#define LOST_VIEWS_MAX                                                                             \
    4096 /* of a thread: who comes back later than so many others get a full state */
#define LOOP_STALL_MS                                                                              \
    500 /* a thread that stood still so long may have missed what others said in time */
#define CLUSTER_CALL_MS                                                                            \
    2000 /* for another node's answer to what an operator asks: a fifth of what that one waits */
#define CLAIM_WAIT_MS                                                                              \
    250 /* for a node's answer whether a session lives there: a hundred times what it takes */
#define JOIN_WAIT_MS 5000 /* store or homes silent: refuse, and let the client try again */
#define JOINING_MS   5    /* between two looks whether a node knows what the others know */
#define LEAVE_PAUSE_MS                                                                             \
    10 /* a node that leaves closes 100 sockets a second, or as many as its time takes */
#define DRAIN_MS 2000 /* SIGTERM: how long close frames may take to leave */

/* Time of the link to other nodes, in ms */
#define LINK_CONNECT_MS 2000  /* to one address: beyond it another server is the better try */
#define LINK_RETRY_MS   400   /* at most between two tries: half a heartbeat; a 20th at least */
#define LINK_ECHO_MS    1000  /* without a byte from NATS it is asked for one */
#define LINK_SILENT_MS  4000  /* and has so long to send it: before a peer is taken for down */
#define LINK_STUCK_MS   15000 /* a lane that does not turn is replaced: resolvers try for 10 s */
#define LINK_CLOSE_MS   500   /* at the end, to send what is on its way */
#define LINK_AGAIN_MS   60000 /* between two log lines that say the same of a lane */
#define NODES_SAY_MS    60000 /* between two about frames made with another secret */
#define NODES_LINES_MAX 20    /* in a minute, of nodes that come and go: a log is for people */
#define NODES_LOOK_MS   100   /* between two looks which do */

/* The data folder */
#define STORE_COPIES_MAX 2  /* of before a migration: the way back, and the one before */
#define STORE_COPY_DAYS  30 /* then it is no way back any more, and who was erased is in it */

/* A database elsewhere */
#define STORE_CALL_MS      2000  /* one question to it: a join asks two, less than JOIN_WAIT_MS */
#define STORE_COMMAND_MS   60000 /* the same of a command, which moves much at once */
#define STORE_IDLE_MS      5000  /* who is silent in a transaction stands still, and others wait */
#define STORE_RETRY_MS     100   /* lost, it is tried again, each time after twice as long, */
#define STORE_RETRY_MS_MAX 3000  /* but no longer than this, so that its return is soon seen */
#define KNOWN_USERS_MAX    65536 /* whose friends are known while it is lost, of this node's */
#define KNOWN_BYTES_MAX    (32 << 20) /* of them all: 65,536 users with 50 friends of 9 bytes */
#define STORE_LOST_TICK_MS 1000       /* without a question a lost one is looked for */

/* The log of events */
#define EVENTS_WAITING_BYTES_MAX                                                                   \
    (64u << 20) /* of changes that a store which fails has not kept: some 150,000. Where newer     \
                   ones have taken the place of elder ones, these take as much again */
#define EVENTS_SHARES       4096       /* users of one are those whose ids hash alike, */
#define EVENTS_SHARE_MAX    2000       /* of whose changes so many wait: a 70th of all */
#define EVENTS_PER_COMMIT   500        /* changes: some 15 ms, and then others' turn comes */
#define EVENTS_FORGET_MAX   1000       /* at once: some 10 ms */
#define EVENTS_PAGE         1000       /* of one answer */
#define EVENTS_ANSWER_BYTES (1u << 20) /* of it, and the last event: others' turn comes */

#define EVENTS_ENDINGS_MAX 64 /* nodes that died lately; others are found to be stale */
#define STORE_STALE_S                                                                              \
    60 /* a node that has not been at the database for so long has no sessions                     \
        */

/* Their delivery */
#define HOOK_BATCH_MAX    1000         /* events at once: a body of some 500 kB */
#define HOOK_BODY_BYTES   (256u << 10) /* of it, and the last event */
#define HOOK_ANSWER_BYTES 65536        /* of an answer, which nobody reads */
#define HOOK_LEASE_MS     10000 /* a node delivers for all, and another when it has been silent */

/* The application's own tables */
#define SOURCE_ANSWER_BYTES (4u << 20) /* over HTTP: twice 5001 ids of 128 bytes, each escaped */
#define FRESH_MAX           32768      /* users whose edges need not be read again: 1 MB */
#define SOURCE_EDGES_MAX                                                                           \
    (WATCHES_MAX + 1)             /* of one user: what a session reads, and whether there is more */
#define SOURCE_CONNECTIONS_MAX 16 /* each a thread here and a process there */
#define SOURCE_WANTS_MAX       16384 /* users who are to be read: some seconds' work, 4 MB */
#define SOURCE_HINT_IDS_MAX    1000  /* told on at once, of those whose edges have changed */
#define SOURCE_PAGE            256   /* users of one step of a sweep: more would hold up hints */
#define SOURCE_LOST_TICK_MS    500   /* lost, it is looked for */
#define SOURCE_SAY_MS          60000 /* between two log lines about lists that cannot be read */

#define CHANGES_KEPT_S 3600 /* a node that was away for longer begins anew */
