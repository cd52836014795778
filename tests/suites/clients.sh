#!/bin/sh
# clients.sh -- npm phoenix and raw WebSocket clients against a real server. KITH names the program,
# build-asan/kith by default.
# runs long
exec "$(dirname -- "$0")/../lib/node.sh" clients
