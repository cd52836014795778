#!/bin/sh
# js.sh -- the module of clients/js, in Node and in Chromium, against a real server. KITH names the
# program, build-asan/kith by default; CHROMIUM the browser.
# runs long
exec "$(dirname -- "$0")/../lib/node.sh" js
