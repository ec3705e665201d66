#!/usr/bin/env bats
# Records with positions that arrive again: each state once, whatever is sent from wherever.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    # A value that flips within one moment: only positions tell the states apart.
    for i in {1..20}; do
        echo $((i % 2))
    done >states
    delta-chain add --ndjson -t 0 h states
    own=$(delta-chain metrics --json h | jq -r .source)
}

# Source and number of all states.
positions()
{
    delta-chain export --records -f json "$@" | jq -c 'select(.source) | [.source, .seq]'
}

assert_states()
{
    assert_equal "$(delta-chain export --states "$1")" "$(cat "$2")"
}

@test "records have the state's own position, or the serial number of the history" {
    delta-chain add --source=S --seq=7 -t 0 h <<<'{"a":1}'
    [[ $own =~ ^[0-9a-f]{16}$ ]] || fail "$own"
    assert_equal "$(delta-chain delta h 3 | jq -c '[.source, .seq]')" "[\"$own\",4]"
    assert_equal "$(delta-chain diff h 3..20 | jq -c '[.source, .seq]')" '["S",7]'
    assert_equal "$(positions h 18.. | tr '\n' ' ')" "[\"$own\",20] [\"S\",7] "
    # Back, or in part, it is not the state that has the position.
    for part in 'diff h 20 3' 'diff h 3 3' 'delta h 20 --only=/b' 'export --records h 18.. --ignore=/b'; do
        delta-chain $part >got
        assert_equal "$(jq -s 'map(select(.source or .seq)) | length' got)" 0
    done
    # Indices move, numbers stay.
    delta-chain prune --keep-last=2 h
    delta-chain compact h
    assert_equal "$(positions h | tr '\n' ' ')" "[\"$own\",20] [\"S\",7] "
}

@test "a copy of a copy exports what the first one does" {
    delta-chain add --source=S --seq=7 -m by=me -t 5 h <<<'{"a":1}'
    delta-chain export --records h >records
    delta-chain import copy records
    delta-chain export --records -z copy | delta-chain import again
    delta-chain export --records again >got
    assert_same_bytes records got
    [ "$(delta-chain metrics --json copy | jq -r .source)" != "$own" ]
}

@test "imported twice, into itself and in parts that overlap: as once" {
    cp h before
    delta-chain export --records h >records
    run -0 --separate-stderr delta-chain import -v h records
    [[ $stderr == *"20 states were known"* ]]
    cmp h before
    for ((had = 1; had <= 20; had += 4)); do
        for ((from = 0; from < had; from += 3)); do
            rm -f copy
            delta-chain export --records h ..$((had - 1)) | delta-chain import copy
            range=$from..
            [ "$from" -gt 0 ] || range=..
            delta-chain export --records h "$range" >part
            delta-chain import copy part || fail "$had states, then from $from on"
            assert_states copy states
            cp copy before
            delta-chain add-delta copy part records
            cmp copy before
        done
    done
    delta-chain verify copy
}

@test "an import that was killed in the middle goes on" {
    seq 5000 | tee -a states | delta-chain add --ndjson -t 0 h
    delta-chain export --records h >records
    { head -n 3000 records; sleep 20 3>&-; } | delta-chain import copy &
    pid=$!
    for _ in {1..200}; do
        [ ! -e copy ] || break
        sleep 0.05
    done
    kill -9 "$pid"
    wait "$pid" || true
    delta-chain import copy records
    assert_states copy states
    cp copy before
    delta-chain import copy records
    cmp copy before
}

@test "two writers: the second one is refused and says fork" {
    delta-chain export --records h | delta-chain import other
    echo '{"by":1}' | tee -a states | delta-chain add -t 0 h
    echo '{"by":2}' | delta-chain add -t 0 other
    cp h before
    run -1 --separate-stderr delta-chain import h <(delta-chain export --records other)
    assert_one_error delta-chain "^delta-chain: /dev/fd/[0-9]+:22:1: fork: "
    cmp h before
    cp other before
    run -1 --separate-stderr delta-chain add-delta other <(delta-chain delta h tip)
    assert_one_error delta-chain "fork: "
    # Two that took the same number.
    cp h third
    echo '{"by":3}' | delta-chain add -t 0 h
    echo '{"by":4}' | delta-chain add -t 0 third
    cp h before
    run -1 --separate-stderr delta-chain import h <(delta-chain export --records third 20..)
    assert_one_error delta-chain "fork: another state has position 22 of source $own"
    cmp h before
}

