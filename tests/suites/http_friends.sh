#!/bin/sh
# http_friends.sh -- friends as a back end says them over HTTP, that of examples/friends and others. KITH
# names the program, build-asan/kith by default.
exec "$(dirname -- "$0")/../lib/node.sh" http_friends
