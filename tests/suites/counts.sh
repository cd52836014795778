#!/bin/sh
# tests/suites/counts.sh -- the small benchmarks do what they say, and script/bench finds what has
# become worse: instructions counted of a release build of one of them, in build-counts/, held to
# baselines that are made here; and plots of runs that are none.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/build.sh
. script/lib/at_end.sh
deps $DEPS_COUNTS $DEPS_PLOTS
command -v valgrind >/dev/null || { echo 'no valgrind' && exit 77; }
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
passed=0 failed=0

check() { # check NAME COMMAND...
    name=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s\n' "$name"
        sed 's/^/    /' "$scratch/said"
    fi
}
ends_with() { # ends_with STATUS COMMAND...
    want=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" = "$want" ]
}
says() { # says WORDS COMMAND...: and how it ends does not matter
    words=$1
    shift
    "$@" >"$scratch/heard" 2>&1 || :
    cat "$scratch/heard"
    grep -q -- "$words" "$scratch/heard"
}

# --- The small benchmarks, with sanitizers

counts_all() { "$1" --count >"$scratch/counted" && [ -s "$scratch/counted" ] && ! grep -v '^[a-z0-9_]* [1-9][0-9]* [0-9]*$' "$scratch/counted"; }
for program in "$KITH_BUILD"/bench/micro_*; do
    case $program in *.p | *micro_link) continue ;; esac
    check "${program##*/} does so many of each job as it says" counts_all "$program"
done
base=$KITH_BUILD/bench/micro_base
figures() { "$base" --json --rounds 1 siphash frame | tr -d '\n' | grep -q "$1"; }
for figure in '"name":"siphash: 16 B","unit":"ns"' '"name":"siphash: bare, memcpy of them","unit":"ns"' \
    '"name":"frame: ratio","unit":""'; do
    check "a job has the figure $figure" figures "$figure"
done
check 'and no others are measured' ends_with 1 figures map_find
check 'a job that there is not is misuse' ends_with 64 "$base" nosuch

# --- Counts

build=build-counts
configure_in $build --buildtype=release -Dtests=disabled -Dweb=disabled
ninja -C $build --quiet bench/micro_base >&2
bench() { KITH_BENCH_BUILD=$build script/bench "$@"; }
kept=$scratch/baseline.json

twice() {
    bench counts siphash frame >"$scratch/first" && bench counts siphash frame >"$scratch/second" &&
        [ -s "$scratch/first" ] && cmp "$scratch/first" "$scratch/second"
}
check 'a count is the same each time' twice
check 'without a baseline nothing is compared' ends_with 65 bench --compare --file "$kept"
check 'which says how to get one' says 'script/bench --baseline' bench --compare --file "$kept"
check 'a baseline is written' bench --baseline --file "$kept"
check 'nothing is worse than it was just now' bench --compare --file "$kept" siphash frame
cmp_all() { says '| heap .* +0.0 %' bench --compare --file "$kept"; }
check 'not one of all jobs' cmp_all
worse() { # worse JOB BY [allocations]: a baseline of which the job took that many percent less
    python3 -c 'import json, sys
kept = json.load(open(sys.argv[1]))
jobs = kept["counts"]["jobs"]["micro_base"]
takes = jobs[sys.argv[2]]
what = sys.argv[5] if len(sys.argv) > 5 else "instructions"
takes[what] = round(takes[what] / (1 + float(sys.argv[3]) / 100), 2)
json.dump(kept, open(sys.argv[4], "w"))' "$kept" "$1" "$2" "$scratch/other.json" ${3-}
}
worse siphash 8
check 'a job that takes 8 % more is found' ends_with 1 bench --compare --file "$scratch/other.json" siphash frame
check 'and named' says '^Worse than .*: siphash\.$' bench --compare --file "$scratch/other.json" siphash frame
check 'where more is tolerated it is not' bench --compare --tolerance 10 --file "$scratch/other.json" siphash
check 'nor where another is asked for' bench --compare --file "$scratch/other.json" frame
worse siphash 3
check '3 % more is nothing' bench --compare --file "$scratch/other.json" siphash
worse siphash -20
check 'what takes less is no error' says '| siphash .* better ' bench --compare --file "$scratch/other.json" siphash
worse frame 100 allocations
check 'as is one that allocates twice' ends_with 1 bench --compare --file "$scratch/other.json" frame
allocates() { bench counts siphash frame | awk '$2 == "siphash" { none = $5 == 0 } $2 == "frame" { one = $5 == 1 } END { exit !(none && one) }'; }
check 'allocations are counted where there are any' allocates
sed 's/"siphash"/"siphish"/' "$kept" >"$scratch/other.json"
check 'a job that has gone is' ends_with 1 bench --compare --file "$scratch/other.json"
sed 's/"libc": "[^"]*"/"libc": "glibc 9.9"/' "$kept" >"$scratch/other.json"
check 'another C library is told' says 'Another libc' bench --compare --file "$scratch/other.json" siphash
check 'a job that there is not is misuse here, too' ends_with 64 bench --compare --file "$kept" nosuch
check 'so is an option' ends_with 64 bench --compare --frob
echo '{' >"$scratch/other.json"
check 'a file that is no baseline is told' ends_with 65 bench --compare --file "$scratch/other.json"

