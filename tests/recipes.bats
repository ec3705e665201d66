#!/usr/bin/env bats
# The recipes of delta-recipes(7), each with the engine it is for, which the test starts on a Unix
# socket or in network namespaces of its own, and ends.

load helpers

RECIPES=$TOP/scripts/recipes

setup() {
    # Servers that run as another user have to get at it.
    DIR=$(mktemp -d)
    chmod 755 "$DIR"
    cd "$DIR" || return
    PATH=$RECIPES:$PATH
    PIDS=()
}

teardown() {
    local pid name
    exec 7>&- 8<&- 9<&-
    for pid in "${PIDS[@]}"; do
        kill -9 -- "-$pid" || :
    done 2>/dev/null
    [ ! -e "$DIR/data/postmaster.pid" ] || as_postgres pg_ctl -s -m immediate -D "$DIR/data" stop || :
    [ ! -s "$DIR/redis.pid" ] || kill -9 "$(<"$DIR/redis.pid")" || :
    for name in $NAMESPACES; do
        end_namespace "$name"
    done
    cd / && rm -rf "$DIR"
}

# ---- What all of them need -----------------------------------------------------------------------

# histories KEY...: in KEY.history 40 states each, two values that come and go within one moment.
histories() {
    local key i
    for key; do
        for ((i = 1; i <= 40; i++)); do
            printf '{"key":"%s","value":%d,"it'"'"'s":"\\ud800\\u0000 \\\\ é","seq":7}\n' "$key" $((i * i % 3))
        done | delta-chain add --ndjson -t 0 "$key.history"
    done
}

# in_background COMMAND...: what it writes is read from descriptor 8; its group's number is in GROUP.
in_background() {
    rm -f pipe
    mkfifo pipe
    setsid "$@" >pipe 2>>log 3>&- &
    GROUP=$!
    PIDS+=("$GROUP")
    exec 8<pipe
}

# Waits until a line that matches came the Nth time on descriptor 8.
wait_for() {
    local pattern=$1 count=$2 line
    while [ "$count" -gt 0 ]; do
        IFS= read -r -t 30 line <&8 || fail "only $((${2} - count)) lines with $pattern came: $(cat log)"
        [[ $line != *$pattern* ]] || count=$((count - 1))
    done
}

kill_group() {
    kill -9 -- "-$GROUP"
    wait "$GROUP" 2>/dev/null || :
    exec 8<&-
}

# stalled LINES: the words of a command whose delta-chain gets so many lines of its input, and then
# waits.
stalled() {
    mkdir -p "$DIR/stalled"
    cat >"$DIR/stalled/delta-chain" <<STALLED
#!/bin/bash
case \$1 in
add | add-delta) { head -n $1; sleep 60; } | '$DELTA_BIN/delta-chain' "\$@" ;;
*) exec '$DELTA_BIN/delta-chain' "\$@" ;;
esac
STALLED
    chmod +x "$DIR/stalled/delta-chain"
    echo "env PATH=$DIR/stalled:$PATH"
}

assert_same_states() {
    diff <(delta-chain export --states "$1") <(delta-chain export --states "$2") || fail "$2 differs"
    delta-chain verify "$2"
}

@test "each recipe has at most 20 lines, says how it is called, and has an entry in the page" {
    local recipe
    for recipe in "$RECIPES"/*; do
        [ "$(wc -l <"$recipe")" -le 20 ] || fail "$recipe is too long"
        grep -qE "^\.It Ic (.*Pa )?${recipe##*/}( |\$)" "$TOP/man/delta-recipes.7" || fail "no entry for $recipe"
        [ "${recipe##*.}" = sql ] || grep -q "^# Usage: ${recipe##*/} " "$recipe" || fail "$recipe: no usage"
        [ "${recipe##*.}" = sql ] || [ -x "$recipe" ] || fail "$recipe is not executable"
    done
}

