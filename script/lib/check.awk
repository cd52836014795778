# script/lib/check.awk -- reads the C files of the house and prints what breaks its rules, one line
# each: file:line: what, and what to do. "warning:" behind the place marks what is not refused.

BEGIN {
    split("base wire core shard edge load io app", rooms, " ")
    split("0 1 1 2 3 3 4 5", floors, " ")
    for (i in rooms) floor_of[rooms[i]] = floors[i] + 0

    split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal " \
          "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath " \
          "threads time uchar wchar wctype", words, " ")
    for (i in words) standard[words[i] ".h"] = 1

    # The world outside. Names that end in _ stand for all that begin so.
    forbid("network", "socket socketpair connect bind listen accept accept4 send sendto sendmsg " \
           "sendmmsg recv recvfrom recvmsg recvmmsg shutdown setsockopt getsockopt getaddrinfo " \
           "getpeername getsockname")
    forbid("waiting", "epoll_ eventfd eventfd_ timerfd_ signalfd inotify_ poll ppoll select pselect " \
           "sleep usleep nanosleep clock_nanosleep pause")
    forbid("clock", "time clock clock_gettime gettimeofday timespec_get localtime localtime_r")
    forbid("chance", "getrandom getentropy rand rand_r random srand srandom drand48 arc4random " \
           "arc4random_ RAND_bytes RAND_priv_bytes")
    forbid("thread", "pthread_ thrd_ mtx_ cnd_ sem_")
    forbid("file", "open openat creat close read write pread pwrite readv writev lseek stat fstat " \
           "lstat unlink unlinkat rename renameat mkdir rmdir opendir readdir access dup dup2 dup3 " \
           "pipe pipe2 fcntl ioctl fsync fdatasync mmap munmap flock fopen fdopen freopen fclose " \
           "fread fgets fgetc fseek getline popen tmpfile isatty chmod fchmod chown fchown symlink " \
           "readlink realpath truncate ftruncate fallocate chdir getcwd mkstemp mkdtemp sendfile " \
           "splice statvfs glob")
    forbid("terminal", "printf vprintf fprintf vfprintf puts putchar fputs fputc fwrite fflush perror")
    forbid("process", "fork vfork execl execlp execv execve execvp system kill raise signal " \
           "sigaction sigprocmask alarm waitpid exit _exit quick_exit getenv secure_getenv setenv " \
           "getpid getuid geteuid setuid setgid getrlimit setrlimit prlimit prctl umask uname " \
           "gethostname sched_ sysconf syscall")
}

function forbid(kind, names, list, n, i) {
    n = split(names, list, " ")
    for (i = 1; i <= n; i++) {
        if (list[i] ~ /_$/) prefix_kind[list[i]] = kind
        else kind_of[list[i]] = kind
    }
}

function say(line, text) { print FILENAME ":" line ": " text }

