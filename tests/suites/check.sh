#!/bin/sh
# tests/suites/check.sh -- script/check accepts a small house in order, and refuses each offence
# that is planted in it, at its place.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
passed=0 failed=0

ok() { passed=$((passed + 1)) && printf 'ok - %s\n' "$1"; }
not_ok() {
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$1"
    sed 's/^/    /' "$scratch/said"
}

# A file of the house: its first line, then what is given.
file() {
    path=$scratch/house/$1
    mkdir -p "$(dirname "$path")"
    shift
    { printf '/* %s -- a file of the test. */\n' "${path#"$scratch/house/"}" && printf '%s\n' "$@"; } >"$path"
}

new_house() {
    rm -rf "$scratch/house"
    mkdir -p "$scratch/house/script"
    cp .clang-format "$scratch/house/"
    cp -R script/check script/lib "$scratch/house/script/"
    file include/kith/err.h '#pragma once' '' '#include <stddef.h>'
    file include/kith/server.h '#pragma once' '' '#include <kith/err.h>'
    file src/base/map.h '#pragma once' '' '#include <kith/err.h>' '#include <stdint.h>'
    file src/wire/ws.h '#pragma once' '' '#include "base/map.h"'
    file src/wire/ws.c '#include "wire/ws.h"' '' '#include <string.h>'
    file src/core/pubsub.h '#pragma once' '' '#include "base/map.h"'
    file src/core/pubsub.c '#include "core/pubsub.h"'
    file src/shard/social.c '#include "core/pubsub.h"' '#include "wire/ws.h"'
    file src/io/loop.h '#pragma once'
    file src/io/loop.c '#include "io/loop.h"' '' '#include <sys/epoll.h>' '#include <time.h>' '' \
        'long now(void) { return time(NULL) + close(3) + rand(); }'
    file src/app/who.c '#include "io/loop.h"' '' '#include <stdio.h>' '' \
        'void who(void) { printf("%d", fputs("", stderr)); }'
    file src/app/serve.c '#include <kith/server.h>'
    file tests/base/test_map.c '#include "base/map.h"' '' '#include <sys/wait.h>'
}

# refused NAME PLACE WORDS: the planted offence is named at its place, alone, and the exit says no.
refused() {
    if "$scratch/house/script/check" >"$scratch/said" 2>&1; then not_ok "$1: exit 0"
    elif ! grep -q "^$2: .*$3" "$scratch/said"; then not_ok "$1: not named at $2"
    elif [ "$(wc -l <"$scratch/said")" -ne 2 ]; then not_ok "$1: more than that is named"
    else ok "$1"; fi
}

# accepted NAME [WORDS]: the exit says yes, and if WORDS are given, they are said.
accepted() {
    if ! "$scratch/house/script/check" >"$scratch/said" 2>&1; then not_ok "$1: refused"
    elif ! grep -q "${2-}" "$scratch/said"; then not_ok "$1: nothing about $2"
    else ok "$1"; fi
}

new_house
accepted 'a house in order is accepted' 'all in order'

new_house
file src/base/x.c '#include "wire/ws.h"'
refused 'an include that points upward' src/base/x.c:2 'base may not include wire/ws.h'

new_house
file src/edge/http.c '#include <string.h>' '' '#include "io/loop.h"'
refused 'an include of io/ from edge/' src/edge/http.c:4 'edge may not include io/loop.h'

new_house
file src/core/feed.c '#include "wire/ws.h"'
refused 'core that knows wire' src/core/feed.c:2 'strangers'

new_house
file src/wire/phx.c '#include "core/pubsub.h"'
refused 'wire that knows core' src/wire/phx.c:2 'strangers'

new_house
file src/load/crowd.h '#pragma once' '' '#include "wire/ws.h"'
accepted 'load that knows wire'
file src/load/crowd.h '#pragma once' '' '#include "core/pubsub.h"'
refused 'load that knows what it measures' src/load/crowd.h:4 'strangers'

new_house
file src/core/peers.h '#pragma once' '' 'struct peer {' '    int name;' '};'
file src/shard/nodes.h '#pragma once' '' 'struct peer {' '    int name;' '};'
refused 'two structs of one name in headers' src/shard/nodes.h:4 'struct peer is another one in src/core/peers.h'
rm "$scratch/house/src/shard/nodes.h"
file src/core/pulls.c 'struct peer {' '    int name;' '};'
refused 'a struct of a source that a header of its room has' src/core/pulls.c:2 'struct peer is another one in src/core/peers.h'
rm "$scratch/house/src/core/pulls.c"
file src/load/peers.h '#pragma once' '' 'struct peer {' '    int name;' '};'
file src/shard/nodes.c 'struct peer {' '    int name;' '};'
accepted 'structs of one name in rooms that do not meet, and inside a source'

