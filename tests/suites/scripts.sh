#!/bin/sh
# tests/suites/scripts.sh -- the scripts themselves: what they install and with whose rights, how
# the server is started and ended, how tests are counted.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
house=$PWD
scratch=$(mktemp -d)
at_end 'end_begun; rm -rf "$scratch"'
passed=0 failed=0

check() { # check NAME COMMAND...: the command says yes
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s: %s\n' "$name" "$*"
        sed 's/^/    /' "$scratch/said"
    fi
}
says() { grep -qxF -- "$1" "$scratch/said"; }
equal() { [ "$1" = "$2" ]; }

# --- deps.sh, on a machine of stubs: only what is put into $bin exists there.

bin=$scratch/bin
stub() { # stub NAME LINE...: a program of one line or more
    stub=$bin/$1
    shift
    { echo '#!/bin/sh' && printf '%s\n' "$@"; } >"$stub"
    chmod +x "$stub"
}
machine() { # machine UID INSTALLED...: a Debian with these packages, node 20 and npm
    rm -rf "$bin"
    mkdir "$bin"
    : >"$scratch/done"
    ln -s "$(command -v env)" "$bin/env"
    ln -s /bin/sh "$bin/sh"
    stub id "echo $1"
    shift
    stub dpkg-query "case ' $* ' in *\" \$4 \"*) printf installed ;; *) exit 1 ;; esac"
    stub apt-get 'case $* in *update*) echo update ;; *) shift 2 && echo "$@" ;; esac >>'"$scratch/done"
    stub node 'echo true'
    stub npm 'echo 9'
}
deps() { # runs deps with the packages given; sets status
    status=0
    PATH=$bin /bin/sh -c '. "$0/script/lib/deps.sh"; deps "$@"' "$house" "$@" >"$scratch/said" 2>&1 || status=$?
}
installed() { printf 'update\ninstall -q -y --no-install-recommends %s\n' "$1" | cmp -s - "$scratch/done"; }

machine 0 gcc make
deps gcc make node
check 'what is there is not installed again' equal "$status $(cat "$scratch/done")" '0 '
check 'and nothing is said about it' equal "$(cat "$scratch/said")" ''

machine 0 gcc
deps gcc make ninja
check 'root installs what is lacking, after one update' installed 'make ninja'

machine 1000 gcc
stub sudo '[ "$1" = true ] && exit; echo sudo >>'"$scratch/sudo"'; exec "$@"'
deps gcc make
check 'another user installs with sudo' installed make
check 'which is asked for each step' equal "$(wc -l <"$scratch/sudo")" 2

machine 1000 gcc
deps gcc make ninja
check 'without sudo the exit is 77' equal "$status" 77
check 'and the one line is printed' says 'apt-get update && apt-get install -y --no-install-recommends make ninja'
check 'and nothing is done' equal "$(cat "$scratch/done")" ''

machine 1000
stub sudo 'exit 1'
deps make
check 'a sudo that refuses is as none' equal "$status" 77

machine 0
stub node 'echo false'
stub apt-get 'shift 2; echo "$@" >>'"$scratch/done" 'printf "#!/bin/sh\necho true\n" >'"$bin/node"
deps node
check 'an old node is replaced by that of Debian' equal "$(tail -n 1 "$scratch/done")" \
    'install -q -y --no-install-recommends nodejs npm'
check 'which then runs' equal "$status" 0

machine 0
stub npm 'exit 127'
deps node
check 'without npm node does not count, and a npm that stays broken is named' equal "$status" 1
check 'with what to do' grep -q 'remove it, or put /usr/bin first' "$scratch/said"

machine 0
stub apt-get 'exit 100'
deps make
check 'an install that fails ends the script' equal "$status" 1
check 'and says what it wanted' grep -q 'could not install: make' "$scratch/said"

machine 0
rm "$bin/dpkg-query"
deps make
check 'a system without dpkg is trusted to have it all' equal "$status $(cat "$scratch/done")" '0 '

# --- script/server, with a server that is a stub, then with the real one.

mkdir -p "$scratch/house/script" "$scratch/house/build"
cp -R script/server script/lib "$scratch/house/script/"
printf '#!/bin/sh\n' >"$scratch/house/script/build"
chmod +x "$scratch/house/script/build"
server() { # server LINE...: what the server does
    { echo '#!/bin/sh' && printf '%s\n' "$@"; } >"$scratch/house/build/kith"
    chmod +x "$scratch/house/build/kith"
}
# A shell starts a background job deaf to INT, and what is ignored stays so: give it back.
start_server() { # start_server WORDS OPTION...: until it says WORDS; sets pid
    words=$1
    shift
    : >"$scratch/said" # the job empties it only once it runs: the words would be those of the one before
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$scratch/house/script/server" "$@" >"$scratch/said" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        grep -q "$words" "$scratch/said" && break
        sleep 0.2
    done
}
stop_server() { # stop_server SIGNAL: sets status
    kill -s "$1" $pid
    status=0
    wait $pid || status=$?
}

