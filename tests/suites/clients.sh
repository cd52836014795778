#!/bin/sh
# clients.sh -- npm phoenix and raw WebSocket clients against a real server. KITH names the program
# (build-asan/kith by default). The last line says how many tests passed and failed.
exec "$(dirname "$0")/node.sh" clients