# ---- PostgreSQL ----------------------------------------------------------------------------------

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
        3>&- 8<&- 9<&- || fail "$(cat data/log)"
}

make_postgres() {
    command -v psql >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
        skip "PostgreSQL is not installed"
    [ "$(id -u)" -ne 0 ] || id postgres >/dev/null 2>&1 || skip "root, and no user postgres"
    mkdir data
    [ "$(id -u)" -ne 0 ] || chown postgres data
    as_postgres initdb -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log
    start_postgres
    export PGHOST=$DIR/data PGUSER=postgres PGDATABASE=postgres
    psql -q -v ON_ERROR_STOP=1 -f "$RECIPES/postgres-log.sql"
    # What the test stops at: record 20 waits for a lock.
    psql -q <<'SQL'
create function wait() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
create trigger wait before insert on delta_log for each row
    when (new.key = 'b' and new.seq in (20, 30)) execute function wait();
SQL
}

# Takes the lock that record 20 waits for.
take_lock() {
    rm -f hold held
    mkfifo hold held
    psql -XAtq <hold >held 2>/dev/null 3>&- &
    exec 7>hold 9<held
    echo 'select pg_advisory_lock(1); select 1;' >&7
    read -r -t 30 -u 9 && read -r -t 30 -u 9
}

@test "postgres: the log and its replicas, with the server and both ends killed" {
    make_postgres
    histories a b c

    postgres-put a.history a
    postgres-follow replicas
    assert_same_states a.history replicas/a.history

    # The server, within the transaction of record 20.
    take_lock
    in_background postgres-put b.history b
    wait_for added 19
    as_postgres pg_ctl -s -w -m immediate -D data stop
    run wait "$GROUP"
    [ "$status" -ne 0 ]
    run ! postgres-follow replicas
    exec 7>&- 9<&-
    start_postgres
    assert_equal "$(psql -Atc "select count(*) from delta_log where key = 'b'")" 19

    # The writer, while the server is at record 30.
    take_lock
    [ "$(postgres-put b.history b ..18 | sort | uniq -c)" = '     19 known' ]
    psql -Atqc 'alter table delta_log disable trigger wait'
    postgres-put b.history b 18..20
    psql -Atqc 'alter table delta_log enable trigger wait'
    in_background postgres-put b.history b
    wait_for known 21
    wait_for added 8
    kill_group
    exec 7>&- 9<&-

    # The reader, with 11 records of the replica on the disk, and then without its place.
    # shellcheck disable=SC2046
    in_background $(stalled 11) postgres-follow replicas
    wait_for $'\t10\t' 1
    kill_group
    postgres-put b.history b
    postgres-put c.history c
    postgres-follow replicas
    for key in a b c; do
        assert_same_states "$key.history" "replicas/$key.history"
    done
    cp replicas/b.history before
    rm replicas/.place
    postgres-follow replicas
    assert_same_bytes before replicas/b.history
}

