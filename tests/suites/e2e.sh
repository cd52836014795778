#!/bin/sh
# e2e.sh -- the demo page in Debian's Chromium against a real server. KITH names the program, CHROMIUM
# the browser. The last line says how many tests passed and failed.
exec "$(dirname "$0")/node.sh" e2e
