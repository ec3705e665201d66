#!/usr/bin/env bats
# What goes out of stores and histories, and from one to another.

load helpers
load stores

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    make_fleet
    cat >same.py <<'PY'
"""same.py STORE STREAM: the history of every key has exactly the states of the stream."""
import json, subprocess, sys
store, stream = sys.argv[1:3]
want, got = {}, {}
for line in open(stream):
    state = json.loads(line)
    want.setdefault(state["id"], []).append(state)
out = subprocess.run(["delta-chain", "export", "--states", store], stdout=subprocess.PIPE, check=True).stdout
for line in out.decode().splitlines():
    key, state = line.split("\t")
    got.setdefault(key, []).append(json.loads(state))
assert got == want, "%s: the states differ from those of %s" % (store, stream)
PY
}

# As that of stores.bash, with times out of the feed.
feed() {
    delta-chain add --ndjson --by=/id --source=S --seq-from=/rv --time-from=/rv "$@"
}

all() {
    delta-chain export --records "$@" ..
}

@test "a whole store as records: with their keys, as keyed lines, packed; all make the same" {
    python3 fleet.py 9 5 1 >stream
    feed store stream
    [ "$(delta-chain export --records store | jq -r .key | uniq -c | awk '{ print $1 }' | sort -u)" = 5 ]
    mkdir one
    cp store/.delta-store one
    delta-chain export --records store | delta-chain add-delta --cache=0 one
    delta-chain export --records --keyed store | delta-chain add-delta --keyed two
    delta-chain export --records --keyed -z store | delta-chain add-delta --keyed three
    delta-chain export --records -z -o packed store
    delta-chain sync store four
    for copy in one two three four; do
        delta-chain add-delta "$copy" packed
        python3 same.py "$copy" stream
        [ "$(all "$copy" --key=k-004)" = "$(all store --key=k-004)" ]
        delta-chain verify "$copy"
    done
    # Other commands read it, too.
    delta-chain export --records --keyed store | delta-apply --ndjson --keyed - | tail -n 1 >got
    delta-chain export --states store | tail -n 1 | diff got -
}

@test "export --since: what came after a position, a revision or a time, of one history and of a store" {
    seq 9 >numbers
    delta-chain add --ndjson -t 0 h numbers
    delta-chain export --records --since=seq=6 h >records
    [ "$(jq -c '[.seq, has("base")]' records | tr '\n' ' ')" = '[7,true] [8,true] [9,true] ' ]
    delta-chain export --records --since=5 h | cmp - records
    delta-chain export --records --since=tip~3 h | cmp - records
    [ "$(delta-chain export --states --since=5 h | tr '\n' ' ')" = '7 8 9 ' ]
    [ -z "$(delta-chain export --records --since=tip h)" ]
    [ -z "$(delta-chain export --records --since=seq=99 h)" ]
    [ "$(delta-chain export --records --since=seq=0 h | jq -r .seq | head -n 1)" = 1 ]
    # Who had it up to there has it all then, whatever was dropped meanwhile.
    delta-chain import copy <(delta-chain export --records h ..3)
    delta-chain squash h 2..7
    delta-chain export --records --since=seq=4 h | delta-chain add-delta copy
    [ "$(delta-chain export --states copy | tr '\n' ' ')" = '1 2 3 4 8 9 ' ]

    python3 fleet.py 6 6 2 >stream
    feed store stream
    [ "$(delta-chain export --records --since=seq=30 store | jq .seq | sort -n | tr '\n' ' ')" = '31 32 33 34 35 36 ' ]
    [ "$(delta-chain export --states --since=@30 store | cut -f 2 | jq .rv | sort -n | tr '\n' ' ')" = '31 32 33 34 35 36 ' ]
    [ "$(delta-chain export --records --since=@0 store | wc -l)" -eq 36 ]
    [ "$(delta-chain export --records --since=@1 store | wc -l)" -eq 35 ]
    head -n 20 stream | feed copystore
    delta-chain export --records --keyed --since=seq=20 store | delta-chain add-delta --keyed copystore
    python3 same.py copystore stream
}