@test "postgres: a writer that does not know the tip is refused" {
    make_postgres
    histories a
    postgres-put a.history a ..20
    postgres-follow replicas
    postgres-follow others
    # The next writer has a replica, which knows whose states it has.
    cp replicas/a.history second.history
    echo '{"by":"second"}' | delta-chain add -t 0 second.history
    postgres-put second.history a 20..
    # The first one has gone another way from the same state.
    run --separate-stderr ! postgres-put a.history a 20..
    [[ $stderr == *'fork: a, 22'* ]]
    assert_equal "$(psql -Atc 'select count(*) from delta_log')" 22
    # One that made the same state has another history all the same.
    echo '{"by":"second"}' | delta-chain add -t 0 others/a.history
    run --separate-stderr ! postgres-put others/a.history a
    [[ $stderr == *'fork: a, 22'* ]]
    # And so has one whose base is the tip's state, but an earlier occurrence of it; whether there is
    # a record of the same number or not.
    cp second.history third.history
    delta-chain get second.history 20 | delta-chain add -t 0 second.history
    delta-chain get second.history 21 | delta-chain add -t 0 --source=s --seq=30 second.history
    postgres-put second.history a
    cp third.history fourth.history
    echo '{"by":"third"}' | delta-chain add -t 0 third.history
    run --separate-stderr ! postgres-put third.history a
    [[ $stderr == *'fork: a, 23'* ]]
    echo '{"by":"fourth"}' | delta-chain add -t 0 --source=s --seq=25 fourth.history
    run --separate-stderr ! postgres-put fourth.history a
    [[ $stderr == *'fork: a, 25'* ]]
    # A high number alone is not enough.
    echo '{"by":"fifth"}' | delta-chain add -t 0 --source=s --seq=99 a.history
    run --separate-stderr ! postgres-put a.history a tip~1..
    [[ $stderr == *'fork: a, 99'* ]]
    run --separate-stderr ! postgres-put a.history ../a
    [[ $stderr == *delta_log_key_check* ]]
    postgres-follow replicas
    assert_same_states second.history replicas/a.history
}

# ---- Redis ---------------------------------------------------------------------------------------

start_redis() {
    redis-server --port 0 --unixsocket "$DIR/redis" --dir "$DIR" --pidfile "$DIR/redis.pid" \
        --daemonize yes --appendonly yes --save '' --logfile "$DIR/redis.log" >/dev/null 3>&-
    for _ in {1..100}; do
        [ "$(redis-cli PING 2>/dev/null)" != PONG ] || return 0
        sleep 0.1
    done
    fail "$(cat redis.log)"
}

make_redis() {
    command -v redis-server >/dev/null || skip "Redis is not installed"
    mkdir bin
    printf '#!/bin/sh\nexec "%s" -s "%s" "$@"\n' "$(command -v redis-cli)" "$DIR/redis" >bin/redis-cli
    chmod +x bin/redis-cli
    PATH=$DIR/bin:$PATH
    start_redis
}

kill_redis() {
    local pid
    pid=$(<redis.pid)
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.05
    done
    rm redis.pid
}

@test "redis: the streams and their replicas, with the server and both ends killed" {
    make_redis
    histories a b

    # The server and the writer, at record 20, which never came in whole.
    redis-put a.history a ..18 >log
    redis-cli CLIENT PAUSE 60000 WRITE
    in_background redis-put a.history a
    kill_redis
    run wait "$GROUP"
    [ "$status" -ne 0 ]
    run ! redis-follow a a.replica
    start_redis
    in_background redis-put a.history a
    wait_for known 19
    wait_for added 3
    kill_group
    assert_equal "$(redis-cli EXISTS delta:a)" 1

    # The reader, with 11 records on the disk.
    # shellcheck disable=SC2046
    in_background $(stalled 11) redis-follow a a.replica
    wait_for $'\t10\t' 1
    kill_group
    assert_equal "$(delta-chain metrics --json a.replica | jq .states)" 11
    redis-put a.history a >log
    redis-put b.history b >log
    for key in a b; do
        redis-follow "$key" "$key.replica"
        assert_same_states "$key.history" "$key.replica"
        assert_equal "$(redis-cli XLEN "delta:$key")" 40
    done
    cp a.replica before
    redis-follow a a.replica
    assert_same_bytes before a.replica
}

