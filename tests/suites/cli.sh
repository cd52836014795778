#!/bin/sh
# tests/suites/cli.sh -- the program at the terminal: every command, and every error with its exit
# code and its advice. KITH=path of the program, build/kith if not said.
set -u
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
house=$PWD
KITH=${KITH:-$house/build/kith}
[ -x "$KITH" ] || { echo "no program at $KITH: run script/build" && exit 77; }
scratch=$(mktemp -d)
at_end 'end_begun; chmod -R u+rwx "$scratch"; rm -rf "$scratch"'
cd "$scratch" || exit 1
. "$house/tests/lib/terminal.sh"
export KITH_API=http://127.0.0.1:9 # where nobody is, whatever runs on this machine
unset KITH_KEY_FILE

echo '# kith'
expect 'no command: the help, on stderr' 64 '' '^Usage: kith COMMAND' "$KITH"
expect '--help teaches each command' 0 '^             kith graph import' '' "$KITH" --help
expect 'help is --help' 0 '^Usage: kith COMMAND' '' "$KITH" help
expect '--version' 0 '^kith [0-9]+\.[0-9]+\.[0-9]+$' '' "$KITH" --version
for command in serve graph visibility audience who top bench push disconnect token config; do
    expect "help $command" 0 "^Usage: kith $command" '' "$KITH" help $command
    expect "$command --help" 0 "^Usage: kith $command" '' "$KITH" $command --help
    expect "$command -h" 0 "^Usage: kith $command" '' "$KITH" $command -h
    expect "$command --hlep" 64 '' "^kith $command: no option '--hlep'; did you mean --help\?$" "$KITH" $command --hlep
    expect "$command --quux is refused" 64 '' "^kith $command: unrecognized option '--quux'" "$KITH" $command --quux
done
expect 'help help' 0 '^Usage: kith COMMAND' '' "$KITH" help help
expect 'a mistyped option' 64 '' "no option '--listn'; did you mean --listen\?$" "$KITH" serve --listn=127.0.0.1:0
expect 'one that several commands share' 64 '' "no option '--daat'; did you mean --data\?$" "$KITH" graph --daat x
expect 'a mistyped option behind a value that looks like one' 64 '' "no option '--mutul'; did you mean --mutual\?$" "$KITH" graph --data --dtaa --mutul
expect 'an option that is cut short is one' 66 '' 'none holds no kith\.db' "$KITH" graph export --dat none
expect 'behind -- all are words' 66 '' 'none holds no kith' "$KITH" graph --data none -- add --daat --hlep
expect 'a verb with dashes' 64 '' 'export stands without dashes: kith graph export' "$KITH" graph --export
expect 'a port alone' 64 '' 'an address goes with a port: --listen 0\.0\.0\.0:4000, or 127\.0\.0\.1:4000' "$KITH" serve --port 4000
expect 'a mistyped command' 64 '' "^kith: no command 'grpah'; did you mean .kith graph.\?$" "$KITH" grpah
expect 'an unknown command' 64 '' "^kith: no command 'zzz'; .kith --help. lists them$" "$KITH" zzz
expect 'help for an unknown command' 64 '' "no command 'zzz'" "$KITH" help zzz
expect 'control characters are not repeated' 64 '' "^kith: no command '\?\[2Jx'" "$KITH" "$(printf '\033[2Jx')"
expect 'a full disk under the output' 74 '*' 'cannot write the output: No space left' \
    sh -c "'$KITH' --help >/dev/full"

