# script/lib/links.awk -- reads the names of all files from standard input, then pages of Markdown,
# and prints each link that leads nowhere: to no file, or to no heading of its page. Links to elsewhere
# are not followed.

FILENAME == "-" {
    path = $0
    there[path] = 1
    while (sub(/\/[^\/]*$/, "", path)) there[path] = 1
    next
}

FNR == 1 { in_code = 0 }
/^ *(```|~~~)/ { in_code = !in_code }
in_code { next }

/^#+ / { heading[FILENAME "#" slug($0)] = 1 }

{
    line = $0
    gsub(/`[^`]*`/, "", line)
    while (match(line, /\]\([^)]*\)/)) {
        link[++links] = substr(line, RSTART + 2, RLENGTH - 3)
        page[links] = FILENAME
        place[links] = FILENAME ":" FNR
        line = substr(line, RSTART + RLENGTH)
    }
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

END { for (i = 1; i <= links; i++) check(i) }
