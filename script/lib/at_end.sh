# script/lib/at_end.sh -- what a script leaves behind: nothing, however it ends. Sourced.

# at_end COMMAND: done once, at the end, also where Ctrl-C or TERM is it: a shell by itself dies of them without a word.
at_end() {
    trap "$1" EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# Ends what the script has begun and still runs: in the background Ctrl-C is not heard. What stands still goes on for it.
end_begun() {
    begun=$(pgrep -P $$) || :
    [ -z "$begun" ] || kill $begun 2>/dev/null || :
    [ -z "$begun" ] || kill -CONT $begun 2>/dev/null || :
    wait
}