# --- Ratios and plots, of a server that is none

stub=$scratch/build
mkdir -p "$stub/bench" "$scratch/images"
cp $build/bench/micro_base "$stub/bench/"
serve() { # serve RATIO: runs that say that of every rate, and of every number of friends
    {
        echo '#!/bin/sh'
        echo 'echo "{\"figures\":["'
        for rate in 5 10 16 30 50 100 166 300 500 1000 2000; do
            for figure in 'CPU for each delivery' 'bare loop, CPU for each send' 'latency, p50' 'latency, p99'; do
                echo "echo '{\"name\":\"R = $rate: $figure\",\"unit\":\"us\",\"median\":9.5,\"rounds\":[9.5]},'"
            done
        done
        for friends in 10 30 50 100 300 1000; do
            echo "echo '{\"name\":\"RSS of a joined user with $friends friends\",\"unit\":\"B\",\"median\":2000,\"rounds\":[2000]},'"
        done
        echo "echo '{\"name\":\"join storm: CPU for each join\",\"unit\":\"ms\",\"median\":0.5,\"rounds\":[0.5]},'"
        echo "echo '{\"name\":\"R = 100: ratio\",\"unit\":\"\",\"median\":$1,\"rounds\":[$1]}]}'"
    } >"$stub/bench/serve"
    chmod +x "$stub/bench/serve"
}
stubbed() { KITH_BENCH_BUILD=$stub script/bench "$@"; }
serve 1.1
check 'without ratios in the baseline none are compared' ends_with 65 stubbed --compare all siphash --file "$kept"
check 'they are written with all' stubbed --baseline all --file "$kept"
check 'and are not worse' says '| R = 100: ratio .* +0.0 %' stubbed --compare all siphash --file "$kept"
serve 1.3
check 'they may be a little, for machines differ' stubbed --compare all siphash --file "$kept"
serve 1.6
check 'but not by half' ends_with 1 stubbed --compare all siphash --file "$kept"
check 'unless nobody asks' stubbed --compare siphash --file "$kept"

swept() (
    . script/lib/plots.sh
    . script/lib/sweeps.sh
    sweeps "$stub/bench/serve" "$scratch" "$scratch/images" >"$scratch/swept"
    cat "$scratch/swept"
)
if command -v gnuplot >/dev/null; then
    check 'sweeps come to their end' swept
    check 'with a row for each size' grep -qx '| 16000 | 9.5 | 9.5 | 0.5 | 0.494 | 2000 | 400 |' "$scratch/swept"
    pictured() {
        grep -o 'images/bench-[a-z-]*\.svg' "$scratch/swept" | sed 's|^images/||' | sort >"$scratch/named"
        ls "$scratch/images" | sort | cmp - "$scratch/named"
    }
    check 'each plot is in the page, and each of the page is drawn' pictured
    plot=$scratch/images/bench-users-delivery.svg
    for text in 'CPU for each delivery, against users' 'users' 'µs' 'bare loop: one send' '16,000'; do
        check "a plot has the words: $text" grep -q ">$text<" "$plot"
    done
    check 'and is for a dark page, too' grep -q 'prefers-color-scheme: dark' "$plot"
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
