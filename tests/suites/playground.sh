#!/bin/sh
# playground.sh -- examples/playground against what a real Phoenix server says to the same clients
# (tests/vectors/phoenix). KITH_BUILD names the build folder, build-asan by default.
here=$(dirname -- "$0")
[ -x "${KITH_BUILD:-$here/../../build-asan}/examples/playground" ] || {
    echo 'examples/playground is not built'
    exit 77
}
exec "$here/../lib/node.sh" playground