echo '# kith graph'
expect 'graph without a verb' 64 '' 'say import FILE, or export, or add' "$KITH" graph
expect 'an unknown verb' 64 '' "'frob' is none of add, remove" "$KITH" graph frob
expect 'import without a file' 64 '' 'import which file\?' "$KITH" graph import
expect 'export with a file' 64 '' 'kith graph export > x' "$KITH" graph export x
expect 'export with --mutual' 64 '' '--mutual is for import' "$KITH" graph export --mutual
expect 'block with --mutual' 64 '' '--mutual is for import' "$KITH" graph block 1 2 --mutual
expect 'add without whom' 64 '' 'add whom\? Say add WATCHER WATCHED' "$KITH" graph add 1
expect 'add with one too many' 64 '' "'3' is one argument too many" "$KITH" graph add 1 2 3
expect 'an id that is none' 64 '' "'' is no id; an id is 1 to 128 bytes" "$KITH" graph add 1 ''
expect 'an id that is no text' 64 '' 'is no id' "$KITH" graph add 1 "$(printf '\377')"
expect 'a folder and a server' 64 '' '--api and --data are two places' "$KITH" graph export --api http://127.0.0.1:1 --data x
expect 'a key for a folder' 64 '' '--key-file is for --api' "$KITH" graph export --key-file x --data x
expect 'an API that is no URL' 64 '' "--api '127.0.0.1:4001' will not do; write it as http://" "$KITH" graph export --api 127.0.0.1:4001
expect 'export where nothing is' 66 '' 'none holds no kith\.db' "$KITH" graph export --data none
[ ! -e none ] && ok 'and nothing was made' || not_ok 'and nothing was made' 'a folder'
expect 'import of no file' 66 '' 'none\.txt: No such file or directory; name a file of edges, or - for standard input' "$KITH" graph import none.txt --data none
expect 'import of a folder' 66 '' 'Is a directory' "$KITH" graph import . --data none
for change in 'graph add 1 2' 'graph remove 1 2' 'graph block 1 2' 'graph unblock 1 2' 'visibility 1 nobody'; do
    expect "$change where nothing is" 66 '' 'no server answers at http://127\.0\.0\.1:9, and there is no \./data/kith\.db here: start kith serve, or say --api URL or --data DIR$' "$KITH" $change
    expect "$change in no folder" 66 '' 'data holds no kith\.db, or an empty one; name the server.s data folder' "$KITH" $change --data data
done
[ ! -e data ] && ok 'and nothing was made' || not_ok 'and nothing was made' 'a folder'
printf '# friends\n1 2\n\n2\t1\r\n1 3\n1 2\n' >friends.txt
expect 'import where nothing is' 66 '' 'no server answers at .* --data DIR$' "$KITH" graph import friends.txt
expect 'import' 0 '^friends\.txt: 6 lines, 3 edges new, 1 already there$' '' "$KITH" graph import friends.txt --data data
[ "$(stat -c %a data data/kith.db | tr '\n' ' ')" = '700 600 ' ] && ok 'the folder is private' || not_ok 'the folder is private' "$(ls -la data)"
expect 'import again is harmless' 0 '0 edges new, 4 already there' '^kith graph: in \./data, which no server has$' "$KITH" graph import friends.txt
expect 'export' 0 '*' '' "$KITH" graph export --data data
same 'export is sorted, and what import takes' out '1 2
1 3
2 1
'
echo '3 4' >in
expect 'import of standard input, mutual' 0 '^standard input: 1 lines, 2 edges new, 0 already there$' '^kith graph: in \./data, which no server has$' "$KITH" graph import - --mutual
printf '9 9\n' >in
expect 'a self-edge is one edge' 0 '1 edges new, 0 already' '' "$KITH" graph import - --mutual --data self
: >empty.txt
expect 'import of an empty file' 0 '^empty\.txt: 0 lines, 0 edges new' '^kith graph: in \./data, which no server has$' "$KITH" graph import empty.txt
printf '7 8\n7\n' >bad.txt
expect 'a form where there is none' 64 '' '--ndjson and --text are for import and export' "$KITH" graph add 1 2 --ndjson
expect 'two forms' 64 '' '--ndjson and --text are two forms: say one' "$KITH" graph import - --text --ndjson
printf '{"watcher":"1","watched":"a b"}\n{"watched":"1","watcher":"2"}\n' >graph.ndjson
expect 'NDJSON is known by its beginning' 0 '2 lines, 2 edges new, 0 already there' '' "$KITH" graph import graph.ndjson --data objects
expect 'export writes NDJSON' 0 '*' '' "$KITH" graph export --ndjson --data objects
same 'which carries every id' out '{"watcher":"1","watched":"a b"}
{"watcher":"2","watched":"1"}
'
cp out in
expect 'and is what import takes' 0 '2 lines, 0 edges new, 2 already there' '' "$KITH" graph import - --ndjson --data objects
expect 'text leaves out what it cannot carry' 65 '^2 1$' '1 edges were left out: .* which text cannot carry; say --ndjson$' "$KITH" graph export --text --data objects
{ printf '# who > whom\n\n' && seq 5000 | sed 's/.*/{"watcher": "&", "watched": "a star"}/'; } >blanks.ndjson
expect 'NDJSON of any length and with comments is known' 0 '5002 lines, 5000 edges new' '' "$KITH" graph import blanks.ndjson --data objects
cp blanks.ndjson in
expect 'and on standard input' 0 '5002 lines, 0 edges new, 5000 already there' '' "$KITH" graph import - --data objects
expect 'a form that is said is not guessed' 65 '' 'line 3: more than two words' "$KITH" graph import blanks.ndjson --text --data objects
expect 'nor the other' 65 '' 'line 2: not a JSON object' "$KITH" graph import friends.txt --ndjson --data objects
printf '{"watcher":"1"}\n' >in
expect 'a bad object is named' 65 '' 'standard input: line 1: write ..watcher.:' "$KITH" graph import - --data objects
printf '1,2\n' >in
expect 'a comma is no blank' 65 '' 'only one id; write "<watcher> <watched>", with a blank between them' "$KITH" graph import - --data objects
printf ' \n\n' >in
expect 'blanks alone are nothing' 0 '2 lines, 0 edges new' '' "$KITH" graph import - --data objects
expect 'a bad line is named' 65 '' 'bad\.txt: line 2: only one id; write .*Nothing of it is kept' "$KITH" graph import bad.txt
"$KITH" graph export >out 2>err
grep -q '^7' out && not_ok 'nothing of its chunk is kept' '7 8 is there' || ok 'nothing of its chunk is kept'
{ seq 25000 | sed 's/$/ star/' && echo 'a b c'; } >late.txt
expect 'a late bad line' 65 '' 'late\.txt: line 25001: more than two words.*Kept are the first 20000 lines: 20000 edges new, 0 already there' \
    "$KITH" graph import late.txt --data late
