/* tests/spin/feed.pml -- the two-part cursor of a filtered feed: a home numbers the changes of its
 * users, a watcher numbers the users it takes interest in, and is sent what changed of those alone.
 * What was sent is delivered any number of times, in any order, or never; so is the interest.
 * Holds: at the watcher's cursor (c, k), of every user that it took interest in by k, and that
 * changed last by c, the watcher has what the home has.
 * planted: ONE_PART NO_BASE_CHECK NOT_PER_USER
 */
#define USERS 2
#define CHANGES 2
#ifdef QUICK
#define MESSAGES 3
#else
#define MESSAGES 4
#endif

/* At the home: each user's latest change, and how far it knows the watcher's interest. */
byte change;
byte changed[USERS];
byte interest_known;

/* At the watcher: which number its interest in a user has, 0: none; and what it has. */
byte interest;
byte interested[USERS];
byte held[USERS];
byte c, k;

/* A feed: (base, last] of the changes, (from, upto] of the interest; 0: no record of the user. */
byte count;
byte base[MESSAGES], last[MESSAGES], from[MESSAGES], upto[MESSAGES];
byte record[MESSAGES * USERS];
bool is_in[MESSAGES * USERS];
#define IN(message, user) ((message) * USERS + (user))

/* What may be left out, to see that it is found. */
#ifdef ONE_PART
#define KNOWS_INTEREST(message) true
#else
#define KNOWS_INTEREST(message) (from[message] <= k)
#endif
#ifdef NO_BASE_CHECK
#define KNOWS_CHANGES(message) true
#else
#define KNOWS_CHANGES(message) (base[message] <= c)
#endif
#ifdef NOT_PER_USER
#define IS_NEWER(message, user) true
#else
#define IS_NEWER(message, user) (record[IN(message, user)] >= held[user])
#endif

byte user, message, a, b; /* of one step, and 0 between steps */

inline rest()
{
    user = 0;
    message = 0;
    a = 0;
    b = 0;
}

inline user_changes()
{
    atomic {
        change < CHANGES;
        select(user : 0 .. USERS - 1);
        change++;
        changed[user] = change;
        rest();
    }
}

inline take_interest()
{
    atomic {
        interest < USERS;
        select(user : 0 .. USERS - 1);
        interested[user] == 0;
        interest++;
        interested[user] = interest;
        rest();
    }
}

/* Since whatever the home thinks that the watcher has. */
inline feed()
{
    atomic {
        count < MESSAGES;
        select(a : 0 .. change);
        select(b : 0 .. interest_known);
        d_step {
            base[count] = a;
            from[count] = b;
            last[count] = change;
            upto[count] = interest_known;
            user = 0;
            do
            :: user < USERS ->
                if
                :: interested[user] > 0 && interested[user] <= interest_known &&
                   (changed[user] > a || interested[user] > b) ->
                    record[IN(count, user)] = changed[user];
                    is_in[IN(count, user)] = true
                :: else
                fi;
                user++
            :: else -> break
            od;
            count++;
            rest();
        }
    }
}

inline apply()
{
    atomic {
        count > 0;
        select(message : 0 .. count - 1);
        KNOWS_CHANGES(message) && KNOWS_INTEREST(message);
        d_step {
            user = 0;
            do
            :: user < USERS ->
                if
                :: is_in[IN(message, user)] && IS_NEWER(message, user) ->
                    held[user] = record[IN(message, user)]
                :: else
                fi;
                user++
            :: else -> break
            od;
            if
            :: last[message] > c -> c = last[message]
            :: else
            fi;
            if
            :: upto[message] > k -> k = upto[message]
            :: else
            fi;
            user = 0;
            do
            :: user < USERS ->
                assert(interested[user] == 0 || interested[user] > k || changed[user] > c ||
                       held[user] == changed[user]);
                user++
            :: else -> break
            od;
            rest();
        }
    }
}

active proctype world()
{
end_any:
    do
    :: user_changes()
    :: take_interest()
    :: atomic { interest_known < interest -> interest_known++ }
    :: feed()
    :: apply()
    od
}