new_house
file src/base/x.c '#include <wire/ws.h>'
refused 'an upward include between angles' src/base/x.c:2 'base may not include wire/ws.h'

new_house
file src/base/x.c '#include "../wire/ws.h"'
refused 'a relative include' src/base/x.c:2 'write the include from src/'

new_house
file src/base/x.c '#include UPWARD'
refused 'an include that a macro names' src/base/x.c:2 'which file is included'

new_house
file src/wire/phx.c '#include <kith/server.h>'
refused 'wire that knows the public server' src/wire/phx.c:2 'above it'

new_house
file include/kith/slice.h '#pragma once' '' '#include "base/map.h"'
refused 'a public header that shows the inside' include/kith/slice.h:4 'public header'

new_house
file src/base/a.h '#pragma once' '' '#include "base/b.h"'
file src/base/b.h '#pragma once' '' '#include "base/c.h"'
file src/base/c.c '#include "base/a.h"'
refused 'a circle of files' 'src/base/[abc].[ch]:[24]' 'base/a -> base/b -> base/c -> base/a'

new_house
file src/base/a.c '#include "base/a_part.h"'
file src/base/a_part.h '#pragma once' '' '#include "base/a.h"'
refused 'a circle of a thing and its part' 'src/base/a.*:[24]' 'a circle of files: base/a'

new_house
calls='socket(1, 1, 0)
read(0, p, 1)
write(1, p, 1)
sendmsg(1, p, 0)
recv(1, p, 1, 0)
epoll_wait(1, p, 1, 0)
open("x", 0)
close(1)
time(NULL)
clock_gettime(1, p)
gettimeofday(p, p)
getrandom(p, 1, 0)
pthread_create(p)
eventfd(0, 0)
poll(p, 1, 0)
select(1)
fopen("x", "r")
printf("x")
getenv("x")
getuid()
setrlimit(1, p)
gethostname(p, 1)
ftruncate(1, 0)
mkstemp(p)
rand()
RAND_bytes(p, 1)
sleep(1)'
file src/shard/timers.c 'void f(void *p)' '{' "$(printf '%s\n' "$calls" | sed 's/.*/    &;/')" '}'
"$scratch/house/script/check" >"$scratch/said" 2>&1 || :
line=4
for call in $(printf '%s\n' "$calls" | sed 's/(.*//'); do
    if grep -q "^src/shard/timers.c:$line: shard calls $call(): only io/" "$scratch/said"; then
        ok "a shard that calls $call"
    else
        not_ok "a shard that calls $call"
    fi
    line=$((line + 1))
done

for floor in base wire core edge; do
    new_house
    file src/$floor/x.c 'void f(void) { close(1); }'
    refused "a system call in $floor" src/$floor/x.c:2 "$floor calls close()"
done

new_house
file src/app/who.c 'void who(void) { socket(1, 1, 0); }'
refused 'a socket in app/' src/app/who.c:2 'app calls socket()'

new_house
file src/app/who.c 'void who(void) { open("x", 0); }'
refused 'a file opened in app/' src/app/who.c:2 'app calls open()'

new_house
file src/core/feed.c '#include <unistd.h>'
refused "a system's header in core" src/core/feed.c:2 'unistd.h'

new_house
file src/core/feed.c '/* read(2), time(2) */' '// socket(2)' 'const char *s = "close(1) /*";' \
    'const char c = '"'\"'"', *t = "open(\" /* ";' 'int f(struct port *p) { return p->read(1) + p->out.close(2); }' \
    '/* a comment of' '   time(NULL) lines */' 'int feed_read(void);' 'int g(void) { return feed_read(); }'
accepted 'words, members and own names are no system calls' 'all in order'

new_house
file src/core/feed.c '/* one' ' * two */' 'long b = /* three */ time(NULL);'
refused 'a call behind a comment' src/core/feed.c:4 'core calls time()'