@test "a record that does not follow: status 1; with --dense a hole is a gap" {
    delta-chain import copy <(delta-chain export --records h ..4)
    cp copy before
    run -1 --separate-stderr delta-chain add-delta none <(delta-chain delta h 6)
    assert_one_error delta-chain "no state yet"
    # The record from 4 to 8 leaves three states out.
    delta-chain diff h 4 8 >record
    run -1 --separate-stderr delta-chain add-delta --dense copy record
    assert_one_error delta-chain "gap: position 9 of source $own does not follow 5"
    cmp copy before
    delta-chain add-delta --dense copy <(delta-chain delta h 5)
    delta-chain add-delta copy <(delta-chain diff h 5 8)
    assert_equal "$(positions copy | tail -n 1)" "[\"$own\",9]"
    # What was left out does not come back.
    run -0 --separate-stderr delta-chain import copy <(delta-chain export --records h 5..9)
    [[ $stderr == *"1 state is older than those that are kept of their source; not added" ]]
    run -2 delta-chain import --dense --git=. copy x
    run -2 delta-chain import --ack --git=. copy x
}

@test "a history that forgets can still be followed" {
    seq 1 9 >numbers
    delta-chain add --ndjson -t 0 n numbers
    delta-chain export --records n | delta-chain import copy
    seq 10 12 | tee -a numbers | delta-chain add --ndjson -t 0 n
    # The tip of the copy is not there any more: the record leads from 3 to 11.
    delta-chain squash n 2..10
    delta-chain export --records n | delta-chain import copy
    sed -i 10d numbers
    assert_states copy numbers
    delta-chain verify copy
    # Behind a state from elsewhere it cannot be told from a fork.
    seq 13 15 | delta-chain add --ndjson -t 0 n
    echo 0 | delta-chain add -t 0 copy
    run -1 --separate-stderr delta-chain import copy <(delta-chain export --records n)
    assert_one_error delta-chain "fork: "
}

@test "names go to the states with the positions that they had" {
    delta-chain import copy <(delta-chain export --records h)
    delta-chain rebaseline --keep=9 copy
    delta-chain name h old 3
    delta-chain name h v1 12
    echo 3 | delta-chain add -t 0 h
    delta-chain name h v2
    run -0 --separate-stderr delta-chain import copy <(delta-chain export --records h)
    [[ $stderr == *"name old left out"* ]]
    for name in v1 v2; do
        assert_equal "$(delta-chain log --json copy $name | jq -c .seq)" \
            "$(delta-chain log --json h $name | jq -c .serial)"
    done
}

@test "records with and without positions in one stream" {
    echo '{"x":1}' >1.json
    echo '{"x":2}' >2.json
    delta-chain add -t 0 copy 1.json
    delta-diff -f json -t 0 1.json 2.json >record || true
    delta-chain import copy <(cat record; delta-chain export --records h; cat record) || status=$?
    assert_equal "$status" 1 # the last one is not for the tip
    assert_equal "$(delta-chain export --states copy | tail -n +3)" "$(cat states)"
    delta-chain import copy <(cat record; delta-chain export --records h)
    assert_equal "$(delta-chain export --states copy | wc -l)" 22
}

