#!/bin/sh
# lib.sh -- the tools of the tests themselves: what compares must find every difference.
exec "$(dirname -- "$0")/../lib/node.sh" lib