server 'echo "$@"; exit 3'
status=0
"$scratch/house/script/server" --workers 2 >"$scratch/said" 2>&1 || status=$?
check 'the server gets --demo and the options' says 'serve --demo --workers 2'
check 'its exit code is the exit code' equal "$status" 3

server "trap 'echo bye; exit 0' INT TERM" 'echo ready' 'while :; do sleep 0.1; done'
for signal in TERM INT; do
    start_server ready
    stop_server $signal
    check "SIG$signal reaches the server, which ends as it likes" equal "$status" 0
    check 'and is heard to the end' says bye
done

if [ -x "${KITH-}" ]; then
    ln -sf "$KITH" "$scratch/house/build/kith"
    start_server '^open http' --listen 127.0.0.1:0 --api 127.0.0.1:0 --data "$scratch/data"
    check 'the page is named, where it listens' \
        grep -q '^open http://127\.0\.0\.1:[1-9][0-9]*/demo/$' "$scratch/said"
    check 'as the last that it says' equal "$(tail -n 1 "$scratch/said" | cut -d ' ' -f 1)" open
    stop_server INT
    check 'Ctrl-C ends it well' equal "$status" 0
fi

# --- words that a script does not know, and those that only ask.

refuses() { # refuses SCRIPT WORD: misuse, before anything is installed or built
    status=0
    "$1" "$2" >"$scratch/said" 2>&1 || status=$?
    [ "$status" = 64 ] && grep -qF -- "$2" "$scratch/said"
}
for script in script/build script/check script/test script/fuzz script/sim script/chaos script/soak script/spin script/docs script/package script/bench .ci/run; do
    check "$script refuses an option that it does not know" refuses $script --no-such
done
"$house/script/package" --check twice >"$scratch/said" 2>&1 || :
check 'and one word too many is named, be the first one known' grep -qF 'package: --check twice is not known here' "$scratch/said"
machine 1000
status=0
PATH=$bin:$PATH timeout 60 "$house/script/package" --check >"$scratch/said" 2>&1 || status=$?
check 'what takes root is told before anything is built' equal "$status $(grep -c 'that takes root' "$scratch/said")" '77 1'
for script in script/fuzz script/bench script/test script/chaos script/spin; do
    check "$script refuses a name that there is not" refuses $script nosuch
    check 'and says which there are' grep -q 'There are: .*[a-z]' "$scratch/said"
done

status=0
timeout 60 script/fuzz --seconds 0 json >"$scratch/said" 2>&1 || status=$?
check 'script/fuzz for no time at all is refused: it would be for ever' equal "$status" 64