[ "$("$KITH" graph export --data late | wc -l)" -eq 20000 ] && ok 'keeps the chunks before it' || not_ok 'keeps the chunks before it' 'more or less'
printf 'a \033[2J\n' >in
expect 'control characters of a file are not repeated' 65 '' 'line 1: a control character' "$KITH" graph import -
grep -q "$(printf '\033')" err && not_ok 'they are not' 'they are' || ok 'they are not'
head -c 100000 /dev/zero >zero.txt
expect 'junk' 65 '' 'zero\.txt: line 1: too long' "$KITH" graph import zero.txt
printf 'junk' >file
expect 'a data folder that is a file' 73 '' 'file/kith\.db: Not a directory' "$KITH" graph import friends.txt --data file
expect 'a data folder nowhere' 73 '' 'no/where: cannot make the data folder: No such file' "$KITH" graph import friends.txt --data no/where
mkdir junk && head -c 8192 /dev/urandom >junk/kith.db
mkdir blank && : >blank/kith.db
for command in 'graph export' 'graph add 1 2' 'visibility 1' 'audience 1'; do
    expect "$command: an empty file is no database" 66 '' 'blank holds no kith\.db, or an empty one' "$KITH" $command --data blank
done
expect 'import makes one of it' 0 '3 edges new' '' "$KITH" graph import friends.txt --data blank
expect 'import into no database' 65 '' 'junk/kith\.db: file is not a database; restore a backup, or move' "$KITH" graph import friends.txt --data junk
expect 'export from no database' 65 '' 'junk/kith\.db: file is not a database' "$KITH" graph export --data junk
expect 'export onto a full disk' 74 '*' 'cannot write the output: No space left' sh -c "'$KITH' graph export --data data >/dev/full"
one_line err && ok 'is told once' || not_ok 'is told once' 'it is not'
seq 5001 | sed 's/^/star /' >long.txt
expect 'a friend list longer than what is read is told' 0 '5001 edges new' 'watch more than 5000 others: 1; ' "$KITH" graph import long.txt --data long
# A second after it began, whenever that was.
: >err
until_told() {
    for _ in $(seq 300); do
        seq 10000 | sed 's/$/ x/'
        ! grep -q 'lines, ' err || break
        sleep 0.1
    done
}
until_told | "$KITH" graph import - --data slow >out 2>err
grep -Eq '^standard input: [1-9][0-9]*0000 lines, [0-9]+ a second$' err && ok 'a long import tells how far it is' || not_ok 'a long import tells how far it is' 'it does not'

