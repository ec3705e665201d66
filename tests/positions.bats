#!/usr/bin/env bats
# Positions: states of a feed that is delivered at least once are added once.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    # One value flips within one millisecond: neither digest nor time tells the states apart.
    for i in 1 2 3 4 5 6; do
        printf '{"value":%d,"rv":"%d","at":"2026-01-01T00:00:00Z"}\n' $((i % 2)) "$i"
    done >feed
    jq -c '{spec: {value}, rv, at}' feed >wrapped
}

feed() {
    delta-chain add --ndjson --source=S --seq-from=/rv --state-from=/spec --time-from=/at "$@"
}

@test "a feed that is sent again adds nothing" {
    feed h wrapped
    [ "$(delta-chain export --states h | wc -l)" -eq 6 ]
    cp h before
    run --separate-stderr -0 feed -v h wrapped
    [[ $stderr == *"6 states were known"* ]]
    cmp h before
    head -n 4 wrapped | feed h
    cmp h before
}

@test "from any position on, the rest is appended" {
    for cut in 0 1 3 5; do
        rm -f h
        head -n "$cut" wrapped | feed h
        feed h wrapped
        delta-chain export --states h >states
        jq -c .spec wrapped | diff - states
        delta-chain verify h
    done
}

@test "a fork is refused, stores nothing and says so" {
    feed h wrapped
    cp h before
    for seq in 3 6; do
        run --separate-stderr -1 feed h <<<'{"spec":{"value":7},"rv":'$seq',"at":0}'
        [[ $stderr == *"fork: another state has position $seq of source S"* ]]
    done
    cmp h before
}

@test "holes are ordinary, with --dense a gap" {
    feed h wrapped
    run --separate-stderr -1 feed --dense h <<<'{"spec":{},"rv":8,"at":0}'
    [[ $stderr == *"gap: position 8 of source S does not follow 6"* ]]
    feed h <<<'{"spec":{},"rv":8,"at":"2026-01-01T00:00:00Z"}'
    [ "$(delta-chain get h)" = '{}' ]
}

@test "every rewrite keeps positions and serial numbers; what is dropped is older than retained" {
    for rewrite in compact clear 'squash 1..4' rebaseline 'prune --keep-last=2'; do
        rm -f h
        feed h wrapped
        set -- $rewrite
        delta-chain "$1" h "${@:2}"
        cp h before
        run --separate-stderr -0 feed h wrapped
        cmp h before
        if [ "$1" != compact ]; then
            [[ $stderr == *"older than those that are kept of their source"* ]]
        fi
        run --separate-stderr -1 feed h <<<'{"spec":{"value":7},"rv":6,"at":0}'
        [[ $stderr == *fork* ]]
        feed h <<<'{"spec":{"value":8},"rv":7,"at":"2026-01-01T00:00:00Z"}'
        [ "$(delta-chain get h)" = '{"value":8}' ]
        delta-chain verify h
    done
}

@test "the position of a state that was skipped as equal is kept, through a rewrite too" {
    printf '{"rv":%d,"spec":{"a":1},"at":0}\n' 1 2 3 | feed --skip-equal h
    [ "$(delta-chain export --states h | wc -l)" -eq 1 ]
    run --separate-stderr -1 feed h <<<'{"spec":{"value":7},"rv":3,"at":0}'
    [[ $stderr == *fork* ]]
    delta-chain compact h
    run --separate-stderr -1 feed h <<<'{"spec":{"value":7},"rv":3,"at":0}'
    [[ $stderr == *fork* ]]
    cp h before
    feed h <<<'{"spec":{"a":1},"rv":3,"at":0}'
    cmp h before
    # A state after it follows the one that is stored.
    feed h <<<'{"spec":{"a":2},"rv":4,"at":0}'
    [ "$(delta-chain get h 1)" = '{"a":2}' ]
    delta-chain verify h
}

