#!/bin/sh
# tests/suites/cli_config.sh -- `kith config` at the terminal, and what of a config is refused, also by
# `kith serve`, with its exit code and its advice. KITH=path of the program, build/kith if not said.
set -u
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
house=$PWD
KITH=${KITH:-$house/build/kith}
[ -x "$KITH" ] || { echo "no program at $KITH: run script/build" && exit 77; }
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
cd "$scratch" || exit 1
. "$house/tests/lib/terminal.sh"

expect 'config without a verb' 64 '' 'say init or check' "$KITH" config
expect 'config with an unknown verb' 64 '' "'chekc' is neither init nor check" "$KITH" config chekc
expect 'config with too many words' 64 '' "'c' is one argument too many" "$KITH" config check a c
expect 'init shows a file that explains itself' 0 '^#listen = 0\.0\.0\.0:4000$' '' "$KITH" config init
sed -n '/^```ini$/,/^```$/p' "$house/docs/config.md" | sed '1d;$d' >shown
if cmp -s out shown; then ok 'docs/config.md shows what init shows'; else
    not_ok 'docs/config.md shows what init shows' 'put the output of kith config init into its block'
fi
expect 'init makes a file' 0 '^kith\.conf is there, .*, and kith\.conf\.key, the key of its API\. Next: kith serve --config kith\.conf$' '' "$KITH" config init kith.conf
[ "$(stat -c %a kith.conf kith.conf.key | tr '\n' ' ')" = '600 600 ' ] && ok 'which is private, as its key is' || not_ok 'which is private, as its key is' "$(ls -l)"
grep '^secret = ................................' kith.conf >secret1
expect 'init never overwrites' 73 '' 'kith\.conf: there already, and left as it is' "$KITH" config init kith.conf
grep '^secret = ' kith.conf | cmp -s - secret1 && ok 'and has not' || not_ok 'and has not' 'the secret changed'
: >new.conf.key
expect 'init makes both files or none' 73 '' 'new\.conf\.key: there already, and left as it is' "$KITH" config init new.conf
[ ! -e new.conf ] && ok 'and leaves none' || not_ok 'and leaves none' 'new.conf is there'
expect 'init of too long a name' 64 '' 'is too long' "$KITH" config init "$(printf %0200d 1)"
expect 'init where there is no folder' 73 '' 'no/kith\.conf: No such file' "$KITH" config init no/kith.conf
"$KITH" config init other.conf >/dev/null
grep '^secret = ' other.conf | cmp -s - secret1 && not_ok 'each file has its own secret' same || ok 'each file has its own secret'
sed -i 's/^#\(listen\|api\) = .*/\1 = 127.0.0.1:0/' kith.conf
expect 'check takes kith.conf' 0 '^kith\.conf is right: clients on 127\.0\.0\.1:0, API on 127\.0\.0\.1:0, keys: 1, data in' '' "$KITH" config check
sed 's/^\[key admin\]$/#&/; s/^role = /#&/; s/^secret_file = /#&/' kith.conf >keyless.conf && chmod 600 keyless.conf
expect 'check tells that there is no key' 0 'API on 127\.0\.0\.1:0, for health and metrics only: there is no \[key NAME\], data in' '' "$KITH" config check keyless.conf
mkdir conf && "$KITH" config init conf/kith.conf >/dev/null
sed -i 's/^#\(listen\|api\) = .*/\1 = 127.0.0.1:0/' conf/kith.conf
expect 'a key file is found beside the config' 0 'keys: 1, data in' '' "$KITH" config check conf/kith.conf
expect 'from wherever one starts' 0 'keys: 1, data in' '' sh -c "cd / && '$KITH' config check '$scratch/conf/kith.conf'"
expect 'also from there' 0 '^kith\.conf is right: .* keys: 1, data in' '' sh -c "cd conf && '$KITH' config check"
mv conf/kith.conf.key moved.key
expect 'and named where it was looked for' 78 '' 'conf/kith\.conf:[0-9]*: key admin\.secret_file: conf/kith\.conf\.key: No such file' "$KITH" config check conf/kith.conf
sed -i "s|^secret_file = .*|secret_file = $PWD/moved.key|" conf/kith.conf
expect 'an absolute name stands as it is' 0 'keys: 1, data in' '' "$KITH" config check conf/kith.conf
printf "[server]\nlisten = 127.0.0.1:0\napi = 0.0.0.0:0\n[token t]\nkind = jwt\nsecret = 0123456789abcdef0123456789abcdef\n[key k]\nrole = read\nsecret = 0123456789abcdef0123456789abcdef\n" >keys.conf && chmod 600 keys.conf
expect 'check counts the keys of the API' 0 'API on 0\.0\.0\.0:0, keys: 1, data in' '' "$KITH" config check keys.conf
grep -q 0123456789abcdef out && not_ok 'and shows none' 'it does' || ok 'and shows none'
printf "[server]\nlisten = 127.0.0.1:0\napi = 127.0.0.1:0\nauth = none\n" >dev.conf
expect 'in development there are none' 0 'API on 127\.0\.0\.1:0, which asks for no key, data in' '' "$KITH" config check dev.conf
expect 'check of no file' 78 '' '^kith config: none\.conf: No such file' "$KITH" config check none.conf
expect 'check of a folder' 78 '' 'Is a directory' "$KITH" config check .