@test "redis: entries keep their ids when indices move, and a fork is refused" {
    make_redis
    histories a
    redis-put a.history a
    delta-chain prune --keep-last=5 a.history
    echo '{"late":true}' | delta-chain add -t 0 a.history
    redis-put a.history a | sort | uniq -c >counts
    assert_equal "$(tr -s ' ' <counts)" $' 1 added\n 5 known'
    assert_equal "$(redis-cli --raw XREVRANGE delta:a + - COUNT 1 | head -n 1)" 41-1
    redis-follow a replica
    redis-follow a other
    assert_equal "$(delta-chain metrics --json replica | jq .states)" 41
    assert_equal "$(delta-chain get replica)" '{"late":true}'

    cp replica second.history
    echo '{"by":"second"}' | delta-chain add -t 0 second.history
    echo '{"by":"first"}' | delta-chain add -t 0 a.history
    redis-put a.history a >/dev/null
    run ! redis-put second.history a tip~1..
    [[ $output == *'FORK at 42-1'* ]]
    # One that made the same state has another history all the same.
    echo '{"by":"first"}' | delta-chain add -t 0 other
    run ! redis-put other a tip~1..
    [[ $output == *'FORK at 42-1'* ]]
    # A high number alone is not enough.
    cp replica third.history
    echo '{"by":"third"}' | delta-chain add -t 0 --source=s --seq=99 third.history
    run ! redis-put third.history a tip~1..
    [[ $output == *'FORK at 99-1'* ]]
    # The tip's state, but not the tip.
    delta-chain get a.history tip~1 | delta-chain add -t 0 a.history
    redis-put a.history a >/dev/null
    cp replica third.history
    echo '{"by":"third"}' | delta-chain add -t 0 third.history
    run ! redis-put third.history a tip~1..
    [[ $output == *'FORK at 42-1'* ]]
}

# ---- GNU parallel over sshd ----------------------------------------------------------------------

# A host is a network namespace, whose address is 10.99.N.2 from the one where the test works.
end_namespace() {
    ip netns pids "$1" 2>/dev/null | xargs -r kill -9 2>/dev/null
    ip netns delete "$1" 2>/dev/null
}

# All that runs there.
kill_host() {
    ip netns pids "dr$$-$1" | xargs -r kill -9
}

make_hosts() {
    local count=$1 name=dr$$
    [ "$(id -u)" -eq 0 ] || skip "not root: no network namespaces"
    for command in ip sshd ssh parallel ssh-keygen; do
        command -v "$command" >/dev/null || [ -x "/usr/sbin/$command" ] || skip "$command is not installed"
    done
    NAMESPACES=$name
    ip netns add "$name" 2>log || skip "no network namespaces: $(<log)"
    ip -n "$name" link set lo up
    mkdir -p /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f key
    : >hosts
    for ((N = 1; N <= count; N++)); do
        ip netns add "$name-$N"
        NAMESPACES+=" $name-$N"
        ip -n "$name" link add "to$N" type veth peer name eth0 netns "$name-$N"
        ip -n "$name" address add "10.99.$N.1/24" dev "to$N"
        ip -n "$name" link set "to$N" up
        ip -n "$name-$N" address add "10.99.$N.2/24" dev eth0
        ip -n "$name-$N" link set eth0 up
        ip -n "$name-$N" link set lo up
        mkdir "host$N"
        echo "10.99.$N.2" >>hosts
        start_host "$N" "$DELTA_BIN"
    done
    mkdir bin
    printf '#!/bin/sh\nexec %s -i %s -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"\n' \
        "$(command -v ssh)" "$DIR/key" >bin/ssh
    chmod +x bin/ssh
    HERE=(ip netns exec "$name" env "PATH=$DIR/bin:$PATH" "PARALLEL_HOME=$DIR/parallel")
}

# start_host N PATH: sshd of a host, which finds delta-chain in a folder.
start_host() {
    cat >"host$1.conf" <<CONF
HostKey $DIR/key
AuthorizedKeysFile $DIR/key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
SetEnv PATH=$2:/usr/bin:/bin
ForceCommand cd $DIR/host$1 && eval "\$SSH_ORIGINAL_COMMAND"
CONF
    ip netns exec "dr$$-$1" /usr/sbin/sshd -f "host$1.conf" 3>&- || fail "no sshd"
    for _ in {1..100}; do
        ! ip netns exec "dr$$" bash -c "exec 6<>/dev/tcp/10.99.$1.2/22" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "host $1 does not answer"
}