# 100,000 lines are a commit, or a second: what comes behind it is lost with the process, and no more.
mkfifo pipe
"$KITH" graph import pipe --data killed >out 2>err &
importer=$!
{ seq 220000 | sed 's/$/ y/' && exec sleep 600; } >pipe &
feeder=$!
committed() { [ -e killed/kith.db ] && [ "$("$KITH" graph export --data killed 2>/dev/null | wc -l)" -ge 100000 ]; }
within 60 committed && ok 'export goes on beside an import' || not_ok 'export goes on beside an import' 'nothing was committed'
expect 'a second import is refused' 69 '' "killed is in use by process $importer, which alone" "$KITH" graph import friends.txt --data killed
kill -9 $importer
wait $importer 2>/dev/null
kill $feeder 2>/dev/null
wait $feeder 2>/dev/null
mkdir restored && cp killed/kith.db* restored && cp data/kith.db kith-copy.db && "$KITH" graph export --data data >want
[ -s restored/kith.db-wal ] && ok 'a kill leaves a log beside the database' || not_ok 'a kill leaves a log beside the database' 'it does not'
sh -c "$(sed -n '/^cp kith-copy\.db /s|data/|restored/|gp' "$house/docs/operating.md")"
expect 'which a copy is restored without, as the docs say' 0 '^1 2$' '' "$KITH" graph export --data restored
cmp -s want out && ok 'and holds what it held' || not_ok 'and holds what it held' 'it does not'
[ "$("$KITH" graph export --data killed | wc -l)" -ge 100000 ] && ok 'a kill keeps what was committed' || not_ok 'a kill keeps what was committed' 'more or less'
"$KITH" graph import pipe --data ended >out 2>err &
importer=$!
{ seq 25000 | sed 's/$/ y/' && printf '25001 ' && : >fed && exec sleep 600; } >pipe &
feeder=$!
within 20 [ -e fed ]
kill -TERM $importer
wait $importer 2>/dev/null
[ $? -eq 75 ] && grep -Eq '^kith graph: pipe: broken off by a signal\. Kept are the first [0-9]+ lines: .*; importing it again is harmless$' err &&
    ok 'a signal keeps what is whole, and says so' || not_ok 'a signal keeps what is whole, and says so' 'it does not'
kill $feeder 2>/dev/null
wait $feeder 2>/dev/null
[ "$("$KITH" graph export --data ended | wc -l)" -eq "$(sed -n 's/.* first \([0-9]*\) lines: .*/\1/p' err)" ] && ok 'as it is' || not_ok 'as it is' 'more or less'
expect 'and the folder is free again' 0 '3 edges new' '' "$KITH" graph import friends.txt --data killed