tells() { # tells SCRIPT: what it is, on standard output, without building anything
    status=0
    "$1" --help >"$scratch/said" 2>"$scratch/told" || status=$?
    [ "$status $(wc -c <"$scratch/told")" = '0 0' ] && head -n 1 "$scratch/said" | grep -qF -- "$1 "
}
for script in script/*; do
    case $script in *.py | script/lib) continue ;; esac
    check "$script --help says what it is" tells $script
    check 'and nothing that is no comment' sh -c '! grep -q "^set -" "$1"' - "$scratch/said"
done
check '.ci/run --help, too' tells .ci/run
script/test --help >"$scratch/said"
check 'script/test --help names the suites' grep -q '^Suites: .* scripts ' "$scratch/said"
script/fuzz --help >"$scratch/said"
check 'script/fuzz --help names its targets' grep -q '^Targets: .*json ' "$scratch/said"
script/bench --help >"$scratch/said"
check 'script/bench --help names the benchmarks' grep -q '^Benchmarks: .*micro_wire ' "$scratch/said"

mkdir -p "$scratch/house/build/bench" "$scratch/house/docs"
cp script/argument "$scratch/house/script/"
echo 'deps() { :; }' >>"$scratch/house/script/lib/deps.sh"
echo untouched >"$scratch/house/docs/the-argument.md"
printf '#!/bin/sh\necho Usage: strategies "$@"\n' >"$scratch/house/build/bench/strategies"
chmod +x "$scratch/house/build/bench/strategies"
check 'script/argument --help ends with that of its benchmark' \
    sh -c '"$0" --help | tail -n 1 >"$1" && grep -qx "Usage: strategies --help" "$1"' "$scratch/house/script/argument" "$scratch/said"
check 'other options are those of its benchmark, and the page stays' equal "$("$scratch/house/script/argument" --fast 2>&1; cat "$scratch/house/docs/the-argument.md")" \
    "$(printf 'Usage: strategies --fast\nuntouched')"

# --- what is built.

mkdir -p "$scratch/built"
: >"$scratch/built/build.ninja"
echo " -Dx=y" >"$scratch/built/.configured"
build() { # build LINE: with a ninja that does that
    mkdir -p "$bin" && stub ninja "$1"
    (cd "$scratch" && PATH=$bin:$PATH && . "$house/script/lib/deps.sh" && . "$house/script/lib/build.sh" &&
        build_in built -Dx=y) >"$scratch/said" 2>&1
}
build 'echo "ninja: no work to do."'
check 'where nothing is to be built nothing is said' equal "$(cat "$scratch/said")" ''
build 'case $* in *-n*) echo "[1/9] cc" ;; esac'
check 'else that it may take a while' says 'building built/, which may take minutes'
if [ "$(id -u)" != 0 ]; then
    chmod a-w "$scratch/built"
    build : || :
    check "another user's folder is told" grep -q 'built belongs to another user: use a clone of your own' "$scratch/said"
    chmod u+w "$scratch/built"
fi

# --- how script/test counts.

counted() { awk -f script/lib/count.awk >"$scratch/said"; }
program() { # program NAME RESULT LINE...: a section of meson's log
    printf 'test:         %s\nduration:     1.50s\nresult:       %s\n' "$1" "$2"
    shift 2
    printf '%s\n' '--- stdout ---' "$@" '======'
}
{
    program good 'exit status 0' '1..2' 'ok 1 - a' 'ok 2 - b' '# ok - tests'
    program bad 'exit status 1' '1..3' 'ok 1 - a' 'not ok 2 - b' '# no' 'not ok 3 # SKIP c'
    program crashed 'killed by signal 6 SIGABRT' '1..4' 'ok 1 - a'
    program leaks 'exit status 1' '1..1' 'ok 1 - a'
    program plain 'exit status 0'
    program plain_bad 'exit status 2'
    program silent 'killed by signal 15 SIGTERM' '1..0'
    program 'kith:base / groups' 'exit status 0' '1..1' 'ok 1 - a' '1..2' 'ok 1 - a' 'ok 2 - b'
} | counted
check 'each function counts' says '2 0 0 1.5 good'
check 'a skipped one is neither' says '1 1 1 1.5 bad'
check 'what a crash prevented has failed' says '1 3 0 1.5 crashed'
check 'a bad end fails, even behind good tests' says '1 1 0 1.5 leaks'
check 'a program without TAP counts as one' says '1 0 0 1.5 plain'
check 'and fails as one' says '0 1 0 1.5 plain_bad'
check 'a program that was ended has failed' says '0 1 0 1.5 silent'
check 'groups add up' says '3 0 0 1.5 base/groups'

suite() { # suite LINE...: runs it; what it counted is in figures
    { echo '#!/bin/sh' && printf '%s\n' "$@"; } >"$scratch/sample.sh"
    chmod +x "$scratch/sample.sh"
    script/lib/suite.sh "$scratch" "$scratch/sample.sh" >"$scratch/said" 2>&1
    figures=$(cut -d ' ' -f 1-3 "$scratch/sample.count")
}
suite 'echo 9 passed, 9 failed' 'echo 3 passed, 0 failed'
check "a suite's last line counts" equal "$figures" '3 0 0'
suite 'echo why' 'echo 3 passed, 2 failed; exit 1'
check 'with its failures' equal "$figures" '3 2 0'
check 'whose log is shown' says why
suite 'echo 3 passed, 0 failed; exit 1'
check 'a suite that ends badly has failed' equal "$figures" '3 1 0'
suite 'echo nothing'
check 'a suite that does not count has failed' equal "$figures" '0 1 0'
suite 'echo no browser; exit 77'
check 'a suite that cannot run here is left out' equal "$figures" '0 0 1'
check 'and says why' says 'suite sample left out: no browser'
broken_off() { # what a suite has begun ends with what runs the suite
    printf '#!/bin/sh\nsleep 99 & echo $! >"%s"\nwait\n' "$scratch/begun" >"$scratch/sample.sh"
    script/lib/suite.sh "$scratch" "$scratch/sample.sh" >"$scratch/said" 2>&1 &
    timeout 20 sh -c 'until [ -s "$1" ]; do sleep 0.05; done' - "$scratch/begun"
    kill "$!" && { wait "$!" || status=$?; }
    [ "$status" = 130 ] && ! grep -qs '^State:.[^XZ]' "/proc/$(cat "$scratch/begun")/status"
}
check 'one that is broken off leaves nothing that runs' broken_off

# What scripts leave behind: nothing, also of what stands still or does not hear Ctrl-C.

cat >"$scratch/ending.sh" <<'SH'
#!/bin/sh
set -eu
. script/lib/at_end.sh
folder=$(mktemp -d)
at_end 'end_begun; rm -rf "$folder"'
sleep 99 &
kill -STOP $!
sleep 98 &
echo $(pgrep -P $$) >"$folder/begun"
sleep 97
SH
ended_by() { # ended_by SIGNAL STATUS: as the group that a terminal has in front
    rm -rf "$scratch/left" && mkdir "$scratch/left"
    TMPDIR=$scratch/left setsid perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' sh "$scratch/ending.sh" &
    timeout 20 sh -c 'until [ -n "$(cat "$1"/*/begun)" ]; do sleep 0.05; done 2>/dev/null' - "$scratch/left"
    begun=$(cat "$scratch/left"/*/begun)
    kill -s "$1" -- "-$!" && { status=0 && wait "$!" || status=$?; }
    [ "$status" = "$2" ] && [ -z "$(ls "$scratch/left")" ] || return 1
    for pid in $begun; do ! grep -qs '^State:.[^XZ]' "/proc/$pid/status" || return 1; done
}
check 'Ctrl-C leaves no folder and nothing that runs' ended_by INT 130
check 'nor does TERM' ended_by TERM 143
by_hand() { grep -lE '^trap .* EXIT' tests/suites/*.sh tests/lib/*.sh script/* script/lib/*.sh .ci/run 2>/dev/null; }
check 'all scripts have their end from there' equal "$(by_hand)" ''

# --- test: one at a time in a clone

cp script/test "$scratch/house/script/"
printf 'page_assets() { :; }\nnpm_ci() { :; }\nconfigure_in() { :; }\n' >>"$scratch/house/script/lib/build.sh"
mkdir -p "$scratch/house/build-asan"
status=0
flock "$scratch/house/build-asan" "$scratch/house/script/test" unit >"$scratch/said" 2>&1 || status=$?
check 'script/test beside another one of the same clone is refused' equal "$status" 75
check 'and says what to do' grep -q 'use a clone of your own' "$scratch/said"

# --- chaos: nothing played is no success

for words in '--jobs many' '--jobs 0' '--seed' '--frob' 'nothing'; do
    status=0
    node tests/chaos/run.mjs $words >"$scratch/said" 2>&1 || status=$?
    check "script/chaos $words is refused" equal "$status" 64
done

# --- check-coverage: of counts that are made up

covered() { # covered LINES_MET BRANCH UNREACHED: of ten lines so many, and whether a branch of a parser is taken
    mkdir -p "$scratch/house/src/wire"
    printf 'if (a)\n%.0s' 1 2 3 4 5 6 7 8 9 10 >"$scratch/house/src/wire/a.c"
    python3 - "$1" "$2" >"$scratch/house/counts.json" <<'PY'
import json, sys
met, taken = int(sys.argv[1]), int(sys.argv[2])
lines = [{"line_number": n + 1, "count": int(n < met), "branches": [{"count": taken}] if n == 0 else []} for n in range(10)]
print(json.dumps({"files": [{"file": "src/wire/a.c", "lines": lines}]}))
PY
    printf '%s\n' "$3" >"$scratch/house/unreached"
    (cd "$scratch/house" && python3 -B "$house/script/lib/coverage.py" counts.json unreached) >"$scratch/said"
}
check 'nine tenths of the lines and each branch are enough' covered 9 1 '# nothing'
check 'and shown' grep -qF '| all | 9 of 10 | 90.0 |' "$scratch/said"
less() { ! covered "$@"; }
check 'fewer lines are not' less 8 1 '# nothing'
check 'nor is a branch of a parser that is not taken' less 9 0 '# nothing'
check 'save one that is named with its reason' covered 9 0 '1 src/wire/a.c: if (a) # a is always true'
check 'which has to be needed' less 9 1 '1 src/wire/a.c: if (a) # a is always true'
cp script/check-coverage "$scratch/house/script/"
status=0
"$scratch/house/script/check-coverage" --again >"$scratch/said" 2>&1 || status=$?
check 'of what was never counted there is nothing to tell again' equal "$status" 64

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
