# tests/support/postgres.sh -- a PostgreSQL server of one's own for the length of a test: in a folder
# that is removed, on a Unix socket alone, with the role `kith` (no superuser) and its password.
# Sourced. As root the server runs as the user postgres, since it refuses to run as root.

pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)

pg_as() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

# pg_begin [SETTING=VALUE...]: makes it, starts it, and sets pg_dir and pg_url; what tests leave in TMPDIR goes with it.
# Returns 77, having said so, where there is no server to be had.
pg_begin() {
    [ -x "$pg_bin/initdb" ] || {
        echo 'there is no PostgreSQL server: apt-get install postgresql'
        return 77
    }
    pg_dir=$(mktemp -d /tmp/kith-pg-XXXXXX)
    mkdir "$pg_dir/tmp"
    export TMPDIR="$pg_dir/tmp"
    [ "$(id -u)" != 0 ] || chown postgres: "$pg_dir"
    (cd "$pg_dir" && pg_as "$pg_bin/initdb" -D "$pg_dir/db" -U postgres --auth=trust -E UTF8 --locale=C \
        --no-sync >"$pg_dir/initdb.log" 2>&1) || {
        cat "$pg_dir/initdb.log"
        return 1
    }
    printf 'local all postgres trust\nlocal all all scram-sha-256\n' >"$pg_dir/db/pg_hba.conf"
    pg_up "$@" || return 1
    pg_sql postgres "CREATE ROLE kith LOGIN PASSWORD 'kith''s key'"
    pg_url=$(pg_database kith)
}

# pg_up [SETTING=VALUE...]: starts it, with the settings.
pg_up() {
    pg_options="-c listen_addresses= -k $pg_dir -c fsync=off -c max_connections=60"
    for setting; do pg_options="$pg_options -c $setting"; done
    (cd "$pg_dir" && pg_as "$pg_bin/pg_ctl" -D "$pg_dir/db" -w -t 30 -l "$pg_dir/log" -o "$pg_options" start) \
        >"$pg_dir/start.log" 2>&1 || {
        cat "$pg_dir/start.log" "$pg_dir/log"
        return 1
    }
}

# pg_down [fast|immediate]: stops it; immediate is as a crash.
pg_down() {
    (cd "$pg_dir" && pg_as "$pg_bin/pg_ctl" -D "$pg_dir/db" -w -m "${1:-fast}" stop) >/dev/null 2>&1
}

# pg_database NAME: makes one that is the role's, and prints its URL.
pg_database() {
    pg_sql postgres "CREATE DATABASE $1 OWNER kith"
    printf 'postgresql://kith:kith%%27s%%20key@/%s?host=%s' "$1" "$pg_dir"
}

# pg_sql DATABASE SQL: as the superuser; prints the values.
pg_sql() { "$pg_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg_dir" -U postgres -d "$1" -c "$2"; }

# pg_signal NAME: to the server, and to all processes that it has for others.
pg_signal() {
    pg_pid=$(head -n 1 "$pg_dir/db/postmaster.pid")
    kill -"$1" "$pg_pid" $(pgrep -P "$pg_pid")
}

pg_end() {
    [ -n "${pg_dir-}" ] || return 0
    pg_signal CONT 2>/dev/null || :
    pg_down immediate || :
    rm -rf "$pg_dir"
}
