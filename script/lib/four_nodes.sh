#!/bin/sh
# script/lib/four_nodes.sh [USERS [GRAPH]] -- four nodes as one, each with a share of 60,000 real connections
# (a process may have 20,000 descriptors here), in one machine; kith bench drives them and counts what
# they tell. For script/lib/with_servers.sh, beside a PostgreSQL and a NATS server, after script/build.
set -eu
umask 077 # secrets are written
. "$(dirname -- "$0")/deps.sh"
. "$(dirname -- "$0")/at_end.sh"
users=${1-60000} graph=${2-friends:100} nodes=4
[ -n "${KITH_BENCH_POSTGRES-}" ] && [ -n "${KITH_BENCH_NATS-}" ] || die 69 'there is no PostgreSQL or NATS server'
kith=$PWD/build/kith
scratch=$(mktemp -d)
pids=
at_end 'end_begun; rm -rf "$scratch"'

"$kith" bench graph --users="$users" --graph="$graph" >"$scratch/graph.txt"
"$kith" graph import "$scratch/graph.txt" --store="$KITH_BENCH_POSTGRES"
head -c 32 /dev/urandom | base64 >"$scratch/secret"

urls=
for node in $(seq $nodes); do
    cat >"$scratch/$node.conf" <<CONFIG
[store]
url = $KITH_BENCH_POSTGRES
[cluster]
name = four
node = n$node
urls = $KITH_BENCH_NATS
secret_file = $scratch/secret
CONFIG
    "$kith" serve --config "$scratch/$node.conf" --listen 127.0.0.1:0 --api 127.0.0.1:0 --auth none --workers 1 \
        >"$scratch/$node.out" 2>"$scratch/$node.log" &
    pids="$pids $!"
done
for node in $(seq $nodes); do
    until grep -q ready "$scratch/$node.out"; do
        kill -0 $pids || die 1 "a node has ended: $(cat "$scratch"/*.log)"
        sleep 0.1
    done
    urls="$urls $(sed -n 's/^ready \(ws:[^ ]*\)\/websocket .*/\1/p' "$scratch/$node.out")"
done

"$kith" bench --users="$users" --graph="$graph" --phases=storm,hold,steady --seconds=20 --processes=$nodes \
    --server-pid="$(printf '%s' "${pids# }" | tr ' ' ,)" $urls
grep VmRSS $(printf '/proc/%s/status ' $pids) # of each node