echo '# kith graph, one by one'
printf '9 8\n' >in
"$KITH" graph import - --data one <in >out 2>err
expect 'add' 0 '^added$' '' "$KITH" graph add 1 2 --data one
expect 'add again is harmless' 0 '^there already$' '' "$KITH" graph add 1 2 --data one
expect 'add a friendship' 0 '^added$' '' "$KITH" graph add 1 'a b' --mutual --data one
expect 'add oneself' 0 '^added$' '' "$KITH" graph add 3 3 --mutual --data one
expect 'remove' 0 '^removed$' '' "$KITH" graph remove 1 2 --data one
expect 'remove what is not there is harmless' 0 '^was not there$' '' "$KITH" graph remove 7 8 --data one
expect 'add the other way' 0 '^added$' '' "$KITH" graph add 2 1 --data one
expect 'export tells what it cannot write' 65 '^2 1$' '2 edges were left out' "$KITH" graph export --data one
expect 'remove a friendship' 0 '^removed$' '' "$KITH" graph remove 'a b' 1 --mutual --data one
expect 'export then tells all' 0 '*' '' "$KITH" graph export --data one
same 'and there is what was added' out '2 1
3 3
9 8
'
expect 'who sees a user' 0 '^sees          2$' '' "$KITH" audience 1 --data one
expect 'block' 0 '^blocked$' '' "$KITH" graph block 1 2 --data one
expect 'block again is harmless' 0 '^blocked already$' '' "$KITH" graph block 1 2 --data one
expect 'is told in the audience' 0 '^blocked       2$' '' "$KITH" audience 1 --data one
expect 'and of one viewer' 0 '^blocked$' '' "$KITH" audience 2 --viewer 1 --data one
expect 'unblock' 0 '^unblocked$' '' "$KITH" graph unblock 1 2 --data one
expect 'unblock again is harmless' 0 '^was not blocked$' '' "$KITH" graph unblock 1 2 --data one
expect 'a stranger' 0 '^no edge$' '' "$KITH" audience 1 --viewer 99 --data one
expect 'an audience of nobody' 0 '' '^kith audience: nobody watches 99$' "$KITH" audience 99 --data one
expect 'sight that is mutual' 0 '^one way$' '' "$KITH" audience 1 --viewer 2 --reciprocity --data one
expect 'audience of no id' 64 '' 'whose\? Say an id' "$KITH" audience --data one
expect 'audience of two' 64 '' 'one argument too many' "$KITH" audience 1 2 --data one
expect 'audience where nothing is' 66 '' 'none holds no kith\.db' "$KITH" audience 1 --data none

echo '# kith visibility'
expect 'visibility of who said nothing' 0 '^friends$' '' "$KITH" visibility 1 --data one
expect 'set it' 0 '^set$' '' "$KITH" visibility 1 except 9 2 9 --data one
expect 'it is shown as it could be said' 0 '^except 2 9$' '' "$KITH" visibility 1 --data one
expect 'and holds' 0 '^not admitted  2$' '' "$KITH" audience 1 --data one
expect 'only nobody' 0 '^set$' '' "$KITH" visibility 1 only --data one
expect 'is a list without ids' 0 '^only$' '' "$KITH" visibility 1 --data one
expect 'back to friends' 0 '^set$' '' "$KITH" visibility 1 friends --data one
expect 'visibility of no id' 64 '' 'whose\? Say an id' "$KITH" visibility
expect 'an unknown mode' 64 '' "'secret' is none of friends, public" "$KITH" visibility 1 secret
expect 'a list for a mode without one' 64 '' 'nobody lists nobody; only and except do' "$KITH" visibility 1 nobody 2
expect 'control characters of an id are not shown' 0 '^set$' '' "$KITH" visibility 1 only "$(printf 'a\033[2J\302\233b')" --data one
expect 'as they are' 0 '^only a\?\[2J\?b$' '' "$KITH" visibility 1 --data one
expect 'too long a list' 64 '' 'a list has at most 5000 ids' "$KITH" visibility 1 only $(seq 5001)

echo '# kith who, push, disconnect'
for command in 'who 1' 'push 1 e {}' 'disconnect 1'; do
    name=${command%% *}
    expect "$name asks a server" 69 '' 'no server answers at http://127\.0\.0\.1:9: nobody listens there; start kith serve$' "$KITH" $command --api http://127.0.0.1:9
    expect "$name of a folder says so" 64 '' 'a folder does not know who is online; start kith serve on it' "$KITH" $command --data one
done
expect 'who of nobody' 64 '' 'who\? Say an id' "$KITH" who
expect 'push of too little' 64 '' 'say an id, an event and its payload' "$KITH" push 1 e
expect 'push of too much' 64 '' 'one argument too many' "$KITH" push 1 e '{}' x
expect 'push of no JSON' 64 '' 'the payload is no JSON; quote it for the shell' "$KITH" push 1 e '{text:1}'
expect 'disconnect of nobody' 64 '' 'whom\? Say an id' "$KITH" disconnect
expect 'a time that is over' 64 '' 'is no time to come; write 2030' "$KITH" disconnect 1 --until 2020-01-01T00:00:00Z
expect 'a time that is none' 64 '' 'is no time to come; write 2030' "$KITH" disconnect 1 --until tomorrow
expect 'a length that is none' 64 '' "--for 'long' will not do" "$KITH" disconnect 1 --for long
expect 'a bar that is lifted' 64 '' '--lift ends what --until and --for begin' "$KITH" disconnect 1 --for 1h --lift
expect 'two times' 64 '' 'say --until or --for once' "$KITH" disconnect 1 --for 1h --until 4102444800

