#!/bin/sh
# tests/suites/life.sh -- the life of a server as its service manager and its operator see it: what it
# tells systemd, how it reads its settings again, how it ends. KITH=path of the program.
set -u
# runs long
CDPATH='' cd -- "$(dirname -- "$0")/../.."
export KITH="${KITH:-$PWD/build/kith}" PYTHONDONTWRITEBYTECODE=1
[ -x "$KITH" ] || { echo "no program at $KITH: run script/build" && exit 77; }
exec python3 tests/life/life.py