@test "the removal of a thing is an end, and the next state begins anew" {
    delta-diff -t 0 <(tail -n 1 states) /dev/null >removed || true
    assert_equal "$(jq -r .strategy removed)" removed
    delta-chain add-delta h removed
    assert_equal "$(delta-chain log --json h tip | jq .ended)" true
    echo 7 | delta-chain add -t 0 h
    delta-chain export --records h >records
    assert_equal "$(tail -n 2 records | jq -c '[.strategy, has("base"), .seq]' | tr '\n' ' ')" \
        '["removed",true,21] ["none",false,22] '
    delta-chain import copy records
    cp copy before
    delta-chain import copy records
    cmp copy before
    delta-chain export --records copy >got
    assert_same_bytes records got
    assert_equal "$(delta-chain log --json copy | jq -c 'select(.ended) | .index')" 20
    # Without positions likewise.
    jq -c 'select(.format | startswith("delta-record"))' records | while read -r record; do
        bare=$(jq -cS 'del(.source, .seq, .checksum)' <<<"$record")
        jq -c --arg c "$(delta-diff --digest - <<<"$bare" | cut -d' ' -f1)" '. + {checksum: $c}' <<<"$bare"
    done >bare
    delta-chain import plain bare
    cp plain before
    delta-chain import plain bare
    delta-chain import plain <(tail -n 2 bare)
    cmp plain before
}

@test "add-delta --ack: each record once it is on the disk, known ones too" {
    delta-chain export --records h ..2 >records
    run -0 --separate-stderr delta-chain add-delta --ack copy records
    assert_equal "$(cut -f1-3 <<<"$output")" "$(printf '\t%d\t%d\n' 1 0 2 1 3 2)"
    assert_equal "$(cut -f4 <<<"$output")" "$(delta-chain log --json copy | jq -r .digest)"
    run -0 --separate-stderr delta-chain add-delta --ack copy records
    assert_equal "$(cut -f1-3 <<<"$output")" "$(printf '\t%d\t%d\n' 1 2 2 2 3 2)"
    # Without a position; with a key.
    mkdir a b
    echo 1 >a/x.json
    echo 2 >b/x.json
    delta-diff -t 5 a b >keyed || true
    delta-chain add -t 0 k a/x.json
    run -0 --separate-stderr delta-chain add-delta --ack k keyed
    assert_equal "$output" "x.json	-	1	$(delta-diff --digest b/x.json | cut -d' ' -f1)"
    cp k before
    run -0 --separate-stderr delta-chain add-delta --ack k keyed
    assert_equal "$output" "x.json	-	1	$(delta-diff --digest b/x.json | cut -d' ' -f1)"
    cmp k before
    # Nothing, for nothing.
    run -0 --separate-stderr delta-chain add-delta --ack k </dev/null
    assert_equal "$output$stderr" ""
}

@test "a live writer that is killed leaves what it acknowledged, and is started again" {
    delta-chain export --records h >records
    for cut in 3 11 20; do
        rm -f copy
        : >acks
        { head -n $((cut + 1)) records; sleep 20 3>&-; } | delta-chain add-delta --ack copy >acks &
        writer=$!
        for _ in {1..200}; do
            [ "$(wc -l <acks)" -lt "$cut" ] || break
            sleep 0.05
        done
        kill -9 "$writer"
        wait "$writer" || true
        assert_equal "$(wc -l <acks)" "$cut"
        assert_equal "$(delta-chain export --states copy)" "$(head -n "$cut" states)"
        delta-chain add-delta copy records
        assert_states copy states
    done
    # At any moment: the acknowledged ones or more.
    seq 3000 | delta-chain add --ndjson -t 0 h
    delta-chain export --records h >records
    for wait in 0.02 0.05 0.1; do
        rm -f copy
        : >acks
        while read -r record; do echo "$record"; done <records |
            delta-chain add-delta --ack copy >acks &
        writer=$!
        sleep $wait
        kill -9 "$writer" || true
        wait "$writer" || true
        stored=0
        [ ! -s copy ] || stored=$(delta-chain export --states copy 2>/dev/null | wc -l)
        [ "$stored" -ge "$(wc -l <acks)" ] || fail "$stored stored"
        delta-chain add-delta copy records 2>/dev/null
        assert_equal "$(delta-chain export --states copy | tail -n +21)" "$(seq 3000)"
    done
}

# RANDOM_REPLAYS=1000 is the full count.
@test "random feeds, exports, imports and rewrites against a model" {
    command -v python3 >/dev/null || skip "no python3"
    python3 "$BATS_TEST_DIRNAME/random/replays.py" "${RANDOM_REPLAYS:-15}" "${RANDOM_SEED:-1}"
}
