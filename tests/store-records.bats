#!/usr/bin/env bats
# Records of many things: into a store, out of it, and from store to store.

load helpers
load stores

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    make_fleet
    make_oracle
}

# Lines of a key, a tab and a record with its position, in the order of the feed.
records_of() {
    for key in $(delta-chain keys "$1"); do
        delta-chain export --records "$1" --key="$key" .. | sed "s/^.*\"seq\":\([0-9]*\).*/\1\t$key\t&/"
    done | sort -n | cut -f 2-
}

@test "keyed records with positions: each to the history of its key, again and from anywhere" {
    python3 fleet.py 12 6 1 >stream
    feed store stream
    records_of store >records
    [ "$(wc -l <records)" -eq 72 ]
    run --separate-stderr -0 delta-chain add-delta --keyed -v copy records
    [[ $stderr == *"copy: 72 states added"* ]]
    python3 oracle.py copy stream
    delta-chain verify copy
    cp -r copy before
    for from in 1 2 30 71; do
        tail -n +"$from" records | delta-chain add-delta --keyed copy
        tail -n +"$from" records | delta-chain add-delta --keyed --cache=0 copy
    done
    diff -r before copy
    # In pieces that overlap, and mixed with the feed itself.
    head -n 20 records | delta-chain add-delta --keyed pieces
    sed -n 10,40p records | delta-chain add-delta --keyed pieces
    head -n 50 stream | delta-chain add --ndjson --by=/id --source=S --seq-from=/rv -t 0 pieces
    delta-chain add-delta --keyed pieces records
    python3 oracle.py pieces stream
}

@test "keyed records without positions: known by overlap" {
    python3 fleet.py 12 6 2 >stream
    delta-diff --ndjson --by=/id --keyed -t 5 stream >records
    delta-chain add-delta --keyed copy records
    python3 oracle.py copy stream
    cp -r copy before
    for from in 1 20 72; do
        tail -n +"$from" records | delta-chain add-delta --keyed copy
    done
    sed -n 30,50p records | delta-chain add-delta --keyed copy
    diff -r before copy
    for ((line = 1; line <= 72; line += 13)); do
        head -n $((line + 12)) records | tail -n 25 | delta-chain add-delta --keyed pieces
    done
    python3 oracle.py pieces stream
    # As a stream of records, JSON and packed, which say themselves what they are of.
    delta-diff --ndjson --by=/id -t 5 stream >json
    delta-diff --ndjson --by=/id -z -t 5 stream >packed
    delta-diff --ndjson --by=/id -z --keyed -t 5 stream >base64
    for each in json packed; do
        delta-chain add-delta copy "$each"
    done
    delta-chain add-delta --keyed copy base64
    diff -r before copy
    delta-chain add-delta --keyed fresh base64
    python3 oracle.py fresh stream
}

@test "a value that flips within one moment, without positions" {
    for i in 1 2 3 4 5 6 7; do
        printf '{"id":"a","v":%d}\n' $((i % 2))
    done >stream
    delta-diff --ndjson --by=/id --keyed -t 5 stream >records
    delta-chain add-delta --keyed store records
    delta-chain add-delta --keyed store records
    python3 oracle.py store stream
    # One that starts at the tip is new, though an earlier step is the same.
    sed -n 2p records | delta-chain add-delta --keyed store
    sed -n 2p stream >>stream
    python3 oracle.py store stream
}

@test "a fork says line and key, and stores nothing; other keys of the batch stand" {
    python3 fleet.py 3 3 3 >stream
    feed store stream
    records_of store >records
    delta-chain add-delta --keyed copy records
    echo '{"id":"k-001","rv":100,"mine":1}' | feed store
    echo '{"id":"k-001","rv":100,"theirs":1}' | feed copy
    echo '{"id":"k-002","rv":101,"x":1}' | feed store
    records_of store >records
    cp -r copy before
    run --separate-stderr -1 delta-chain add-delta --keyed copy records
    assert_one_error delta-chain "records:10:1: key k-001: fork: another state has position 100 of source S"
    [ "$(delta-chain get copy --key=k-002)" = '{"id":"k-002","rv":101,"x":1}' ]
    diff "copy/$(cd copy && echo */k-001.history)" "before/$(cd copy && echo */k-001.history)"
    # A record for a state that another writer has gone on from.
    echo '{"id":"k-001","rv":102,"mine":2}' | feed store
    run --separate-stderr -1 delta-chain add-delta --keyed copy <(records_of store | tail -n 1)
    [[ $stderr == *":1:1: key k-001: "* ]]
    # States: likewise.
    run --separate-stderr -1 feed copy <<<'{"id":"k-001","rv":100,"theirs":2}'
    assert_one_error delta-chain "standard input:1:1: key k-001: fork: "
    delta-chain verify copy
}