echo '# kith top'
expect 'top asks a server' 69 '^kith top  0 of 1 node answers' '^kith top: 1 of 1 nodes do not answer$' "$KITH" top -i 0.1
expect 'top of a folder says so' 64 '' 'a folder does not know who is online; start kith serve on it' "$KITH" top --data one
expect 'top of no URL' 64 '' "'10\.0\.0\.5' will not do; write it as http://127\.0\.0\.1:4001" "$KITH" top 10.0.0.5
expect 'URLs said twice' 64 '' 'say the URLs without --api: kith top URL' "$KITH" top --api http://127.0.0.1:9 http://127.0.0.1:9
expect 'more nodes than a screen has room for' 64 '' 'more than 64 nodes fit on no screen' "$KITH" top $(seq -f 'http://h%g' 65)
for interval in 0 0.05 -1 soon 3601 1.2345 1e3; do
    expect "an interval of $interval" 64 '' "--interval '$interval' will not do; write seconds from 0\.1 to 3600" "$KITH" top --interval=$interval
done

"$KITH" config init kith.conf >out 2>err
sed -i 's/^#\(listen\|api\) = .*/\1 = 127.0.0.1:0/' kith.conf
echo '# kith token'
expect 'token without a user' 64 '' 'Say --user ID' "$KITH" token
expect 'token' 0 '^ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$' '' "$KITH" token --config kith.conf --user 42
expect 'token without a config' 78 '' 'none\.conf: No such file' "$KITH" token --config none.conf --user 42

echo '# kith serve'
"$KITH" serve --config kith.conf --listen 127.0.0.1:0 --api 127.0.0.1:0 >ready 2>serve.err &
server=$!
within 20 grep -q '^ready ws://127\.0\.0\.1:[0-9]* api http://127\.0\.0\.1:[0-9]*$\|^ready ws://127' ready &&
    ok 'serve says when it is ready' || { cp serve.err err && not_ok 'serve says when it is ready' 'it does not'; }
sed -i '/warning: it runs as root/d' serve.err
[ ! -s serve.err ] && ok 'and nothing else where there is a graph' || { cp serve.err err && not_ok 'and nothing else where there is a graph' 'it does'; }
expect 'import beside a server is refused' 69 '' "in use by process $server, which alone.*or let the server do it: --api URL" "$KITH" graph import friends.txt --data data
expect 'so is a change' 69 '' "in use by process $server" "$KITH" visibility 1 nobody --data data
expect 'export beside a server' 0 '^1 2$' '' "$KITH" graph export --data data
api=$(sed -n 's/.* api //p' ready)
for command in 'graph export' 'graph block 1 2' 'visibility 1' 'audience 1' 'who 1'; do
    expect "$command, with nothing said, goes to the server" 77 '' "the server at $api asks for a key" env KITH_API="$api" "$KITH" $command
done
expect 'which is told' 77 '' "^kith graph: at $api$" env KITH_API="$api" "$KITH" graph export
expect 'and does what the key of init may' 0 '^offline$' '' "$KITH" who 1 --api "$api" --key-file kith.conf.key
expect 'where it does not answer, what reads reads the folder' 0 '^1 2$' '^kith graph: in \./data$' "$KITH" graph export
expect 'and a change is refused' 69 '' "in use by process $server" "$KITH" graph block 1 2
"$KITH" serve --config kith.conf --listen 127.0.0.1:0 --api 127.0.0.1:0 --data third >third.ready 2>/dev/null &
third=$!
within 20 grep -q '^ready ws' third.ready
expect 'another server at that address than the one of ./data is refused' 64 '' \
    'and there is \./data here, which another has: say which is meant' env KITH_API="$(sed -n 's/.* api //p' third.ready)" "$KITH" graph block 1 2