@test "export --at: the states of all keys at a time" {
    printf '%s\n' '{"id":"a","rv":1,"n":1}' '{"id":"b","rv":2,"n":1}' '{"id":"a","rv":3,"gone":true}' \
        '{"id":"c","rv":4,"n":1}' '{"id":"a","rv":5,"n":2}' '{"id":"b","rv":6,"n":2}' >stream
    feed --end-when=/gone store stream
    at() { delta-chain export --at="$1" store | sort | cut -f 2 | jq -c '[.id,.n]' | tr '\n' ' '; }
    [ "$(at 0)" = '' ]
    [ "$(at 1)" = '["a",1] ' ]
    [ "$(at 2)" = '["a",1] ["b",1] ' ]
    [ "$(at 3)" = '["b",1] ' ]
    [ "$(at 4.5)" = '["b",1] ["c",1] ' ]
    [ "$(at now)" = '["a",2] ["b",2] ["c",1] ' ]
    [ "$(delta-chain export --at=2 store | sort | head -n 1)" = $'a\t{"id":"a","n":1,"rv":1}' ]
    # The end is an empty line of its key.
    delta-chain export --states store | grep -qx $'a\t'
}

@test "sync of histories: what is missing is added, what is known is not, a fork is refused" {
    seq 9 | delta-chain add --ndjson -m by=me -t 5 a
    delta-chain init --max-chain-length=4 x
    seq 9 | delta-chain add --ndjson -t 5 x
    delta-chain name a v1 3
    run --separate-stderr -0 delta-chain sync -v a b
    [[ $stderr == *"b: 9 states added"* ]]
    [ "$(delta-chain export --records a ..)" = "$(delta-chain export --records b ..)" ]
    [ "$(delta-chain name b)" = "$(delta-chain name a)" ]
    delta-chain sync x y
    [ "$(delta-chain export --records x | head -n 1 | jq .max_chain_length)" = "$(delta-chain export --records y | head -n 1 | jq .max_chain_length)" ]
    cp b before
    delta-chain sync a b
    cmp b before
    delta-chain sync b a # the way back: nothing
    echo 10 | delta-chain add -t 6 a
    delta-chain name a v2
    delta-chain prune --keep-last=3 a
    delta-chain sync a b
    [ "$(delta-chain export --states b | wc -l)" -eq 10 ]
    [ "$(delta-chain name b | awk '{ print $1, $4 }' | tr '\n' ' ')" = '3 v1 9 v2 ' ]
    echo '"mine"' | delta-chain add -t 7 b
    delta-chain sync a b # it is ahead: nothing
    echo 11 | delta-chain add -t 7 a
    cp b before
    run --separate-stderr -1 delta-chain sync a b
    assert_one_error delta-chain "b: fork: "
    cmp b before
    # Two that have nothing to do with each other.
    seq 3 | delta-chain add --ndjson c
    run --separate-stderr -1 delta-chain sync a c
    assert_one_error delta-chain "c: fork: "
    run --separate-stderr -2 delta-chain sync none c
    run --separate-stderr -2 delta-chain sync a
    run --separate-stderr -2 delta-chain sync --key=k a c
}

@test "sync: what cannot go between states of its source is warned of" {
    put() { printf '{"id":"a","rv":%s}\n' "${@:2}" | feed "$1"; }
    put store 1 2
    delta-chain sync store other
    put store 8
    put other 9
    run --separate-stderr -0 delta-chain sync store other
    assert_equal "$stderr" 'delta-chain: warning: other: 1 state is older than those that are kept of their source; not added'
    run --separate-stderr -0 delta-chain sync other store
    assert_equal "$stderr" ""
    # What was pruned there is not missing.
    delta-chain rebaseline --all store
    run --separate-stderr -0 delta-chain sync other store
    assert_equal "$stderr" ""

    for state in 1 2; do
        delta-chain add --source=S --seq=$state h <<<$state
    done
    delta-chain sync h copy
    delta-chain add --source=S --seq=8 h <<<8
    delta-chain add --source=S --seq=9 copy <<<9
    run --separate-stderr -0 delta-chain sync h copy
    assert_equal "$stderr" 'delta-chain: warning: copy: 1 state is older than those that are kept of their source; not added'
    [ "$(delta-chain export --states copy | tr '\n' ' ')" = '1 2 9 ' ]
}