# The states of a history and their positions.
positions() {
    delta-chain log --json "$1" | jq -c '[.index, .serial, .source, .seq, .digest]'
}

@test "parallel: histories on three hosts, one of which is killed" {
    make_hosts 3
    for ((i = 1; i <= 360; i++)); do
        printf 'key-%d\t{"n":%d,"value":%d}\n' $((i * 7 % 12)) "$i" $((i % 4))
    done >stream
    mkdir one
    for ((i = 0; i < 12; i++)); do
        sed -n "s/^key-$i\t//p" stream |
            delta-chain add --ndjson --source=stream --seq-from=/n "one/key-$i.history"
    done

    # The second host dies with a part of the states of a key on its disk.
    stalled 10 >log
    kill_host 2
    start_host 2 "$DIR/stalled"
    in_background "${HERE[@]}" parallel-add hosts histories /n stream
    wait_for 10.99.2.2 10
    kill_host 2
    while IFS= read -r line <&8; do
        :
    done
    run wait "$GROUP"
    [ "$status" -ne 0 ]
    for history in host2/histories/*; do
        assert_equal "$(delta-chain metrics --json "$history" | jq .states)" 10
    done
    # The others went on.
    ls host*/histories/* >before
    [ "$(wc -l <before)" -gt 5 ]

    start_host 2 "$DELTA_BIN"
    "${HERE[@]}" parallel-add hosts histories /n stream >log
    assert_equal "$(ls host1/histories host2/histories host3/histories | grep -c history$)" 12
    for history in host[123]/histories/*; do
        diff <(positions "one/${history##*/}") <(positions "$history")
        delta-chain verify "$history"
    done
    for N in 1 2 3; do
        [ -n "$(ls "host$N/histories")" ] || fail "host $N has nothing"
    done

    printf '../key\t{"n":1}\n' >stream
    run --separate-stderr -2 "${HERE[@]}" parallel-add hosts histories /n stream
    assert_one_error parallel-add '[.][.]/key'
}

# ---- Engines that Debian does not have -----------------------------------------------------------

# What Kafka, Spark or Hadoop do with lines of a key and a value: each key has one partition, which
# keeps the order of its lines, and partitions come in any order.
engine() {
    python3 - "$@" <<'PYTHON'
import os, random, sys, zlib
source, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)
parts = [[] for _ in range(count)]
for line in open(source, "rb"):
    parts[zlib.crc32(line.split(b"\t")[0]) % count].append(line)
while any(parts):
    part = r.choice([part for part in parts if part])
    for _ in range(r.randrange(1, 9)):
        if part:
            sys.stdout.buffer.write(part.pop(0))
PYTHON
}

@test "keyed lines go through an engine that groups by key, in partitions or sorted" {
    for ((i = 1; i <= 300; i++)); do
        printf 'key %s%d\t{"n":%d,"value":%d}\n' é $((i * 7 % 20)) "$i" $((i % 4))
    done >stream
    sort -s -t $'\t' -k 1,1 stream >wanted
    for options in '' '-z' '-z --standalone'; do
        # shellcheck disable=SC2086
        for seed in 1 2 3; do
            engine stream 4 "$seed" >states
            delta-diff --keyed $options -t 0 states >diffed
            engine diffed 5 "$seed" >records
            delta-apply --keyed records | sort -s -t $'\t' -k 1,1 | diff wanted -
        done
        sort -s -t $'\t' -k 1,1 stream | delta-diff --keyed --cache=0 $options -t 0 |
            delta-apply --keyed --cache=0 | diff wanted -
    done
    # One record a key, which leads to its last state.
    sort -s -t $'\t' -k 1,1 stream | delta-diff --keyed -t 0 >records
    delta-merge --keyed records | delta-apply --keyed >last
    awk -F '\t' '{ line[$1] = $0 } END { for (key in line) print line[key] }' stream | sort |
        diff - <(sort last)
}
