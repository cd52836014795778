#!/bin/sh
# rest.sh -- the REST API of a real server: held to docs/openapi.json, and what it does to clients
# that are there meanwhile. KITH names the program, build-asan/kith by default.
# runs alone: what must not come is waited for, and the timing of answers is compared
exec "$(dirname -- "$0")/../lib/node.sh" rest
