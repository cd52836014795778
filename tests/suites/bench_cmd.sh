#!/bin/sh
# tests/suites/bench_cmd.sh -- `kith bench` against real servers: of one in order it finds nothing wrong,
# and of each that is not it finds what is. KITH=path of the program, build/kith if not said.
set -u
# runs long
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
house=$PWD
KITH=${KITH:-$house/build/kith}
[ -x "$KITH" ] || { echo "no program at $KITH: run script/build" && exit 77; }
scratch=$(mktemp -d)
server=
at_end 'end_begun; rm -rf "$scratch"'
cd "$scratch" || exit 1
. "$house/tests/lib/terminal.sh"

# serve GRAPH OPTION...: a server that has this graph; $url is where it is.
serve() {
    stop
    rm -rf data ready
    "$KITH" graph import "$1" --data data >/dev/null 2>err || cat err
    shift
    "$KITH" serve --data data --listen 127.0.0.1:0 --api 127.0.0.1:0 --workers 2 "$@" >ready 2>serve.err &
    server=$!
    within 20 grep -qs '^ready' ready || cat serve.err
    url=$(sed -n 's|^ready \(ws://[^ ]*\) .*|\1|p' ready)
}
stop() {
    [ -z "$server" ] || { kill -9 "$server" && wait "$server"; } 2>/dev/null
    server=
    rm -f ready # or it would be taken for the next one's before that has begun
}
bench() { "$KITH" bench "$url" --users 200 --graph friends:20 --seconds 1 --grace-ms 1000 "$@"; }
# figure NAME: the numbers of this name in the JSON, one a line.
figure() { grep -o "\"$1\":[0-9.]*" out | cut -d : -f 2; }
in_order() { [ "$({ figure early && figure repeats; } | sort -u)" = 0 ]; }
as_due() { [ "$(figure due)" = "$(figure met)" ] && [ "$(figure due | awk '{ n += $1 } END { print (n > 0) }')" = 1 ]; }

echo '# the graph'
expect 'a graph, as kith graph import takes it' 0 '^1 [0-9]+$' '' "$KITH" bench graph --users 200 --graph friends:20
cp out graph.txt
expect 'is the same each time' 0 '*' '' "$KITH" bench graph --users 200 --graph friends:20
cmp -s out graph.txt && ok 'byte for byte' || not_ok 'byte for byte' 'it is not'
expect 'one where all have as many friends' 0 '^200 [0-9]+$' '' "$KITH" bench graph --users 200 --graph regular:20
[ "$(cut -d ' ' -f 1 out | uniq -c | awk '{ print $1 }' | uniq)" = 20 ] && ok 'has that many of each' || not_ok 'has that many of each' 'it has not'
expect 'and another with another seed' 0 '*' '' "$KITH" bench graph --users 200 --graph friends:20 --seed 2
cmp -s out graph.txt && not_ok 'which it is' 'it is not' || ok 'which it is'
expect 'ids begin where they are to' 0 '^1000000 1000001$' '' "$KITH" bench graph --users 10 --graph ring:2 --first-id 1000000
expect 'followers' 0 '^[0-9]+ 1$' '' "$KITH" bench graph --users 200 --graph follow
expect 'a graph that the users are too few for' 64 '' 'ring:20 needs more than --users 20' "$KITH" bench graph --users 20 --graph ring:20
expect 'a full disk under it' 74 '*' 'cannot write' sh -c "'$KITH' bench graph --users 2000 >/dev/full"

echo '# a server in order'
serve graph.txt --auth none --set presence.grace_s=1
expect 'nothing is wrong' 0 '^nothing wrong$' '' bench --phases storm,hold,steady,churn,drop,steady --churn-rate 20 --server-pid "$server"
for line in 'storm, ' 'hold, ' 'steady, ' 'churn, ' 'drop, ' '  join: to the state ' '  status: to each friend ' \
    '  leave: beyond grace ' "  server's CPU a join " "  server's CPU a delivery " "  server's memory a user "; do
    grep -q "^$line" out && ok "it prints: $line" || not_ok "it prints: $line" 'it does not'
