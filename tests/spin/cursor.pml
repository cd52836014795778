/* tests/spin/cursor.pml -- the cursor of docs/tracker.md: an origin, a relay and a replica, and a
 * network that delivers whatever was ever sent, any number of times, in any order, or never.
 * Holds: for every slot whose last change at the origin is not behind a cursor, the replica's slot
 * is as the origin's.
 * planted: NO_BASE_CHECK NO_TOMBSTONES
 */
#define SLOTS 2
#define MESSAGES 4
#ifdef QUICK
#define CHANGES 3
#else
#define CHANGES 4
#endif
#define NODES   3 /* the origin, a relay, a replica */
#define ORIGIN  0
#define RELAY   1
#define REPLICA 2

byte cursor[NODES];      /* the origin's: its latest change */
byte last[NODES * SLOTS]; /* the change that a slot is known by; 0: none yet */
bool held[NODES * SLOTS];
#define AT(node, slot) ((node) * SLOTS + (slot))

/* Sections. A record whose change is 0 is none. */
byte count;
byte base[MESSAGES], upto[MESSAGES];
byte record[MESSAGES * SLOTS];
bool record_held[MESSAGES * SLOTS];
#define IN(message, slot) ((message) * SLOTS + (slot))

/* What may be left out, to see that it is found. */
#ifdef NO_BASE_CHECK
#define NO_GAP(message, node) true
#else
#define NO_GAP(message, node) (base[message] <= cursor[node])
#endif
#ifdef NO_TOMBSTONES
#define IS_SENT(node, slot) held[AT(node, slot)]
#else
#define IS_SENT(node, slot) true
#endif

byte slot, message, who, from, to; /* of one step, and 0 between steps */
bool filled;

/* What the origin puts into a slot, or takes out, under the next number. */
inline change()
{
    atomic {
        cursor[ORIGIN] < CHANGES;
        if /* the first one goes to the first slot: they are alike */
        :: cursor[ORIGIN] > 0 -> select(slot : 0 .. SLOTS - 1)
        :: else
        fi;
        if
        :: filled = true
        :: held[AT(ORIGIN, slot)] -> filled = false
        fi;
        d_step {
            cursor[ORIGIN]++;
            last[AT(ORIGIN, slot)] = cursor[ORIGIN];
            held[AT(ORIGIN, slot)] = filled;
            filled = false;
            slot = 0;
        }
    }
}

/* All that it knows to have changed last in (from, to]. */
inline cut(node)
{
    atomic {
        count < MESSAGES && cursor[node] > 0;
        select(to : 1 .. cursor[node]);
        select(from : 0 .. to - 1);
        d_step {
            base[count] = from;
            upto[count] = to;
            slot = 0;
            do
            :: slot < SLOTS ->
                if
                :: last[AT(node, slot)] > from && last[AT(node, slot)] <= to &&
                   IS_SENT(node, slot) ->
                    record[IN(count, slot)] = last[AT(node, slot)];
                    record_held[IN(count, slot)] = held[AT(node, slot)]
                :: else
                fi;
                slot++
            :: else -> break
            od;
            count++;
            from = 0; to = 0; slot = 0;
        }
    }
}

inline apply(node)
{
    atomic {
        count > 0;
        select(message : 0 .. count - 1);
        d_step {
            if
            :: upto[message] > cursor[node] && NO_GAP(message, node) ->
                slot = 0;
                do
                :: slot < SLOTS ->
                    if
                    :: record[IN(message, slot)] > last[AT(node, slot)] ->
                        last[AT(node, slot)] = record[IN(message, slot)];
                        held[AT(node, slot)] = record_held[IN(message, slot)]
                    :: else
                    fi;
                    slot++
                :: else -> break
                od;
                cursor[node] = upto[message]
            :: else
            fi;
            message = 0; slot = 0;
        }
    }
}

inline check()
{
    d_step {
        who = RELAY;
        do
        :: who < NODES ->
            slot = 0;
            do
            :: slot < SLOTS ->
                assert(last[AT(ORIGIN, slot)] > cursor[who] ||
                       held[AT(who, slot)] == held[AT(ORIGIN, slot)]);
                assert(last[AT(ORIGIN, slot)] > cursor[who] || !held[AT(who, slot)] ||
                       last[AT(who, slot)] == last[AT(ORIGIN, slot)]);
                slot++
            :: else -> break
            od;
            who++
        :: else -> break
        od;
        who = 0; slot = 0;
    }
}

active proctype world()
{
end_any:
    do
    :: change()
    :: cut(ORIGIN)
    :: cut(RELAY)
    :: apply(RELAY); check()
    :: apply(REPLICA); check()
    od
}
