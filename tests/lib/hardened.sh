#!/bin/sh
# tests/lib/hardened.sh [--sanitized] FILE... -- says of each program or library what it lacks of what makes an error in
# it harder to use; exit 1 if one lacks any. --sanitized: without FORTIFY, in whose place the sanitizers stand.
set -eu
fortified=1
[ "${1-}" != --sanitized ] || { fortified= && shift; }
lacking=0
lacks() { printf '%s: %s\n' "$file" "$1" && lacking=1; }

for file; do
    segments=$(readelf -hlW "$file") dynamic=$(readelf -dW "$file") names=$(readelf --dyn-syms -W "$file")
    says() { printf '%s\n' "$1" | grep -Eq -- "$2"; } # says TEXT PATTERN
    says "$segments" 'Type: +DYN' || lacks 'its place in memory is known before it starts (no PIE)'
    ! says "$segments" INTERP || says "$dynamic" 'Flags:.* PIE' || lacks 'it is no PIE'
    says "$segments" 'GNU_RELRO' || lacks 'what the loader has filled in stays writable (no RELRO)'
    says "$dynamic" 'BIND_NOW' || lacks 'functions are looked up when they are called, in a table that is writable (no BIND_NOW)'
    says "$segments" 'GNU_STACK .* RW +0x' || lacks 'its stack may be executed'
    ! says "$segments" ' RWE +0x' || lacks 'it has memory that is both writable and executable'
    ! says "$dynamic" 'TEXTREL' || lacks 'its code is written to when it is loaded (TEXTREL)'
    ! says "$dynamic" '\((RPATH|RUNPATH)\)' || lacks 'it looks for libraries in a folder of its own (RPATH)'
    says "$names" ' __stack_chk_fail' || lacks 'its stack frames are not guarded (no stack protector)'
    [ -z "$fortified" ] || says "$names" ' __(memcpy|snprintf|vsnprintf|read|recv|poll)_chk' ||
        lacks 'no call knows how large its buffer is (no FORTIFY)'
done
exit $lacking
