#!/bin/sh
# tests/suites/guides.sh -- the blocks of the docs that are marked as to be run: each page's in its order, in a folder
# and a network of its own, by KITH (build-asan's by default).
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
if [ "$(id -u)" = 0 ]; then wrap=-n; else wrap=-rn; fi
unshare $wrap ip link set lo up 2>/dev/null || {
    echo 'a network of its own is not allowed here (unshare -n)'
    exit 77
}
exec tests/lib/node.sh guides
