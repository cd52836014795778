#!/bin/sh
# tests/suites/spin.sh -- the models of tests/spin hold within small bounds, and each error planted in
# them is found. script/spin has the large bounds.
exec "$(dirname -- "$0")/../../script/spin" --quick