@test "--dense: a hole is a gap, with line and key" {
    python3 fleet.py 1 5 4 >stream
    feed store stream
    records_of store | sed 3d >records
    run --separate-stderr -1 delta-chain add-delta --keyed --dense copy records
    assert_one_error delta-chain "records:3:1: key k-000: gap: position 4 of source S does not follow 2"
    [ "$(delta-chain export --states copy --key=k-000 | wc -l)" -eq 2 ]
    run --separate-stderr -1 feed --dense copy <<<'{"id":"k-000","rv":4}'
    assert_one_error delta-chain "standard input:1:1: key k-000: gap: "
}

@test "a store that forgets can still be followed" {
    python3 fleet.py 2 9 5 >stream
    head -n 10 stream | feed store
    records_of store | delta-chain add-delta --keyed copy
    feed store stream
    for key in k-000 k-001; do
        delta-chain squash store --key=$key 2..7
    done
    records_of store | delta-chain add-delta --keyed copy
    for key in k-000 k-001; do
        [ "$(delta-chain get copy --key=$key)" = "$(delta-chain get store --key=$key)" ]
    done
    delta-chain verify copy
}

@test "--ack prints each record that is on the disk, known ones too" {
    python3 fleet.py 4 3 6 >stream
    feed store stream
    records_of store >records
    delta-chain add-delta --keyed --ack copy records >acks
    jq -r '[.id, .rv] | @tsv' stream >want
    cut -f 1,2 acks | diff want -
    while IFS=$'\t' read -r key _ index digest; do
        [ "$(delta-chain get copy --key="$key" "$index" | delta-diff --digest - | cut -c 1-32)" = "$digest" ]
    done <acks
    delta-chain add-delta --keyed --ack copy records | cut -f 1,2 | diff want -
    [ -z "$(delta-chain add-delta --keyed --ack copy </dev/null)" ]
}

@test "the end of a thing, and its return" {
    printf '%s\n' '{"id":"a","n":1}' '{"id":"b","n":1}' '{"id":"a","gone":true}' '{"id":"a","n":2}' >stream
    delta-diff --ndjson --by=/id --end-when=/gone --keyed -t 5 stream >records
    [ "$(grep -c '"removed"' records)" -eq 1 ]
    for _ in 1 2; do
        delta-chain add-delta --keyed store records
    done
    [ "$(delta-chain log --json store --key=a | jq -c '[.index,.ended]' | tr '\n' ' ')" = '[0,null] [1,true] [2,null] ' ]
    records_of store >own
    delta-chain add-delta --keyed copy own
    delta-chain add-delta --keyed copy own
    [ "$(delta-chain log --json copy --key=a | jq -c '[.index,.ended]' | tr '\n' ' ')" = '[0,null] [1,true] [2,null] ' ]
}

@test "records that name their history are on the disk whenever their input pauses" {
    mkdir old new
    echo '{"k":"k.json","n":1}' >old/k.json
    echo '{"k":"k.json","n":2}' >new/k.json
    delta-chain add --ndjson --by=/k replica old/k.json
    delta-diff old new >record || true
    mkfifo pipe
    delta-chain add-delta replica pipe &
    exec 8>pipe
    cat record >&8
    for _ in $(seq 200); do
        [ "$(delta-chain get --key=k.json replica)" != "$(cat new/k.json)" ] || break
        sleep 0.05
    done
    kill -9 $!
    exec 8>&-
    assert_equal "$(delta-chain get --key=k.json replica)" "$(cat new/k.json)"
}

@test "what is no keyed record is refused with its line; what is before it stands" {
    python3 fleet.py 2 2 7 >stream
    delta-diff --ndjson --by=/id --keyed -t 5 stream >records
    { head -n 2 records; echo 'k-000 no tab'; } >bad
    run --separate-stderr -2 delta-chain add-delta --keyed store bad
    assert_one_error delta-chain "bad:3:1: expected a key, a tab and a record"
    [ "$(delta-chain keys store | wc -l)" -eq 2 ]
    echo 1 >old
    echo 2 >new
    delta-diff -f json old new >record || true
    run --separate-stderr -2 delta-chain add-delta store record
    assert_one_error delta-chain "record:1:1: the record has no key"
    run --separate-stderr -2 delta-chain add-delta --keyed store --key=k-000 record
    run --separate-stderr -2 delta-chain add-delta --cache=1M history record
    [ ! -e history ]
    run --separate-stderr -2 delta-chain add-delta --keyed --max-size=10 other records
    [ -z "$(delta-chain keys other)" ]
}

@test "kill -9 while keyed records arrive; they are sent again from an earlier one" {
    local seed=${SEED:-$RANDOM} line=1
    echo "SEED=$seed"
    RANDOM=$seed
    python3 fleet.py 40 20 8 >stream
    feed store stream
    for key in $(delta-chain keys store); do
        delta-chain export --records store --key="$key" .. | sed "s/^/$key\t/"
    done >records
    for ((i = 0; i < ${KILLS:-5}; i++)); do
        tail -n +$((RANDOM % line + 1)) records | delta-chain add-delta --keyed --ack copy >>acks &
        sleep "0.0$((RANDOM % 9))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        line=$((line + RANDOM % 40))
    done
    delta-chain add-delta --keyed copy records
    python3 oracle.py copy stream
    delta-chain verify copy
}