kill -TERM $third
wait $third
port=${api##*:}
"$KITH" serve --config kith.conf --listen 127.0.0.1:0 --api "127.0.0.2:$port" --data third >fourth.ready 2>/dev/null &
fourth=$!
within 20 grep -q '^ready ws' fourth.ready
expect 'and so is one of the same port at another address' 64 '' 'say which is meant' \
    env KITH_API="http://127.0.0.2:$port" "$KITH" graph block 1 2
kill -TERM $fourth
wait $fourth
mkdir elsewhere
(cd elsewhere && "$KITH" graph import ../friends.txt --data data >/dev/null)
for command in 'graph export' 'graph import friends.txt' 'graph block 1 2' 'visibility 1 nobody' 'audience 1'; do
    expect "$command is refused where server and folder could be meant" 64 '' \
        "a server answers at $api, and there is \./data here, which no server has: say which is meant, --api $api or --data \./data" \
        sh -c "cp friends.txt elsewhere && cd elsewhere && KITH_API=$api '$KITH' $command"
done
expect 'audience beside a server' 0 '^sees          2$' '' "$KITH" audience 1 --data data
"$KITH" serve --config kith.conf --listen 127.0.0.1:0 --api 127.0.0.1:0 >out 2>err </dev/null
[ $? -ne 0 ] && grep -q "in use by process $server" err && ok 'a second server is refused' || not_ok 'a second server is refused' 'it is not'
expect 'a port that another server has' 78 '' 'cannot listen on .*the port is in use; stop what uses it' \
    "$KITH" serve --config kith.conf --listen "$(sed -n 's|^ready ws://\([^/]*\)/.*|\1|p' ready)" --api 127.0.0.1:0 --data other --workers 2
key='[token t]\nkind = jwt\nsecret = 0123456789abcdef0123456789abcdef\n'
taken=$(sed -n 's|^ready ws://\([^/]*\)/.*|\1|p' ready)
refused 'a port in use' "[server]\nlisten = $taken\napi = 127.0.0.1:0\ndata = other\n$key" \
    "bad\.conf:2: server\.listen: cannot listen on $taken: the port is in use; stop what uses it"
refused "the API's port in use" "[server]\nlisten = 127.0.0.1:0\ndata = other\napi = $taken\n$key" \
    "bad\.conf:4: server\.api: cannot listen on $taken: the port is in use"
refused 'two ports in use' "[server]\nlisten = $taken\napi = ${api#http://}\ndata = other\n$key" \
    "bad\.conf:2: server\.listen: .* \(--listen\); and bad\.conf:3: server\.api: .*the port is in use; .* \(--api\)"
refused 'an address of another machine' "[server]\ndata = other\nlisten = 192.0.2.1:0\n$key" \
    'bad\.conf:3: server\.listen: .*; choose an address of this machine'
printf "[server]\nlisten = $taken\napi = 127.0.0.1:0\ndata = data\n$key" >own.conf && chmod 600 own.conf
expect 'check beside the server that runs with this config' 0 '^own\.conf is right' '' "$KITH" config check own.conf
kill -TERM $server
wait $server
code=$?
[ $code -eq 0 ] && ok 'serve ends well on SIGTERM' || { cp serve.err err && not_ok 'serve ends well on SIGTERM' "exit code $code"; }
expect 'with nothing said it is ./data if no server answers' 0 '^1 2$' '^kith graph: in \./data, which no server has$' env KITH_KEY_FILE=none.key "$KITH" graph export
expect 'and the folder is free' 0 'edges new' 'which no server has' "$KITH" graph import friends.txt

printf "[server]\nlisten = 127.0.0.1:0\napi = off\ndata = quiet\n$key" >quiet.conf && chmod 600 quiet.conf
expect 'check: an API that is off listens nowhere' 0 'clients on 127\.0\.0\.1:0, API nowhere, data in' '' \
    "$KITH" config check quiet.conf
"$KITH" serve --config quiet.conf >ready 2>err &
server=$!
within 20 grep -qx 'ready ws://127\.0\.0\.1:[0-9]*/socket/websocket' ready &&
    ok 'and serve serves without it' || not_ok 'and serve serves without it' 'it does not'
grep -qx 'kith serve: quiet is new: nobody watches anybody yet; kith graph import FILE' err &&
    ok 'and says that its folder is new' || not_ok 'and says that its folder is new' 'it does not'
kill -TERM $server
wait $server || :

conclude
