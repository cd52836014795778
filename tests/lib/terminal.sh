# tests/lib/terminal.sh -- what tests of the program at the terminal share: a command is run, and its exit
# code and both its outputs are held to what is expected. Sourced, in a folder for scratch files.
passed=0 failed=0

ok() { passed=$((passed + 1)) && printf 'ok - %s\n' "$1"; }
not_ok() {
    failed=$((failed + 1))
    printf 'not ok - %s: %s\n' "$1" "$2"
    sed 's/^/    out: /' out
    sed 's/^/    err: /' err
}

# Whether a text has the pattern (grep -E); '' asks for no text at all, '*' for any.
has() {
    case $2 in
    '*') return 0 ;;
    '') [ ! -s "$1" ] ;;
    *) grep -Eq -- "$2" "$1" ;;
    esac
}

# expect NAME CODE OUT ERR COMMAND...: runs it, with what stands in `in` as its input.
expect() {
    name=$1 code=$2 out=$3 err=$4
    shift 4
    "$@" <in >out 2>err
    got=$?
    if [ $got -ne "$code" ]; then
        not_ok "$name" "exit code $got, not $code"
    elif ! has out "$out"; then
        not_ok "$name" "standard output is not $out"
    elif ! has err "$err"; then
        not_ok "$name" "standard error is not $err"
    else
        ok "$name"
    fi
    : >in
}

# same NAME FILE TEXT: the file holds just this.
same() {
    printf '%s' "$3" >want
    if cmp -s "$2" want; then ok "$1"; else
        cp "$2" out
        not_ok "$1" "not what was expected"
    fi
}

# within SECONDS COMMAND...: tries until it is true.
within() {
    tries=$(($1 * 20))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

one_line() { [ "$(wc -l <"$1")" -eq 1 ]; }

# refused NAME TEXT ERR: `kith config check` and `kith serve` both refuse the config with this one line and 78.
refused() {
    printf "$2" >bad.conf
    chmod 600 bad.conf
    expect "check: $1" 78 '' "^kith config: $3" "$KITH" config check bad.conf
    one_line err || not_ok "$1" 'more than one line'
    expect "serve: $1" 78 '' "^kith serve: $3" "$KITH" serve --config bad.conf
    one_line err || not_ok "$1" 'more than one line'
}

# Says how many there were; false if one failed.
conclude() {
    printf '\n%d passed, %d failed\n' $passed $failed
    [ $failed -eq 0 ]
}
: >in
