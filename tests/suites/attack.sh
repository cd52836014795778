#!/bin/sh
# attack.sh -- who tries to learn of somebody whom it may not see, and who says what no client says, by every door of a
# real server.
# KITH names the program, build-asan/kith by default.
# runs alone: what must not come is waited for, and the timing of answers is compared
exec "$(dirname -- "$0")/../lib/node.sh" attack
