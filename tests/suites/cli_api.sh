#!/bin/sh
# cli_api.sh -- the commands at a server's API: a real one, and ones that do not do what they should.
# KITH names the program, build-asan/kith by default.
exec "$(dirname -- "$0")/../lib/node.sh" cli
