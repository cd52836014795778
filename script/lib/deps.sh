# script/lib/deps.sh -- installs what a fresh Debian 12 lacks. Sourced; says nothing when all is there.

DEPS_BUILD='build-essential meson ninja-build pkg-config ca-certificates libjansson-dev libssl-dev libsqlite3-dev libpq-dev libinih-dev libcurl4-openssl-dev libnats-dev liburing-dev'
DEPS_CHECK='clang-format'
DEPS_TEST='libcmocka-dev clang-format chromium curl postgresql nats-server nftables iproute2 openssl strace systemd'
DEPS_DOCS='doxygen man-db mandoc'
DEPS_SITE='mkdocs mkdocs-material mandoc'
DEPS_CLANG='clang libclang-rt-14-dev'
DEPS_PACKAGE='debhelper lintian fakeroot debootstrap strace'
DEPS_PLOTS='gnuplot-nox'
DEPS_COVERAGE='gcovr'
DEPS_COUNTS='valgrind binutils python3'
DEPS_SPIN='spin build-essential'

export LC_ALL=C.UTF-8 # numbers with a point, one order of sorting

die() {
    status=$1
    shift
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit "$status"
}

# A node from elsewhere is as good as Debian's, if it is new enough and runs.
node_runs() {
    [ "$(node -p 'process.versions.node.split(".")[0] >= 18' 2>/dev/null)" = true ] &&
        npm --version >/dev/null 2>&1
}

# Which of the packages are not installed. The word `node` stands for node 18 or newer and npm.
deps_lacking() {
    for package; do
        case $package in
        node) node_runs || printf 'nodejs npm ' ;;
        *)
            [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
                printf '%s ' "$package"
            ;;
        esac
    done
}

# Installs what is lacking of the packages. Exit 77: not allowed to.
deps() {
    command -v dpkg-query >/dev/null 2>&1 || return 0 # not a Debian: the build says what it misses
    lacking=$(deps_lacking "$@")
    lacking=${lacking% }
    [ -n "$lacking" ] || return 0
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo=sudo
        command -v sudo >/dev/null 2>&1 && sudo true || deps_by_hand
    fi
    printf 'Installing: %s\n' "$lacking" >&2
    {
        deps_apt update -q && deps_apt install -q -y --no-install-recommends $lacking
    } >&2 || die 1 "apt-get could not install: $lacking. Is the network up?"
    case " $* " in
    *' node '*) node_runs || die 1 "$(command -v node) is older than 18 or does not run: remove it, or put /usr/bin first in PATH" ;;
    esac
}

deps_apt() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }

# Prints where promtool is, which the tests hold /metrics to. Its package would start a service and take 96 MB: only this
# program is taken out of it, into build-tools/. Exit 77: it is not to be had.
deps_promtool() {
    if command -v promtool; then return; fi
    if [ ! -x build-tools/promtool ]; then
        command -v apt-get >/dev/null 2>&1 || die 77 'promtool is missing; it is part of Prometheus'
        mkdir -p build-tools/download
        (cd build-tools/download && deps_download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb |
            tar -x ./usr/bin/promtool && mv usr/bin/promtool ..) >&2 || die 1 'apt-get could not download prometheus. Is the network up?'
        rm -r build-tools/download
    fi
    printf '%s\n' "$PWD/build-tools/promtool"
}

# Prints a folder with the programs haproxy and nginx, for tests. Their packages would start services on the ports of a
# web server: they are only unpacked, with what libraries of theirs nothing else has, into build-tools/. Exit 77: they
# are not to be had.
deps_proxies() {
    if [ ! -x build-tools/proxies/haproxy ]; then
        command -v apt-get >/dev/null 2>&1 || die 77 'haproxy and nginx are missing'
        rm -rf build-tools/unpacked
        mkdir -p build-tools/unpacked build-tools/proxies
        (cd build-tools/unpacked && for package in nginx haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1; do
            deps_download "$package" && dpkg-deb -x "$package"_*.deb . || exit 1
        done) >&2 || die 1 'apt-get could not download haproxy and nginx. Is the network up?'
        for program in nginx haproxy; do
            printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$(echo "$PWD"/build-tools/unpacked/usr/lib/*-linux-gnu*)" \
                "$PWD/build-tools/unpacked/usr/sbin/$program" >"build-tools/proxies/$program"
            chmod +x "build-tools/proxies/$program"
        done
    fi
    printf '%s\n' "$PWD/build-tools/proxies"
}

# deps_download PACKAGE: into the folder where it is called. For who is not root, the lists have to be there.
deps_download() {
    printf 'Fetching: %s\n' "$1" >&2
    apt-get -q -o APT::Sandbox::User=root download "$1" && return
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    deps_apt update -q && apt-get -q -o APT::Sandbox::User=root download "$1"
}

deps_by_hand() {
    printf 'Some packages are missing, and only root may install them. As root:\n' >&2
    printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "$lacking" >&2
    exit 77
}
