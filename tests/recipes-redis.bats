#!/usr/bin/env bats
# The recipes for Redis streams, with a server that the test starts on a Unix socket of its own.

load helpers
load recipes

start_redis() {
    redis-server --port 0 --unixsocket "$DIR/redis" --dir "$DIR" --pidfile "$DIR/redis.pid" \
        --daemonize yes --appendonly yes --appendfsync always --save '' --logfile "$DIR/redis.log" \
        >/dev/null 3>&- 8<&-
    until_true redis-cli -e PING
}

stop_engine() {
    [ ! -s redis.pid ] || kill -9 "$(<redis.pid)"
}

make_redis() {
    command -v redis-server >/dev/null || skip "Redis is not installed (scripts/setup engines)"
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

records_of() {
    redis-cli XLEN "delta:$1"
}

# A writer waits for the server, which was told to pause writes.
is_held() {
    redis-cli CLIENT LIST | grep -q 'cmd=evalsha'
}

@test "redis: the streams and their replicas, with the server and both ends killed" {
    make_redis
    fill store "it's" '../é "b"' held last
    redis-put store "it's" >out
    assert_equal "$(<out)" $'delta:it\'s\t40 added'
    redis-follow replica

    # The server, before it took the records: what was acknowledged is there, and no more.
    redis-cli CLIENT PAUSE 600000 WRITE
    in_background redis-put store held
    until_true is_held
    kill_redis
    wait_group
    [ "$status" -ne 0 ]
    run ! redis-follow replica
    start_redis
    assert_equal "$(redis-cli EXISTS delta:held)" 0
    assert_equal "$(redis-cli XLEN "delta:it's")" 40

    # The writer.
    redis-cli CLIENT PAUSE 600000 WRITE
    in_background redis-put store held
    until_true is_held
    kill_group
    redis-cli CLIENT UNPAUSE
    redis-put store >out
    assert_equal "$(cut -f 1 out)" "$(delta-chain keys store | sed 's/^/delta:/')"

    # The server again, after what it acknowledged.
    kill_redis
    start_redis
    ! redis-put store | grep -v $'\t0 added$' || fail "added again"

    # The reader, with 11 records on the disk.
    rm -r replica
    in_background env "PATH=$(stalled 11):$PATH" redis-follow replica
    wait_for $'\t10\t' 1
    kill_group
    redis-follow replica
    assert_same_store store replica
    cp -r replica before
    redis-follow replica
    diff -r before replica
    assert_equal "$(find . -name '*.history' ! -path './*/[0-9a-f][0-9a-f]/*' | wc -l)" 0
}

@test "redis: two consumers at once, and one that begins late from nothing" {
    make_redis
    consumers_at_once redis delta:
    redis-follow some b
    assert_equal "$(delta-chain keys some)" b
}

@test "redis: entries keep their ids when indices move" {
    make_redis
    fill store a
    redis-put store
    redis-follow replica
    delta-chain prune --keep-last=5 --key=a store
    change store a late
    redis-put store >out
    assert_equal "$(<out)" $'delta:a\t1 added'
    assert_equal "$(redis-cli --raw XREVRANGE delta:a + - COUNT 1 | head -n 1)" 41-1
    delta-chain rebaseline --key=a store
    delta-chain compact --key=a store
    redis-put store >out
    assert_equal "$(<out)" $'delta:a\t0 added'
    redis-follow replica
    assert_equal "$(delta-chain metrics --json --key=a replica | jq .states)" 41
    assert_equal "$(delta-chain get --key=a replica)" '{"value":"late"}'
    # Entries that every replica is past can go; a new replica then begins as a copy.
    redis-cli XTRIM delta:a MINID 41-1
    run -1 redis-follow other
    rm -r other
    cp -r replica other
    change store a later
    redis-put store
    redis-follow other
    assert_equal "$(delta-chain get --key=a other)" '{"value":"later"}'
    # Numbers of 64 bits, up to the highest.
    for seq in 9007199254740993 18446744073709551614 18446744073709551615; do
        change store big $seq --source=s --seq=$seq
        redis-put store big
        redis-follow replica
    done
    diff <(positions store big) <(positions replica big)
    assert_equal "$(delta-chain get --key=big replica)" '{"value":"18446744073709551615"}'
}

@test "redis: of two producers that fork, the second is refused with status 1" {
    make_redis
    producers_fork redis -1
    run -1 redis-put store
    [[ $output == *'FORK delta:a: 22-1 does not follow '* ]]
}