function room_of(path, parts) {
    if (path ~ /^src\//) { split(path, parts, "/"); return parts[2] }
    return path ~ /^include\/kith\// ? "kith" : ""
}

FNR == 1 {
    room = room_of(FILENAME)
    in_comment = function_line = 0
    check_first_line()
}

function check_first_line(words_there, named) {
    if ($0 !~ /^(\/\*|\/\/) *[^ ]+ .*[A-Za-z]/ || split($0, words_there, " ") < 4) {
        say(1, "the first line does not say what the file is for: begin with /* " FILENAME " -- ... */")
        return
    }
    named = words_there[2]
    if (named ~ /\.[ch]$/ && ("/" FILENAME) !~ ("/" named "$") )
        say(1, "the first line speaks of " named ": let it name this file")
}

# A function of the house begins and ends with a brace in the first column.
/^\{/ { function_line = FNR }
/^\}/ {
    if (function_line && FNR - function_line - 1 > 70 && FILENAME ~ /^(src|include)\//)
        say(function_line, "warning: a function of " (FNR - function_line - 1) \
            " lines: is it one thought?")
    function_line = 0
}

{
    if (!in_comment && $0 ~ /^[ \t]*#[ \t]*include/) check_include()
    else if (room != "" && room != "kith" && room != "io") check_calls(code($0))
    else code($0)
}

# A function that other files may call. Whoever reads its name, or links both, has to know which one.
FILENAME ~ /^(src|include|bench)\/.*\.h$/ && /^[A-Za-z_][^=]*\(/ && !/^(static|typedef) / {
    check_promise($0)
}

function check_promise(s, name) {
    sub(/^__attribute__\(\(.*\)\) /, "", s)
    if (!match(s, /[ *][a-z][a-z0-9_]*\(/)) return
    name = substr(s, RSTART + 1, RLENGTH - 2)
    if (name in promised && promised[name] != FILENAME)
        say(FNR, name "() is promised by " promised[name] ", too: one name for one thing")
    promised[name] = FILENAME
}

# A struct that a header lays open is one thing in all rooms that meet, and in its own also to the sources.
FILENAME ~ /^src\// && /^(struct|union) [a-z_0-9]+ \{/ { check_struct($2, FILENAME ~ /\.h$/) }

function check_struct(name, open, other, there) {
    other = struct_of[room, name, !open]
    for (there in floor_of)
        if (open && may_meet(room, there) && struct_of[there, name, 1] != "")
            other = struct_of[there, name, 1]
    if (other != "") say(FNR, "struct " name " is another one in " other ": one name for one thing")
    struct_of[room, name, open] = FILENAME
}

# Whoever measures a server shares nothing with it but the wire.
function may_meet(a, b) {
    if (a == "load" || b == "load") return a == b || floor_of[a] <= 1 && a != "core" || \
        floor_of[b] <= 1 && b != "core"
    return 1
}

# The line without comments, strings and characters. Keeps in_comment from line to line.
function code(s, out) {
    out = ""
    while (s != "") {
        if (in_comment) {
            if (!match(s, /\*\//)) return out
            in_comment = 0
        } else {
            if (!match(s, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) return out s
            out = out substr(s, 1, RSTART - 1)
            if (substr(s, RSTART, 2) == "//") return out
            in_comment = substr(s, RSTART, 2) == "/*"
            out = out (in_comment ? " " : "0")
        }
        s = substr(s, RSTART + RLENGTH)
    }
    return out
}

function check_include(target, angled) {
    if (!match($0, /["<][^">]+[">]/)) {
        say(FNR, "write out which file is included, not a macro that names it")
        return
    }
    angled = substr($0, RSTART, 1) == "<"
    target = substr($0, RSTART + 1, RLENGTH - 2)
    if (FILENAME == "src/app/serve.c") check_serve(target, angled)
    else if (room == "kith") check_public(target, angled)
    else if (room != "") check_arrow(target, angled)
}

function check_serve(target, angled) {
    if (angled && target ~ /^kith\//) return
    say(FNR, "serve.c is the library's first user and may include only <kith/...>: make what it " \
        "needs of " target " public, or leave it to cmd_serve.c")
}

function check_public(target, angled) {
    if (angled && (target ~ /^kith\// || target in standard)) return
    say(FNR, "a public header may include only <kith/...> and the C library, not " target)
}

function check_arrow(target, angled, to, here) {
    here = floor_of[room]
    to = target
    sub(/\/.*/, "", to)
    if (angled && target ~ /^kith\//) {
        if (here <= 1 && target !~ /^kith\/(err|slice|version)\.h$/)
            say(FNR, room " may not include <" target ">, which speaks of what is above it")
        return
    }
    if (angled && !(to in floor_of && target ~ /\//)) { check_system(target); return }
    if (target !~ /^[a-z]+\/[a-z0-9_\/]+\.h$/ || !(to in floor_of)) {
        say(FNR, "write the include from src/, as \"room/file.h\", not " target)
        return
    }
    if (to != room && (floor_of[to] == here || (room == "load" && to ~ /^(core|shard)$/)))
        say(FNR, room " and " to " are strangers: bring them together in a room above, not by " target)
    else if (floor_of[to] > here)
        say(FNR, room " may not include " target ", which is above it: move what both need down, or " \
            "take it as an argument")
    add_edge(FILENAME, target)
}

function check_system(target) {
    if (room == "app" && target == "arpa/inet.h") return # inet_pton, which is pure
    if (room != "io" &&
        target ~ /^(unistd|pthread|threads|poll|fcntl|signal|netdb|dirent)\.h$|^(sys|netinet|arpa|net|linux)\//)
        say(FNR, "only io/ speaks to the system: " room " may not include <" target ">")
}

function check_calls(s, name, before) {
    before = ""
    while (match(s, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        name = substr(s, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", name)
        before = substr(s, 1, RSTART - 1)
        if (before !~ /(\.|->)[ \t]*$/) check_call(name)
        s = substr(s, RSTART + RLENGTH)
    }
}

function check_call(name, kind, p) {
    kind = kind_of[name]
    if (kind == "")
        for (p in prefix_kind) if (index(name, p) == 1) kind = prefix_kind[p]
    if (kind == "" || (FILENAME == "src/base/assert.c" && name == "fprintf")) return
    if (room == "app" && kind == "terminal") return # a command speaks to a person
    say(FNR, room " calls " name "(): " advice(kind))
}

function advice(kind) {
    if (kind == "clock") return "only io/ reads a clock; take `now` as an argument"
    if (kind == "chance") return "only io/ draws by chance; take a seed or a key as an argument"
    if (kind == "thread") return "only io/ knows of threads; speak by mail"
    return "only io/ makes system calls; take bytes in and give bytes out"
}

# Circles. x.c and x.h are one thing, x.

function thing(path) {
    sub(/^src\//, "", path)
    sub(/\.[ch]$/, "", path)
    return path
}

function add_edge(from, to, a, b) {
    a = thing(from)
    b = thing(to)
    if (a == b || (a, b) in place) return
    place[a, b] = FILENAME ":" FNR
    uses[a] = uses[a] " " b
    if (!(a in known)) { known[a] = 1; things[++thing_count] = a }
}

# Depth first; `path` is the way here, each name between blanks. 1: on the way, 2: done.
function walk(a, path, list, n, i) {
    state[a] = 1
    n = split(uses[a], list, " ")
    for (i = 1; i <= n; i++) {
        if (state[list[i]] == 1) say_circle(a, list[i], path)
        else if (!state[list[i]]) walk(list[i], path list[i] " ")
    }
    state[a] = 2
}

function say_circle(from, to, path) {
    path = substr(path, index(path, " " to " ") + 1)
    gsub(/ /, " -> ", path)
    print place[from, to] ": a circle of files: " path to "; let one of them not know the next"
}

END { for (i = 1; i <= thing_count; i++) if (!state[things[i]]) walk(things[i], " " things[i] " ") }
