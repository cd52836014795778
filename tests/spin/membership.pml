/* tests/spin/membership.pml -- the runs of one node's name, and peers that hear of them. A run
 * may be started while another one lives, and may crash at any time; whatever was ever said is
 * heard by anybody, any number of times, in any order, or never.
 * Holds: at a peer an earlier run never replaces a later one, and only a run that was up replaces
 * any; once the peers have heard all, whoever was replaced has stopped, and unless some crashed,
 * somebody is left.
 * planted: NO_ORDER JOINERS_REPLACE BOTH_ANSWER NOBODY_IS_TOLD
 */
#ifdef QUICK
#define RUNS  3
#define PEERS 2
#else /* more runs; peers do not speak to each other */
#define RUNS  4
#define PEERS 1
#endif

/* Numbered from 1, as they are started: a later one's incarnation is greater. */
#define NEW     0
#define JOINING 1
#define UP      2
#define ENDED   3

byte state[RUNS + 1];
byte started, crashed;
byte known[PEERS]; /* the run that a peer believes in; 0: none */

/* What was said once can be heard for ever. */
bool says_joining[RUNS + 1], says_up[RUNS + 1];
bool answered[RUNS + 1]; /* to a run that joins: somebody of its name lives */
byte stale[RUNS + 1];    /* to a run: the greatest that it was told of; 0: none */

bool quiet; /* nothing happens any more but that what was said is heard */

#define LIVES(it) (state[it] == JOINING || state[it] == UP)

#ifdef NO_ORDER
#define IS_LATER(it, peer) (it != known[peer])
#else
#define IS_LATER(it, peer) (it > known[peer])
#endif
#ifdef JOINERS_REPLACE
#define MAY_REPLACE(it) (says_up[it] || says_joining[it])
#else
#define MAY_REPLACE(it) says_up[it]
#endif
#ifdef BOTH_ANSWER
#define IS_FIRST(it, other) true
#else
#define IS_FIRST(it, other) (other > it || state[it] == UP)
#endif
#ifdef NOBODY_IS_TOLD
#define TELLS false
#else
#define TELLS true
#endif

byte it, other, peer, alive; /* of one step, and 0 between steps */

inline tell(old, latest)
{
    if
    :: latest > stale[old] -> stale[old] = latest
    :: else
    fi
}

inline rest()
{
    it = 0;
    other = 0;
    peer = 0;
}

inline live()
{
    if
    :: started < RUNS -> d_step {
            started++;
            state[started] = JOINING;
            says_joining[started] = true;
        }
    :: atomic {
            started > 0;
            select(it : 1 .. started);
            if
            :: state[it] == JOINING -> state[it] = UP; says_up[it] = true
            :: LIVES(it) -> state[it] = ENDED; crashed++
            :: else
            fi;
            rest();
        }
    fi
}

/* A peer hears a run; or of one too old, and says so. */
#define CAN_COME(r, p) (MAY_REPLACE(r) && IS_LATER(r, p))
#define CAN_TELL(r, p) (TELLS && says_joining[r] && r < known[p] && stale[r] < known[p])
inline peer_hears(r, p)
{
    if
    :: CAN_COME(r, p) -> d_step {
            assert(r > known[p]);
            assert(says_up[r]);
            known[p] = r;
        }
    :: CAN_TELL(r, p) -> d_step { tell(r, known[p]); }
    fi
}

/* A run hears another one of its name. */
#define CAN_ANSWER(r, o) (LIVES(r) && r != o && says_joining[o] && IS_FIRST(r, o) && !answered[o])
#define CAN_BE_REPLACED(r, o) (LIVES(r) && says_up[o] && o > r)
#define CAN_WARN(r, o) (TELLS && state[r] == UP && says_up[o] && o < r && stale[o] < r)
inline run_hears(r, o)
{
    if
    :: CAN_ANSWER(r, o) -> answered[o] = true
    :: CAN_BE_REPLACED(r, o) -> state[r] = ENDED
    :: CAN_WARN(r, o) -> d_step { tell(o, r); }
    fi
}

/* A run hears what is said to it alone. */
#define CAN_FIND_TAKEN(r) (state[r] == JOINING && answered[r])
#define CAN_BE_STALE(r) (LIVES(r) && stale[r] > r)
inline run_is_told(r)
{
    if
    :: CAN_FIND_TAKEN(r) -> state[r] = ENDED
    :: CAN_BE_STALE(r) -> d_step {
            assert(says_up[stale[r]]);
            state[r] = ENDED;
        }
    fi
}

inline hear()
{
    atomic {
        select(it : 1 .. RUNS);
        if
        :: select(peer : 0 .. PEERS - 1);
            CAN_COME(it, peer) || CAN_TELL(it, peer);
            peer_hears(it, peer)
        :: select(other : 1 .. RUNS);
            CAN_ANSWER(it, other) || CAN_BE_REPLACED(it, other) || CAN_WARN(it, other);
            run_hears(it, other)
        :: CAN_FIND_TAKEN(it) || CAN_BE_STALE(it);
            run_is_told(it)
        fi;
        rest();
    }
}

/* The peers have heard all that was said, and the runs what they were told. They need not have
 * heard each other: a link between two may be cut for good. */
inline is_all_heard()
{
    d_step {
        it = 1;
        do
        :: it <= RUNS ->
            peer = 0;
            do
            :: peer < PEERS ->
                if
                :: CAN_COME(it, peer) || CAN_TELL(it, peer) -> alive = 99
                :: else
                fi;
                peer++
            :: else -> break
            od;
            if
            :: CAN_FIND_TAKEN(it) || CAN_BE_STALE(it) -> alive = 99
            :: else
            fi;
            it++
        :: else -> break
        od;
        rest();
    }
}

inline judge()
{
    d_step {
        it = 1;
        do
        :: it <= RUNS ->
            alive = alive + LIVES(it);
            other = it + 1;
            do
            :: other <= RUNS ->
                assert(!(LIVES(it) && says_up[other]));
                other++
            :: else -> break
            od;
            it++
        :: else -> break
        od;
        assert(alive > 0 || crashed > 0 || started == 0);
        alive = 0;
        rest();
    }
}

active proctype world()
{
end_any:
    do
    :: !quiet -> live()
    :: !quiet -> hear()
    :: !quiet -> quiet = true
    :: quiet -> hear()
    :: quiet ->
        atomic {
            is_all_heard();
            if
            :: alive == 0 -> judge(); break
            :: else -> alive = 0; false
            fi
        }
    od
}
