#!/bin/sh
# faults.sh -- disks that are full, broken or damaged, and a system that gives nothing, under a real server: by strace, and
# by small disks of its own in a mount namespace; what the machine does not allow is left out, and said. With KITH_LONG=1
# in full size, against a release build. KITH names the program, build-asan/kith by default.
# runs long
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
if [ "${KITH_LONG-}" = 1 ]; then
    script/build
    export KITH="$PWD/build/kith"
fi
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
cc -shared -fPIC -o "$scratch/wall.so" tests/chaos/wall.c
export KITH_TEST_WALL_LIBRARY="$scratch/wall.so"
# What is mounted goes with the namespace, however the tests end.
if unshare -m sh -c 'mount -t tmpfs -o size=64k none /tmp' 2>/dev/null; then
    export KITH_TEST_MOUNTS=1
    unshare -m tests/lib/node.sh faults
else
    tests/lib/node.sh faults
fi