done
expect 'in several processes, on user:<id>' 0 '"wrong":0}$' '' bench --phases storm,steady,drop --processes 3 --topic user --json
as_due && ok 'all that was due was told' || not_ok 'all that was due was told' 'it was not'
in_order && ok 'nothing before a state, and nothing twice' || not_ok 'nothing before a state, and nothing twice' 'it was not'
expect 'to clients that hold back what comes before their state' 0 '"wrong":0}$' '' bench --phases storm,churn --churn-rate 20 --hold --json
as_due && in_order && ok 'likewise' || not_ok 'likewise' 'it was not'
expect 'in version 1 of the wire' 0 '"wrong":0}$' '' bench --vsn 1.0.0 --json
as_due && ok 'all that was due was told there' || not_ok 'all that was due was told there' 'it was not'
expect 'with its own graph' 0 '"graph":"file:graph\.txt"' '' bench --graph file:graph.txt --json
as_due && ok 'and told there, too' || not_ok 'and told there, too' 'it was not'
expect 'with parameters of its own' 0 '^nothing wrong$' '' bench --phases storm --param 'note=of %u' --param empty=
expect 'who is only connected has memory, too, and joins after that' 0 '^nothing wrong$' '' bench --phases open,storm --server-pid "$server"
for line in 'open, ' '  connect: to the upgrade ' '  connects ' '  server.s memory a user '; do
    grep -q "^$line" out && ok "it prints: $line" || not_ok "it prints: $line" 'it does not'
done
expect 'without heartbeats, with notes in the statuses' 0 '^nothing wrong$' '' bench --heartbeat 0 --note 300
grep -Eq '^  bytes a frame +[5-9][0-9][0-9]$' out && ok 'which are in the frames' || not_ok 'which are in the frames' 'they are not'
expect 'clients that read nothing, and read again' 0 '^nothing wrong$' '' bench --phases storm,steady,drop,read,steady --stalled 20
grep -q '^read, ' out && ok 'and know what is true' || not_ok 'and know what is true' 'there is no such phase'
expect 'as far as it goes' 0 '"name":"ramp".*"ramp":{"rate":[1-9][0-9.]*,"end":"(late|lost|generator_limit)","end_rate":[0-9]' '' \
    bench --phases ramp --rate 200 --seconds 0.3 --json
expect 'at a pace' 0 '^nothing wrong$' '' bench --phases storm --connect-rate 400
"$KITH" bench "$url" --users 200 --graph friends:20 --grace-ms 1000 --seconds 60 >out 2>err &
running=$!
sleep 2
kill -TERM $running # as Ctrl-C, which a shell lets its jobs ignore
wait $running
code=$?
[ $code -eq 130 ] && grep -Eq '^(storm|steady) \(interrupted\)' out && ok 'Ctrl-C ends it, and what was measured is printed' ||
    not_ok 'Ctrl-C ends it, and what was measured is printed' "exit code $code"
"$KITH" bench "$url" --users 200 --graph friends:20 --grace-ms 1000 --seconds 60 --processes 2 >out 2>err &
running=$!
within 10 pgrep -P $running >/dev/null
sleep 1
kill -9 "$(pgrep -P $running | head -n 1)"
wait $running
code=$?
[ $code -eq 69 ] && grep -q 'a process of the load has ended' err && ok 'one of its processes is killed: it says so' ||
    not_ok 'one of its processes is killed: it says so' "exit code $code"
pgrep -P $running >/dev/null && not_ok 'and no process stays' 'one does' || ok 'and no process stays'

echo '# one that is not'
"$KITH" bench graph --users 200 --graph friends:20 --seed 2 >other.txt
serve other.txt --auth none --set presence.grace_s=1
expect 'a server with another graph' 1 '^ +[0-9]+ LEAKS' '' bench
grep -Eq '^ +[0-9]+ MISSING' out && grep -Eq '^[0-9]+ wrong$' out && ok 'which shows too few as well' || not_ok 'which shows too few as well' 'it does not'
expect 'also where users only had to be there' 1 '^storm, ' '' bench --phases hold
serve graph.txt --auth none --set presence.grace_s=0.2
expect 'a server whose grace is shorter than it says' 1 '^ +[0-9]+ FLAPS' '' bench --phases churn --churn-rate 20 --grace-ms 1600
"$KITH" bench "$url" --users 200 --graph friends:20 --grace-ms 1000 --seconds 60 >out 2>err &
running=$!
sleep 2
kill -9 "$server"
wait $running
code=$?
[ $code -eq 1 ] && grep -Eq '^ +200 CLOSED' out && ok 'a server that is gone' || not_ok 'a server that is gone' "exit code $code"
server=
serve graph.txt --auth none --set presence.grace_s=1
"$KITH" bench "$url" --users 200 --graph friends:20 --grace-ms 1000 --seconds 2 --phases steady,steady,drop --server-pid "$server" >out 2>err &
running=$!
sleep 4 # the second steady is under way, or the first still is
kill -9 "$server"
wait $running
code=$?
[ $code -eq 69 ] && grep -q '^kith bench: the server has ended' err && ok 'one that is measured, and gone before the last phase' ||
    not_ok 'one that is measured, and gone before the last phase' "exit code $code"