@test "sync: two parts of one feed, each with states that the other has not" {
    put() { for seq in "${@:2}"; do echo "{\"v\":$seq}" | delta-chain add -t "$seq" --source=S --seq="$seq" "$1"; done; }
    put a 1 3 5 6
    put b 1 2 4
    put c 2 4 # nothing in common
    run --separate-stderr -0 delta-chain sync a b
    [[ $stderr == *"b: 1 state is older"*"not added"* ]]
    assert_equal "$(delta-chain export --states b | tr -d '\n')" '{"v":1}{"v":2}{"v":4}{"v":5}{"v":6}'
    run --separate-stderr -0 delta-chain sync a c
    [[ $stderr == *"c: 2 states are older"* ]]
    assert_equal "$(delta-chain export --states c | tr -d '\n')" '{"v":2}{"v":4}{"v":5}{"v":6}'
    # The way back, and again: nothing can be added, and nothing changes.
    run --separate-stderr -0 delta-chain sync b a
    assert_equal "$(delta-chain export --states a | tr -d '\n')" '{"v":1}{"v":3}{"v":5}{"v":6}'
    cp b before
    run -0 delta-chain sync a b
    cmp b before
    # A state of another source among them: a fork.
    put d 1
    echo '{"v":"mine"}' | delta-chain add -t 9 d
    cp d before
    run --separate-stderr -1 delta-chain sync a d
    assert_one_error delta-chain "d: fork: "
    cmp d before
    # The same by key.
    for seq in 1 3 5; do echo "{\"k\":1,\"v\":$seq}"; done | delta-chain add --ndjson --by=/k --source=S --seq-from=/v -t 0 sa
    for seq in 1 2 4; do echo "{\"k\":1,\"v\":$seq}"; done | delta-chain add --ndjson --by=/k --source=S --seq-from=/v -t 0 sb
    run --separate-stderr -0 delta-chain sync sa sb
    assert_equal "$(delta-chain export --states sb --key=1 | jq -c .v | tr -d '\n')" 1245
}

@test "sync of stores: group by group, forks of single keys, ends, metadata" {
    python3 fleet.py 20 6 3 >stream
    head -n 70 stream | feed --metadata-from=who=/id -m kind=thing a
    run --separate-stderr -0 delta-chain sync -v a b
    [[ $stderr == *"b: 70 states added"* ]]
    cp -r b before
    delta-chain sync a b
    diff -r b before
    delta-chain add --ndjson a stream
    delta-chain sync a b
    python3 same.py b stream
    cmp a/.delta-store b/.delta-store
    for key in k-000 k-019; do
        [ "$(all b --key=$key)" = "$(all a --key=$key)" ]
    done
    delta-chain verify b
    # One key goes two ways; another one ends, and is there again.
    delta-chain add -t 1 b --key=k-003 <<<'{"mine":1}'
    delta-chain add -t 1 a --key=k-003 <<<'{"theirs":1}'
    printf 'k-004\t\nk-004\t{"id":"k-004"}\nnew\t{"id":"new"}\n' | delta-chain add --ndjson --keyed -t 1 a
    run --separate-stderr -1 delta-chain sync a b
    [[ $stderr == *"key k-003: fork: "* ]]
    [ "$(delta-chain get b --key=k-003)" = '{"mine":1}' ]
    [ "$(delta-chain get b --key=new)" = '{"id":"new"}' ]
    [ "$(all b --key=k-004)" = "$(all a --key=k-004)" ]
    delta-chain verify b
}

