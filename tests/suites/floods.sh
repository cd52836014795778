#!/bin/sh
# floods.sh -- crowds that connect, say and read what no good client does, while two friends go on. With KITH_LONG=1 in
# full size, against a release build. KITH names the program, build-asan/kith by default.
# runs alone: delays are measured, and what a process takes
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
if [ "${KITH_LONG-}" = 1 ]; then
    script/build
    export KITH="$PWD/build/kith"
fi
# What is freed is given back: memory is measured.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1:thread_local_quarantine_size_kb=16:allocator_release_to_os_interval_ms=100"
exec tests/lib/node.sh floods
