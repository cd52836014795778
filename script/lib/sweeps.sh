# script/lib/sweeps.sh -- what a delivery, a join and a user cost while one thing grows: runs of
# build/bench/serve, a table of each, and plots. Sourced, after deps.sh and plots.sh.

# figure FILE NAME: its median, in the JSON of a run.
figure() {
    awk -v name="\"name\":\"$2\"," 'index($0, name) {
        sub(/.*"median":/, "")
        sub(/[,}].*/, "")
        print
        any = 1
        exit
    }
    END { exit !any }' "$1" || die 1 "$1 has no figure called $2"
}

# The columns of a row; a bare one is the limit of the one before it:
#   2 3   CPU of a delivery; of one send by a loop that does nothing else, at the same pace
#   4 5   CPU of a join; of the sends that it needs: to half of the friends, who are online on the
#         average, and a reply and a state
#   6 7   memory of a user; of four bytes for each friend
#   8 to 10  how late a delivery is; when the bare loop is with the last of the friends
row() { # row FILE X FRIENDS RATE
    bare=$(figure "$1" "R = $4: bare loop, CPU for each send")
    printf '%s\t%s\t%s\t%s' "$2" "$(figure "$1" "R = $4: CPU for each delivery")" "$bare" \
        "$(figure "$1" 'join storm: CPU for each join')"
    awk "BEGIN { printf \"\t%g\", ($3 / 2 + 2) * $bare / 1000 }"
    printf '\t%s\t%s' "$(figure "$1" "RSS of a joined user with $3 friends")" $(($3 * 4))
    printf '\t%s\t%s' "$(figure "$1" "R = $4: latency, p50")" "$(figure "$1" "R = $4: latency, p99")"
    awk "BEGIN { printf \"\t%g\n\", $3 * $bare / 1000 }"
}

# Those of so many columns of rows, as Markdown; three digits are as much as a run knows.
rows_table() { # rows_table DATA X COLUMN...
    rows=$1 x=$2
    shift 2
    awk -F '\t' -v x="$x" -v columns="1 $*" '
        function number(v) { return v >= 100 ? sprintf("%.0f", v) : v >= 10 ? sprintf("%.1f", v) : sprintf("%.3g", v) }
        BEGIN {
            split("|delivery, µs|bare send, µs|join, ms|bare join, ms|user, B|bare edges, B|latency p50, ms|p99, ms|bare last send, ms", name, "|")
            name[1] = x
            n = split(columns, column, " ")
            for (i = 1; i <= n; i++) printf "| %s ", name[column[i]]
            printf "|\n"
            for (i = 1; i <= n; i++) printf "|---:"
            printf "|\n"
        }
        {
            printf "| %s ", $1
            for (i = 2; i <= n; i++) printf "| %s ", number($column[i])
            printf "|\n"
        }' "$rows"
}

# The plots of one sweep: which columns are lines, and what they are called. A scale is linear where x
# alone grows by factors, else log.
plot_delivery() { # plot_delivery DATA TITLE X SCALE FILE
    plot_lines "$1" "CPU for each delivery, against $2" "$3" 'µs' "$4" "$5" 2:'kith serve' 3:'bare loop: one send'
}
plot_joins() {
    plot_lines "$1" "CPU for each join while all join, against $2" "$3" 'ms' "$4" "$5" 4:'kith serve' 5:'bare loop: its sends'
}
plot_memory() {
    plot_lines "$1" "Resident memory for each user, against $2" "$3" 'B' "$4" "$5" 6:'kith serve' 7:'bare: 4 B a friend'
}
plot_latency() {
    plot_lines "$1" "From a status change to a friend, against $2" "$3" 'ms' "$4" "$5" 8:'median' 9:'p99' 10:'bare loop: the last friend'
}

# measure FILE OPTION...: with SERVE, several short rounds.
measure() {
    file=$1
    shift
    printf 'sweep: %s\n' "$*" >&2
    "$serve" --json --scenes flips --rounds 3 --seconds 1 "$@" >"$file"
}

sweep_users() {
    for users in $sweep_users; do
        measure "$data.json" --users "$users" --friends 100 --rates 100
        row "$data.json" "$users" 100 100
    done >"$data"
    printf '### Users\n\n100 friends each, 100 status changes a second, one worker.\n\n'
    rows_table "$data" users 2 3 4 5 6 7
    plot_delivery "$data" users users linear "$images/bench-users-delivery.svg"
    plot_joins "$data" users users linear "$images/bench-users-join.svg"
    plot_memory "$data" users users linear "$images/bench-users-memory.svg"
    pictures users delivery join memory
}

# As many deliveries a second each time.
sweep_friends() {
    for friends in $sweep_friends; do
        rate=$((5000 / friends))
        measure "$data.json" --users 2000 --friends "$friends" --rates $rate
        row "$data.json" "$friends" "$friends" $rate
    done >"$data"
    printf '### Friends\n\n2,000 users, 5,000 deliveries a second, one worker.\n\n'
    rows_table "$data" friends 2 3 4 5 6 7
    plot_delivery "$data" 'friends of a user' 'friends of each user' linear "$images/bench-friends-delivery.svg"
    plot_joins "$data" 'friends of a user' 'friends of each user' log "$images/bench-friends-join.svg"
    plot_memory "$data" 'friends of a user' 'friends of each user' log "$images/bench-friends-memory.svg"
    pictures friends delivery join memory
}

sweep_rates() {
    measure "$data.json" --users 2000 --friends 50 --rates "$(printf '%s' "$sweep_rates" | tr ' ' ,)"
    for rate in $sweep_rates; do row "$data.json" "$rate" 50 "$rate"; done >"$data"
    printf '### Status changes a second\n\n2,000 users of 50 friends: a rate of 100 is 5,000 deliveries a second. One worker.\n\n'
    rows_table "$data" 'changes/s' 2 3 8 9 10
    plot_delivery "$data" 'status changes a second' 'status changes a second' linear "$images/bench-rates-delivery.svg"
    plot_latency "$data" 'status changes a second' 'status changes a second' log "$images/bench-rates-latency.svg"
    pictures rates delivery latency
}

sweep_workers() {
    for workers in $sweep_workers; do
        measure "$data.json" --users 4000 --friends 100 --rates 100 --workers "$workers"
        row "$data.json" "$workers" 100 100
    done >"$data"
    printf '### Threads of the server\n\n4,000 users of 100 friends, 100 status changes a second. More than one worker are on any core, the generator beside them.\n\n'
    rows_table "$data" workers 2 3 4 5 8 9 10
    plot_delivery "$data" 'threads of the server' workers linear "$images/bench-workers-delivery.svg"
    plot_joins "$data" 'threads of the server' workers linear "$images/bench-workers-join.svg"
    pictures workers delivery join
}

pictures() { # pictures SWEEP NAME...
    echo
    sweep=$1
    shift
    for name; do printf '![%s, against %s](images/bench-%s-%s.svg)\n' "$name" "$sweep" "$sweep" "$name"; done
    echo
}

# sweeps SERVE SCRATCH IMAGES: all of them, or those of $SWEEPS; Markdown.
sweeps() {
    serve=$1 data=$2/sweep images=$3
    sweep_users='1000 2000 4000 8000 16000' sweep_friends='10 30 100 300 1000'
    sweep_rates='10 30 100 300 1000 2000' sweep_workers='1 2'
    for sweep in ${SWEEPS:-users friends rates workers}; do sweep_"$sweep"; done
}
