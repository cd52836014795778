# lib/check.sh -- counts what holds, for a suite of shell commands. Sourced; the suite has a folder $scratch and ends
# with the line that $passed and $failed are for.
passed=0 failed=0

check() { # check NAME COMMAND...: the command says yes
    name=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s\n' "$name"
        sed 's/^/    /' "$scratch/said"
    fi
}
refuses() { ! "$@"; }