@test "sync that is killed is started again" {
    local seed=${SEED:-$RANDOM}
    echo "SEED=$seed"
    RANDOM=$seed
    python3 fleet.py 60 20 4 >stream
    feed a stream
    for ((i = 0; i < ${KILLS:-5}; i++)); do
        delta-chain sync a b &
        sleep "0.0$((RANDOM % 9))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
    done
    delta-chain sync a b
    python3 same.py b stream
    delta-chain verify b
}

@test "rsync of a store that is added to: each file is a history, and the next run brings the rest" {
    command -v rsync >/dev/null || skip "no rsync"
    python3 fleet.py 30 10 5 >stream
    while read -r line; do echo "$line"; done <stream | feed a &
    for _ in 1 2 3; do
        sleep 0.05
        rsync -a a/ copy/ 2>/dev/null || true
    done
    wait
    rsync -a a/ copy/
    delta-chain verify copy
    delta-chain compact a
    rsync -a a/ copy/
    python3 same.py copy stream
    delta-chain verify copy
}

@test "prune and rebaseline of a store need --all; compact does not; verify and metrics add up" {
    python3 fleet.py 8 6 6 >stream
    feed store stream
    run --separate-stderr -2 delta-chain prune --keep-last=2 store
    assert_one_error delta-chain "name a history with --key, or --all of them"
    run --separate-stderr -2 delta-chain rebaseline store
    run --separate-stderr -2 delta-chain clear store
    python3 same.py store stream
    run -0 delta-chain prune --all -n --keep-last=2 store
    [ "$(grep -c '^k-' <<<"$output")" -eq 8 ]
    [ "$(grep -c '1970' <<<"$output")" -eq 32 ]
    python3 same.py store stream
    delta-chain compact store
    python3 same.py store stream
    delta-chain prune --all --keep-last=2 store
    tail -n 16 stream >left
    python3 same.py store left
    run -0 delta-chain verify store
    [ "$output" = '8 keys, 16 states, no damage' ]
    delta-chain rebaseline --all store
    tail -n 8 stream >left
    python3 same.py store left
    # What was dropped is known for what it is.
    run --separate-stderr -0 feed store stream
    [[ $stderr == *"states are older than those that are kept"* ]]
    python3 same.py store left
    printf '{"id":"k-000","rv":99}\n' | tee -a left | delta-chain add --ndjson store
}

@test "options without effect on a store, and of a store without one, are refused" {
    python3 fleet.py 2 2 7 >stream
    feed store stream
    echo 1 | delta-chain add h
    refused() {
        run --separate-stderr -2 delta-chain "$@"
        [ -z "$output" ]
        assert_one_error delta-chain
    }
    refused export store
    refused export --records --keyed h
    refused export --at=now h
    refused export --at=now --records store
    refused export --at=now -z store
    refused export --at=now --since=seq=3 store
    refused export --at=now --only=/a store
    refused export --states --keyed store
    refused export --records store 0..1
    refused export --records --since=1 store
    refused export --records --since=seq=x store
    refused export --records --since=0 h 0..
    refused export --records --salvage store
    refused export --records --salvage --since=0 h
    refused prune --all --keep-last=1 h
    refused prune --all --keep-last=1 --key=k-000 store
    refused rebaseline --all h
    refused sync h store
    refused get store
    refused add-delta --keyed --key=a store
}

@test "a damaged history of a store: status 1, the others are exported and brought over" {
    python3 fleet.py 5 4 8 >stream
    feed store stream
    file=$(echo store/*/k-002.history)
    python3 - "$file" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 0x55
open(sys.argv[1], "wb").write(data)
PY
    run --separate-stderr -1 delta-chain export --states store
    [ "$(cut -f 1 <<<"$output" | sort -u | grep -c -v k-002)" -eq 4 ]
    run --separate-stderr -1 delta-chain sync store copy
    for key in k-000 k-001 k-003 k-004; do
        [ "$(delta-chain get copy --key=$key)" = "$(delta-chain get store --key=$key)" ]
    done
    delta-chain verify copy
}
