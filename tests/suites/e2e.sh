#!/bin/sh
# e2e.sh -- the demo page in Debian's Chromium against a real server. KITH names the program,
# CHROMIUM the browser.
# runs long
exec "$(dirname -- "$0")/../lib/node.sh" e2e
