#!/usr/bin/env bats
# The recipes for PostgreSQL, with a server that the test starts on a Unix socket of its own.

load helpers
load recipes

# Debian keeps the servers of all versions outside of PATH. One does not run as root.
as_postgres() {
    local bin=(/usr/lib/postgresql/*/bin)
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "${bin[-1]}/$1" "${@:2}"
    else
        "${bin[-1]}/$1" "${@:2}"
    fi
}

start_postgres() {
    as_postgres pg_ctl -s -w -D data -l data/log -o "-c listen_addresses='' -k $DIR/data" start \
        3>&- 7>&- 8<&- 9<&- || fail "$(cat data/log)"
}

stop_engine() {
    [ ! -e data/postmaster.pid ] || as_postgres pg_ctl -s -m immediate -D data stop
}

kill_postgres() {
    as_postgres pg_ctl -s -w -m immediate -D data stop
}

make_postgres() {
    command -v psql >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
        skip "PostgreSQL is not installed (scripts/setup engines)"
    [ "$(id -u)" -ne 0 ] || id postgres >/dev/null 2>&1 || skip "root, and no user postgres"
    mkdir data
    [ "$(id -u)" -ne 0 ] || chown postgres data
    as_postgres initdb -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log
    start_postgres
    export PGHOST=$DIR/data PGUSER=postgres PGDATABASE=postgres
    psql -q -v ON_ERROR_STOP=1 -f "$RECIPES/postgres-log.sql"
    # What the test stops at: record 20 of one key waits for a lock.
    psql -q <<'SQL'
create function wait() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
create trigger wait before insert on delta_log for each row
    when (new.key = 'held' and new.seq = 20) execute function wait();
SQL
}

# Takes the lock that record 20 waits for.
take_lock() {
    rm -f hold held
    mkfifo hold held
    psql -XAtq <hold >held 2>/dev/null 3>&- &
    exec 7>hold 9<held
    echo 'select pg_advisory_lock(1); select 1;' >&7
    read -r -t 60 -u 9 && read -r -t 60 -u 9
}

count_where() {
    psql -XAtc "select count(*) from delta_log where $1"
}

records_of() {
    count_where "key = '$1'"
}

is_held() {
    [ "$(psql -XAtc "select count(*) from pg_locks where locktype = 'advisory' and not granted")" -eq 1 ]
}

nobody_writes() {
    [ "$(psql -XAtc "select count(*) from pg_locks where relation = 'delta_log'::regclass and mode ~ 'Exclusive'")" -eq 0 ]
}

@test "postgres: the log and its replicas, with the server and both ends killed" {
    make_postgres
    fill store "it's" '../é "b"' held last
    postgres-put store "it's" >out
    assert_equal "$(<out)" $'it\'s\t40 added'
    postgres-follow replica

    # The server, within the transaction of record 20: what was acknowledged is there, and no more.
    take_lock
    in_background postgres-put store held
    until_true is_held
    kill_postgres
    wait_group
    [ "$status" -ne 0 ]
    run ! postgres-follow replica
    exec 7>&- 9<&-
    start_postgres
    assert_equal "$(count_where "key = 'held'")" 0
    assert_equal "$(count_where "key = 'it''s'")" 40

    # The writer, while the server is at record 20.
    take_lock
    in_background postgres-put store held
    until_true is_held
    kill_group
    exec 7>&- 9<&-
    until_true nobody_writes
    postgres-put store >out
    assert_equal "$(cut -f 1 out)" "$(delta-chain keys store)"

    # The reader, with 11 records on the disk, and then without its place.
    in_background env "PATH=$(stalled 11):$PATH" postgres-follow replica
    wait_for $'\t10\t' 1
    kill_group
    ! postgres-put store | grep -v $'\t0 added$' || fail "added again"
    postgres-follow replica
    assert_same_store store replica
    cp -r replica before
    rm replica.place
    postgres-follow replica
    # A place that a power loss emptied.
    : >replica.place
    postgres-follow replica
    diff -r before replica
    assert_equal "$(find . -name '*.history' ! -path './*/[0-9a-f][0-9a-f]/*' | wc -l)" 0
}

@test "postgres: two consumers at once, and one that begins late from nothing" {
    make_postgres
    consumers_at_once postgres ''
    # What each acknowledged is all of it.
    for name in one other late; do
        assert_equal "$(cut -f 1,2 "$name".log.* | sort -u | wc -l)" 82
    done
}

@test "postgres: of two producers that fork, the second is refused with status 1" {
    make_postgres
    producers_fork postgres ''
    run --separate-stderr -1 postgres-put third
    assert_equal "$(sort <<<"$output")" $'a\tfork: 23 does not follow 30\nb\t0 added'
    # The table refuses a fork whoever makes it.
    run ! psql -q -v ON_ERROR_STOP=1 -c "insert into delta_log (key, after, source, seq, record)
        select key, after, 'x', 1, record from delta_log where seq = 22"
    [[ $output == *'duplicate key'* ]]
}

@test "postgres: two producers that begin again when they are refused lose nothing" {
    make_postgres
    delta-chain add --ndjson --keyed -t 0 store <<<$'k\t{"by":"nobody"}'
    postgres-put store
    producer() {
        local n tries=0
        for ((n = 0; n < 5; n++)); do
            until rm -rf "$1" "$1.place"
                postgres-follow "$1" && change "$1" k "$1-$n" && postgres-put "$1"; do
                [ $((++tries)) -lt 50 ] || return
            done
        done
    }
    producer one >one.log 2>&1 &
    producer two >two.log 2>&1 &
    wait
    postgres-follow replica
    delta-chain export --states --key=k replica | sed 1d | sort |
        diff - <(for n in {0..4}; do printf '{"value":"one-%d"}\n{"value":"two-%d"}\n' "$n" "$n"; done | sort)
}

@test "postgres: an order that is not that of the numbers: the end of a thing, several sources" {
    make_postgres
    printf '%s\n' '{"id":"a","rv":7,"x":1}' '{"id":"a","rv":8,"end":1}' '{"id":"a","rv":9,"x":2}' |
        delta-chain add --ndjson --by=/id --source=feed --seq-from=/rv --end-when=/end -t 0 store
    change store a mine
    change store a theirs --source=other --seq=3
    postgres-put store
    postgres-follow replica
    assert_same_store store replica
    assert_equal "$(delta-chain log --json --key=a replica | jq -c .ended | tr '\n' ' ')" 'null true null null null '
    postgres-put store >out
    assert_equal "$(<out)" $'a\t0 added'
}