key='[token t]\nkind = jwt\nsecret = 0123456789abcdef0123456789abcdef\n'
refused 'an empty file' '' 'bad\.conf:1: nothing is set'
refused 'binary junk' '\177ELF\002\001' 'bad\.conf:1: this is not text'
refused 'an unknown key' "[server]\nlisen = x\n" 'bad\.conf:2: server\.lisen: no such key; did you mean server\.listen'
refused 'an unknown section' "[serber]\n" 'bad\.conf:1: no section \[serber\]; did you mean \[server\]'
refused 'a key twice' "[server]\nworkers = 1\nworkers = 2\n" 'bad\.conf:3: server\.workers: stands on line 2'
refused 'a bad number' "[presence]\ngrace_s = soon\n" 'bad\.conf:2: presence\.grace_s: "soon" will not do; write seconds'
refused 'a missing key file' "[token t]\nkind = jwt\nsecret_file = none\n" 'bad\.conf:3: token t\.secret_file: none: No such file'
printf '0123456789abcdef0123456789abcdef' >open.key
chmod 644 open.key
refused 'a key file that everybody may read' "[token t]\nkind = jwt\nsecret_file = open.key\n" 'bad\.conf:3: .*chmod 600 open\.key'
refused 'a short key' "[token t]\nkind = jwt\nsecret = short\n" 'bad\.conf:1: \[token t\]: .*32'
refused 'no key' "[server]\n" 'bad\.conf: server\.auth = token needs'
refused 'no auth beyond loopback' "[server]\nauth = none\n" 'bad\.conf:2: server\.auth = none is for this machine only'
refused 'echo beyond loopback' "[server]\necho = on\n$key" 'bad\.conf:2: server\.echo = on is for this machine only'
refused 'the demo beyond loopback' "[server]\ndemo = on\n" 'bad\.conf:2: server\.demo = on is for this machine only'
refused 'idle before ping' "[server]\nidle_s = 5\n$key" 'bad\.conf:2: server\.idle_s: 5 s is over'
refused 'one port for both' "[server]\nlisten = 0.0.0.0:4000\napi = 127.0.0.1:4000\n$key" 'bad\.conf:3: server\.api: 127\.0\.0\.1:4000 is where clients connect'
refused 'an API beyond loopback without a key' "[server]\napi = 0.0.0.0:0\n$key" 'bad\.conf:2: server\.api: 0\.0\.0\.0:0 can be reached from other machines, and there is no key'
printf "[server]\nlisten = 127.0.0.1:0\ndata = no/deep/data\n$key" >bad.conf
expect 'check: a data folder that cannot be' 78 '' '^kith config: bad\.conf:3: server\.data: no/deep/data: No such file or directory; name a folder' "$KITH" config check bad.conf
refused 'a short API key' "$key[key k]\nrole = read\nsecret = short\n" 'bad\.conf:4: \[key k\]: the secret has 5 bytes'
refused 'one secret for two API keys' "$key[key k]\nrole = read\nsecret = 0123456789abcdef0123456789abcdef\n[key l]\nrole = admin\nsecret = 0123456789abcdef0123456789abcdef\n" 'bad\.conf:7: \[key l\]: another key has this secret already'
refused 'an API key file that everybody may read' "$key[key k]\nrole = read\nsecret_file = open.key\n" 'bad\.conf:6: .*chmod 600 open\.key'
printf "$key" >exposed.conf
chmod 644 exposed.conf
expect 'check: a secret that everybody may read' 78 '' 'exposed\.conf:3: .*chmod 600 exposed\.conf' "$KITH" config check exposed.conf
expect 'serve: a bad flag' 64 '' 'server\.workers: "many" will not do' "$KITH" serve --workers many
expect 'serve: a user that does not exist' 64 '' '^kith serve: --user: there is no user no-such-user; make one' "$KITH" serve --user no-such-user --demo
expect 'serve: root as the user' 64 '' 'root is root; name a user that may do less' "$KITH" serve --user root --demo
expect 'serve: an unknown setting' 64 '' 'presence\.grace: no such key; did you mean presence\.grace_s' "$KITH" serve --set presence.grace=1

conclude