@test "sources are counted apart; other states have no position" {
    echo '{"a":1}' | delta-chain add --source=A --seq=5 h
    echo '{"a":2}' | delta-chain add --source=B --seq=5 h
    echo '{"a":2}' | delta-chain add h
    echo '{"a":2}' | delta-chain add h
    echo '{"a":1}' | delta-chain add --source=A --seq=18446744073709551615 h
    [ "$(delta-chain export --states h | wc -l)" -eq 5 ]
    echo '{"a":2}' | delta-chain add --source=B --seq=5 h
    [ "$(delta-chain export --states h | wc -l)" -eq 5 ]
}

@test "metadata comes from the line, a member that is missing is left out" {
    printf '%s\n' '{"a":1,"who":"x"}' '{"a":2}' |
        delta-chain add --ndjson -m fixed=1 --metadata-from=by=/who h
    [ "$(delta-chain export --records h | tail -n +2 | jq -c .metadata)" = '{"by":"x","fixed":"1"}
{"fixed":"1"}' ]
}

@test "--ack prints what is on the disk, in order" {
    run --separate-stderr -0 feed --ack h wrapped
    [ "$(cut -f2,3 <<<"$output")" = "$(printf '%d\t%d\n' 1 0 2 1 3 2 4 3 5 4 6 5)" ]
    [ "$(cut -f4 <<<"$output" | tail -n 1)" = "$(jq -c .spec wrapped | tail -n 1 | delta-diff --digest - | cut -d' ' -f1)" ]
}

@test "a killed writer leaves what was acknowledged, and the feed can be sent again" {
    { cat wrapped; sleep 10; } | feed --ack h >acks &
    writer=$!
    for _ in $(seq 100); do [ "$(wc -l <acks)" -ge 6 ] && break; sleep 0.05; done
    kill -9 "$writer"
    [ "$(wc -l <acks)" -eq 6 ]
    cp h before
    feed h wrapped
    cmp h before
}

@test "positions that are wrong are refused with their line" {
    for bad in '{"spec":{},"at":0}' '{"spec":{},"rv":-1,"at":0}' '{"spec":{},"rv":"1x","at":0}' \
        '{"spec":{},"rv":18446744073709551616,"at":0}' '{"rv":1,"at":0}' '{"spec":{},"rv":1,"at":"x"}'; do
        run --separate-stderr -2 feed h <<<"$bad"
        [[ $stderr == *"standard input:1:"* ]]
        [ ! -s h ]
    done
}

@test "options without effect are refused" {
    echo '{}' >s
    run -2 delta-chain add --source=S h s
    run -2 delta-chain add --seq=1 h s
    run -2 delta-chain add --source= --seq=1 h s
    run -2 delta-chain add --source=S --seq=x h s
    run -2 delta-chain add --source=S --seq=1 h s s
    run -2 delta-chain add --dense h s
    run -2 delta-chain add --seq-from=/a --source=S h s
    run -2 delta-chain add --time-from=/a h s
    run -2 delta-chain add --metadata-from=a=/a h s
    run -2 delta-chain add --ndjson --time-from=a h s
    run -2 delta-chain add --ndjson --time-from=/a -t 1 h s
    [ ! -e h ]
}

@test "log --json and show tell the position and the permanent number" {
    feed h wrapped
    delta-chain log --json h >out
    assert_equal "$(jq -c '[.index, .serial, .source, .seq]' out | tail -n 1)" '[5,6,"S",6]'
    delta-chain prune --keep-last=2 h
    delta-chain compact h
    assert_equal "$(delta-chain log --json h | jq -c '[.index, .serial, .source, .seq]')" '[0,5,"S",5]
[1,6,"S",6]'
    run -0 delta-chain show h 1
    [[ $output == *'position  S 6'* ]] || fail "$output"
    echo '{"a":1}' | delta-chain add plain
    assert_equal "$(delta-chain log --json plain | jq -c '[.serial, has("source"), has("seq")]')" '[1,false,false]'
    run -0 delta-chain show plain
    [[ $output != *position* ]]
    # a name from outside writes no control character
    echo '{"a":1}' | delta-chain add --source=$'x\e[31m' --seq=1 odd
    run -0 delta-chain show odd
    [[ $output != *$'\e'* && $output == *position* ]]
}
