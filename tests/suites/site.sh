#!/bin/sh
# tests/suites/site.sh -- the docs' site is made without a warning, its links and anchors lead somewhere, it asks no
# other host for anything, and what must not be in a page is refused. KITH_BUILD names a build folder with man pages,
# build-asan by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/at_end.sh
deps $DEPS_SITE
build=$(realpath "${KITH_BUILD:-build-asan}")
[ -d "$build/docs/man" ] || { echo "no man pages in $build: run script/test" && exit 77; }
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
. tests/lib/check.sh

# The project's text in a folder of its own, since the site is made in it.
mkdir "$scratch/build" "$scratch/src"
cp -r README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md LICENSE docs clients examples "$scratch/"
cp -r src/base "$scratch/src/"
rm -rf "$scratch/clients/js/node_modules"
cd "$scratch"

make_site() {
    python3 -B docs/site/pages.py build/site-pages "$build/docs/man" &&
        mkdocs build --quiet --strict --clean --config-file docs/site/mkdocs.yml
}
check 'the site is made, without a warning' make_site
check 'every page of docs/ is on it' sh -c 'for page in docs/*.md docs/adr/[0-9]*.md; do
    name=${page#docs/}; [ -s "build/site/${name%.md}.html" ] || { echo "$page is not"; exit 1; }; done'
check 'and has its place in the order of docs/site/mkdocs.yml' sh -c 'for page in docs/*.md; do
    grep -q ": ${page#docs/}\$" docs/site/mkdocs.yml || { echo "$page has none"; exit 1; }; done'
check 'every man page is on it' sh -c "for page in $build/docs/man/*.[135]; do
    [ -s build/site/man/\$(basename \$page).html ] || { echo \$page is not; exit 1; }; done"
check 'and every limit' sh -c 'sed -n "s/^#define \([A-Z_]*\) .*/\1/p" src/base/limits.h |
    while read -r name; do grep -q "<code>$name</code>" build/site/limits.html || { echo "$name is not"; exit 1; }; done'
held() { # each test that reliability.md names is in its file
    grep -oE '`tests/[a-z_/]+\.[a-z.]+`(: (`[^`]+`(, )?)+)?' docs/reliability.md | while read -r line; do
        file=$(printf '%s' "$line" | cut -d '`' -f 2)
        [ -e "$OLDPWD/$file" ] || { echo "there is no $file" && exit 1; }
        printf '%s\n' "$line" | sed 's/^`[^`]*`//' | grep -o '`[^`]*`' | tr -d '`' | while read -r name; do
            grep -qF -- "$name" "$OLDPWD/$file" || { echo "$file has no $name" && exit 1; }
        done || exit 1
    done
}
check 'each promise names tests that there are' held
limits() { # and each bound that SECURITY.md names
    grep -oE '`[A-Z]+_[A-Z_]+`' SECURITY.md | tr -d '`' | while read -r name; do
        grep -q "^#define $name\>" src/base/limits.h || { echo "limits.h has no $name" && exit 1; }
    done
    grep -oE '`(server|presence)\.[a-z_]+`' SECURITY.md | tr -d '`' | sed 's/.*\.//' | while read -r name; do
        grep -q "^#$name = " docs/config.md || { echo "there is no setting $name" && exit 1; }
    done
}
check 'and bounds that there are' limits
check 'its links and anchors lead somewhere, and to no other host but by a click' \
    python3 -B "$OLDPWD/tests/docs/site_links.py" build/site
check 'no mark of the tests is in it' refuses grep -rl 'test: \(run\|file\|beside\|prints\)' build/site --include='*.html' --exclude=contributing.html
check 'its search knows a word of a guide' grep -q 'Start in five minutes' build/site/search/search_index.json

# What it must refuse
broken() { # broken NAME WORDS LINE: with this line at the end of a page it says so
    words=$2
    cp docs/start.md start.md
    printf '%s\n' "$3" >>docs/start.md
    says() { ! make_site >why 2>&1 && grep -F -- "$words" why; }
    check "$1" says
    cp start.md docs/start.md
}
broken 'a link to a file that is not there is refused' 'a link to docs/nowhere.md, which is not there' 'See [this](nowhere.md).'
printf '<a href="start.html#nowhere">x</a><script src="https://example.com/x.js"></script>\n' >build/site/bad.html
check 'a lost anchor would be found' sh -c "python3 -B '$OLDPWD/tests/docs/site_links.py' build/site 2>&1 | grep -F 'bad.html: no start.html#nowhere'"
check 'and a script of another host' sh -c "python3 -B '$OLDPWD/tests/docs/site_links.py' build/site 2>&1 | grep -F 'bad.html: fetches https://example.com/x.js'"

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
