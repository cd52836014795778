#!/bin/sh
# hooks.sh -- events of a real server go to back ends, those of examples/hooks, which are killed, as is
# the server. KITH names the program, build-asan/kith by default.
exec "$(dirname -- "$0")/../lib/node.sh" hooks
