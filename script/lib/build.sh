# script/lib/build.sh -- makes build folders and npm folders, and leaves alone what is up to date.
# Sourced, in the project's folder, after deps.sh.

# writable FOLDER: ends the script in a clone, or with a build folder, of another user.
writable() {
    [ -w "$1" ] || die 77 "$(cd "$1" && pwd) belongs to another user: use a clone of your own"
}

# npm ci, if the folder has a package.json and its lock is not the one that was installed last.
npm_ci() {
    [ -f "$1/package.json" ] || return 0
    cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" && return 0
    printf 'npm ci in %s\n' "$1" >&2
    # One more try, and no minutes of them: without a network none helps.
    (cd "$1" && npm ci --no-fund --no-audit --loglevel=error --fetch-retries=1 \
        --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2) ||
        die 1 "npm ci failed in $1/. Is the network up? ${2-}"
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
}

# The page's assets. Meson looks for them when it configures, so a new set asks for that.
page_assets() {
    writable .
    before=$(cat web/node_modules/.installed-lock 2>/dev/null || :)
    npm_ci web 'Without the page: meson setup build-bare -Dweb=disabled && ninja -C build-bare'
    [ "$before" = "$(cat web/node_modules/.installed-lock 2>/dev/null || :)" ] ||
        rm -f build*/.configured
}

# configure_in FOLDER OPTION...: configures the folder if it is new or was made with other options.
configure_in() {
    folder=$1
    shift
    [ ! -d "$folder" ] || writable "$folder"
    [ "$(cat "$folder/.configured" 2>/dev/null)" != "${CC-} $*" ] || return 0
    if [ -f "$folder/build.ninja" ]; then again=--reconfigure; else again=; fi
    meson setup $again "$folder" "$@" >&2 ||
        die 1 "cannot configure $folder/. If its options are at fault: rm -r $folder"
    printf '%s\n' "${CC-} $*" >"$folder/.configured"
}

# make_in FOLDER [TARGET...]: builds what is configured there, or only these.
make_in() {
    # What there is to do is asked first: a build of minutes is announced, and none not mentioned.
    case $(ninja -C "$@" -n 2>&1) in *'no work to do'*) return 0 ;; esac
    if [ -t 2 ]; then ninja -C "$@" >&2; else
        printf 'building %s/, which may take minutes\n' "$1" >&2
        ninja -C "$@" --quiet >&2
    fi
}

# build_in FOLDER OPTION...: configures it, and builds all.
build_in() {
    configure_in "$@"
    make_in "$1"
}
