# script/lib/figures.sh -- what a document of figures says of the run that made them, and how they get
# into it. Sourced, in the project's folder, after deps.sh.

revision() {
    git describe --always --dirty=', with changes' 2>/dev/null || echo unknown
}
machine() {
    processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
    system=$(. /etc/os-release && printf '%s' "$PRETTY_NAME")
    printf '%s, %s cores, %s; %s, Linux %s' "${processor:-unknown processor}" "$(nproc)" "$memory" \
        "$system" "$(uname -r)"
}
load() { cut -d ' ' -f 1 /proc/loadavg; }

# run_table COMMAND LOAD: where and when.
run_table() {
    printf '| | |\n|---|---|\n| machine | %s |\n| date | %s |\n| revision | %s |\n' "$(machine)" \
        "$(date -u +%Y-%m-%d)" "$(revision)"
    printf '| command | `%s` |\n| load before it began | %s |\n' "$1" "$2"
}

# splice DOCUMENT NAME FILE: what stands in it between "<!-- NAME begin" and "<!-- NAME end -->" is
# from now on what the file holds.
splice() {
    grep -q "^<!-- $2 begin" "$1" && grep -q "^<!-- $2 end -->" "$1" || die 1 "$1 has no place for $2"
    spliced=$(mktemp)
    awk -v name="$2" -v file="$3" '
        $0 == "<!-- " name " end -->" { inside = 0 }
        !inside { print }
        index($0, "<!-- " name " begin") == 1 { inside = 1; while ((getline line <file) > 0) print line }
    ' "$1" >"$spliced"
    cat "$spliced" >"$1"
    rm "$spliced"
}
