# script/lib/links.awk -- reads the names of all files from standard input, then pages of Markdown,
# and prints each link that leads nowhere, to no file or to no heading of its page, and each name of a file of
# the project, in `code` or as a script in a block, that is none. Links to elsewhere are not followed.

FILENAME == "-" {
    path = $0
    there[path] = 1
    while (sub(/\/[^\/]*$/, "", path)) there[path] = 1
    next
}

FNR == 1 { in_code = 0 }
/^ *(```|~~~)/ { in_code = !in_code }
in_code {
    line = $0
    while (match(line, /(^|[ (])script\/[a-z_.\/]+/)) {
        name_of(substr(line, RSTART, RLENGTH))
        line = substr(line, RSTART + RLENGTH)
    }
    next
}

/^#+ / { heading[FILENAME "#" slug($0)] = 1 }

{
    line = $0
    while (match(line, /`[^`]*`/)) {
        name_of(substr(line, RSTART + 1, RLENGTH - 2))
        line = substr(line, RSTART + RLENGTH)
    }
    line = $0
    gsub(/`[^`]*`/, "", line)
    while (match(line, /\]\([^)]*\)/)) {
        link[++links] = substr(line, RSTART + 2, RLENGTH - 3)
        page[links] = FILENAME
        place[links] = FILENAME ":" FNR
        line = substr(line, RSTART + RLENGTH)
    }
}

# Notes a word that looks like a file of the project: of one of its folders, and no pattern (a NAME in capitals).
function name_of(text) {
    sub(/^[ (]+/, "", text)
    sub(/[ :;,].*/, "", text)
    sub(/[.\/]$/, "", text)
    if (text !~ /^(src|include|docs|tests|script|examples|bench|web|clients|\.ci)\/[A-Za-z0-9_.\/*-]+$/) return
    if (text ~ /(^|[\/._])[A-Z][A-Z]+([-.]|$)/ && text !~ /\.md$/ || text ~ /NNN/) return
    named[++names] = text
    name_place[names] = FILENAME ":" FNR
}

function matches_some(pattern, path) {
    gsub(/\./, "\\.", pattern)
    gsub(/\*/, "[^/]*", pattern)
    for (path in there)
        if (path ~ "^" pattern "$") return 1
    return 0
}

# A program of examples or bench is named as it is built.
function check_name(i) {
    if (named[i] in there || named[i] ~ /\*/ && matches_some(named[i])) return
    if (named[i] ~ /^(examples|bench)\/[a-z_]+$/ && matches_some(named[i] "*.c")) return
    print name_place[i] ": " named[i] " is named, which is not there"
}

# As a heading is named in an address.
function slug(text) {
    sub(/^#+ +/, "", text)
    text = tolower(text)
    gsub(/[^a-z0-9 _-]/, "", text)
    gsub(/ /, "-", text)
    return text
}

# A path as seen from the project's folder, without "..".
function resolve(from, to, list, n, i, out, depth) {
    if (to == "") return from
    sub(/[^\/]*$/, "", from)
    n = split(from to, list, "/")
    for (i = 1; i <= n; i++) {
        if (list[i] == "..") depth--
        else if (list[i] != "." && list[i] != "") out[++depth] = list[i]
    }
    to = out[1]
    for (i = 2; i <= depth; i++) to = to "/" out[i]
    return to
}

function check(i, target, anchor) {
    target = link[i]
    if (target ~ /^[a-z]+:/) return
    anchor = ""
    if (match(target, /#.*/)) {
        anchor = substr(target, RSTART + 1)
        target = substr(target, 1, RSTART - 1)
    }
    target = resolve(page[i], target)
    if (!(target in there))
        print place[i] ": a link to " target ", which is not there"
    else if (anchor != "" && !(target "#" anchor in heading))
        print place[i] ": a link to #" anchor ", and " target " has no such heading"
}

END {
    for (i = 1; i <= links; i++) check(i)
    for (i = 1; i <= names; i++) check_name(i)
}