for include in '"app/settings.h"' '<unistd.h>' '<jansson.h>' '"io/loop.h"' '<stdio.h>' '<argp.h>'; do
    new_house
    file src/app/serve.c "#include $include"
    refused "serve.c that includes $include" src/app/serve.c:2 'serve.c'
done

new_house
file src/core/feed.c 'int  f( void );'
refused 'C that is not formatted' src/core/feed.c:2 'clang-format -i src/core/feed.c'

new_house
printf '#pragma once\n' >"$scratch/house/src/core/feed.h"
refused 'a file without a first line' src/core/feed.h:1 'does not say what the file is for'

new_house
printf '/* core/food.h -- a name that was changed. */\n#pragma once\n' >"$scratch/house/src/core/feed.h"
refused 'a first line that names another file' src/core/feed.h:1 'core/food.h'

new_house
file src/base/map.h '#pragma once' '' 'void map_free(void);' 'static inline void map_keep(void) {}'
file bench/map.h '#pragma once' '' '__attribute__((format(printf, 1, 2))) void map_free(const char *fmt, ...);'
refused 'two headers that promise one name' src/base/map.h:4 'map_free() is promised by bench/map.h'
file bench/map.h '#pragma once' '' '/* Unlike' 'map_free(), and */' 'void map_end(void (*map_free)(void));' \
    'static inline void map_keep(void) {}'
accepted 'a name that a header only speaks of' 'all in order'

lines() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "int v" i ";" }'; }

new_house
file src/core/feed.c "$(lines 500)"
refused 'a file of 501 lines' src/core/feed.c:501 'split it'

new_house
file src/core/feed.c "$(lines 499)"
accepted 'a file of 500 lines is a warning' 'feed.c:401: warning: 500 lines'

new_house
file src/core/feed.c 'void f(void)' '{' "$(lines 71 | sed 's/^/    /')" '}'
accepted 'a function of 71 lines is a warning' 'feed.c:3: warning: a function of 71 lines'

new_house
printf '#!/bin/sh\nif true\n' >"$scratch/house/script/broken"
refused 'a script that sh cannot read' 'script/broken:[23]' 'sh cannot read it'

new_house
mkdir "$scratch/house/.ci"
printf '#!/bin/bash\nx=(1 2\n' >"$scratch/house/.ci/run"
refused 'a script that bash cannot read' '.ci/run:[23]' 'bash cannot read it'

new_house
mkdir -p "$scratch/house/docs"
printf '# The wire, again\n\n## In `C`: two\n' >"$scratch/house/docs/wire.md"
printf '%s\n' '[a](docs/wire.md#in-c-two), [b](docs), [c](#here), [d](https://nowhere.example/x)' '# Here' \
    '```' '[e](nowhere.md)' '```' '`[f](nowhere.md)`' >"$scratch/house/README.md"
printf '[up](../README.md#here) and [script](../script/check)\n' >"$scratch/house/docs/up.md"
accepted 'links that lead somewhere' 'all in order'

rm "$scratch/house/docs/up.md"
printf 'one\n[a](docs/wires.md)\n' >"$scratch/house/README.md"
refused 'a link to no file' README.md:2 'a link to docs/wires.md, which is not there'
printf '[a](docs/wire.md#the-wire)\n' >"$scratch/house/README.md"
refused 'a link to no heading' README.md:1 'a link to #the-wire, and docs/wire.md has no such heading'
printf '[x](../up.md)\n' >"$scratch/house/docs/up.md"
printf '# Here\n' >"$scratch/house/README.md"
refused 'a link that misses its folder' docs/up.md:1 'a link to up.md'

rm "$scratch/house/docs/up.md"
printf '%s\n' '`docs/wire.md`, `docs/*.md`, `script/check`, `tests/suites/NAME.sh`, `wire/phx`' '```sh' 'script/check' '```' \
    >"$scratch/house/README.md"
accepted 'files that are there are named' 'all in order'
printf 'one\n`docs/wires.md`: a page\n' >"$scratch/house/README.md"
refused 'a name of no file' README.md:2 'docs/wires.md is named, which is not there'
printf '`src/*/none_*.c`\n' >"$scratch/house/README.md"
refused 'a pattern of no file' README.md:1 'src/[*]/none_[*].c is named, which is not there'
printf '%s\n' '```sh' 'script/checks --all' '```' >"$scratch/house/README.md"
refused 'a script in a block that is none' README.md:2 'script/checks is named, which is not there'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