grep -Eq '^ +200 CLOSED' out && grep -Eq "^  server's CPU +not known" out && ok 'and what was measured is printed' ||
    not_ok 'and what was measured is printed' 'it is not'
server=
expect 'nobody there' 69 '' "^kith bench: cannot connect to ${url%/socket*}: Connection refused; is the server running" bench
expect 'no such host' 68 '' '^kith bench: ws://kith\.invalid:4000: .*check the name' "$KITH" bench ws://kith.invalid:4000/socket --users 2

echo '# a server that never ceases to send'
stop
node -e '
const pongs = Buffer.alloc(1 << 20, Buffer.from([0x8a, 0]));
require("net").createServer((c) => {
    const go = () => { while (c.write(pongs)); };
    c.on("error", () => {}).on("drain", go);
    c.once("data", () => { c.write("HTTP/1.1 101 so be it\r\n\r\n"); go(); });
}).listen(0, "127.0.0.1", function () { console.log(`ready ws://127.0.0.1:${this.address().port}/socket so`); });' >ready &
server=$!
within 20 grep -qs '^ready' ready
expect 'keeps nobody from ending what drives it' 124 '*' '*' timeout -k 60 1 "$KITH" bench "$(sed -n 's|^ready \(ws://[^ ]*\) .*|\1|p' ready)" --users 4 --graph ring:2
stop

echo '# tokens'
secret=0123456789abcdef0123456789abcdef
echo $secret >secret
printf '[token main]\nkind = jwt\nalg = HS256\nsecret = %s\n' $secret >kith.conf && chmod 600 kith.conf
serve graph.txt --config kith.conf --set presence.grace_s=1
expect 'a server that wants tokens' 69 '' '^kith bench: the server refuses all: 403; .*--token-secret' bench
expect 'gets them' 0 '^nothing wrong$' '' bench --token-secret secret
expect 'a secret that is too short' 65 '' '^kith bench: --token-secret: ' sh -c "echo short >short; '$KITH' bench '$url' --token-secret short"
expect 'no secret' 66 '' '^kith bench: --token-secret: none: ' bench --token-secret none
stop

echo '# descriptors'
serve graph.txt --auth none --set presence.grace_s=1
expect 'too few for one process' 71 '' '200 users in 1 processes need 232 descriptors each, and there are 64: say --processes 7, or .*ulimit -n 232' \
    sh -c "ulimit -n 64; '$KITH' bench '$url' --users 200 --processes 1"
expect 'for any number' 71 '' 'raise the limit with ulimit -n' sh -c "ulimit -n 64; '$KITH' bench '$url' --users 100000 --graph ring:2"
expect 'as many processes as they require' 0 '^200 users, .* 7 processes$' '' \
    sh -c "ulimit -n 64; '$KITH' bench '$url' --users 200 --graph friends:20 --seconds 0.5"

echo '# the command line'
"$KITH" bench --help >out
awk '/^[^ ]/ && last ~ /^  / && last !~ /^  or:/ || /^ +$/ { print last; print } { last = $0 }' out >torn
[ -s torn ] && not_ok 'no line of the help is torn, so that examples can be copied' "$(cat torn)" || ok 'no line of the help is torn, so that examples can be copied'
for wrong in '--graph regular:3' '--stalled -1' '--note 901' '--heartbeat x' '--phases storm,open' '--users 1' '--users x' '--graph ring:3' '--graph rings' '--graph file:' '--rate 0' '--seconds 0' '--window 0' '--drop 0' \
    '--grace-ms -1' '--topic lobby' '--vsn 3.0.0' '--param x' '--server-pid x' '--processes 0' '--phases strom' '--phases steady,storm'; do
    expect "$wrong" 64 '' '^kith bench: ' "$KITH" bench "$url" $wrong
done
expect 'no URL' 64 '' 'which server\? Say ws://' "$KITH" bench
expect 'a URL that is none' 64 '' 'will not do: write ws://HOST:PORT/socket' "$KITH" bench ftp://127.0.0.1/socket
expect 'a graph and a URL' 64 '' 'one argument too many' "$KITH" bench graph "$url"
expect 'no such process' 64 '' 'there is no process 4194304; say the server' bench --server-pid 4194304
expect 'no such file' 66 '' '^kith bench: none: ' bench --graph file:none
echo 'a b c' >bad.txt
expect 'a file that is no graph' 65 '' '^kith bench: bad\.txt: line 1: ' bench --graph file:bad.txt
head -n 1 graph.txt | awk '{ print $1, $2; print $2, $1 }' >small.txt
serve small.txt --auth none
expect 'one friendship is a graph' 0 '"users":2,"graph":"file:small\.txt","edges":2,' '' bench --graph file:small.txt --phases storm --json

stop
conclude
