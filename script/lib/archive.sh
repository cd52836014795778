#!/bin/sh
# script/lib/archive.sh OUT ARCHIVE... -- one static library of several, in which only the public
# names are left: an application may have a map_fini of its own.
set -eu
. "$(dirname -- "$0")/at_end.sh"
out=$1
shift
folder=$(mktemp -d "$out.XXXXXX")
at_end 'rm -rf "$folder"'
ld -r --whole-archive "$@" -o "$folder/kith.o"
objcopy --localize-hidden "$folder/kith.o"
rm -f "$out"
ar rcs "$out" "$folder/kith.o"
