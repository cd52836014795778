#!/bin/sh
# examples.sh -- each program of examples/ against npm phoenix. KITH_BUILD names the build folder,
# build-asan by default.
exec "$(dirname -- "$0")/../lib/node.sh" examples
