#!/usr/bin/env bats
# Stores: histories of many keys in one directory, written by the stream.

load helpers
load stores

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    make_fleet
    make_oracle
}

@test "every key gets a history with the states of its part of the stream" {
    python3 fleet.py 40 6 1 >stream
    feed -v store stream 2>log
    [[ $(<log) == *"240 states added"* ]]
    python3 oracle.py store stream
    run -0 delta-chain verify store
    [ "$output" = '40 keys, 240 states, no damage' ]
    [ "$(delta-chain metrics --json store | jq -c '[.keys,.states]')" = '[40,240]' ]
    [ "$(delta-chain get store --key=k-007 | jq -r .id)" = k-007 ]
}

@test "a store without a cache, with descriptors for few histories, and in small pieces is the same" {
    python3 fleet.py 60 5 2 >stream
    feed store stream
    (ulimit -n 100 && feed --cache=0 other stream)
    for ((line = 1; line <= 300; line += 37)); do
        sed -n "$line,$((line + 36))p" stream | feed pieces
    done
    for each in store other pieces; do
        python3 oracle.py "$each" stream
        delta-chain verify "$each"
    done
}

@test "the store keeps the pointers: later calls need none" {
    python3 fleet.py 5 3 3 >stream
    head -n 7 stream | feed store
    delta-chain add --ndjson -t 0 store stream
    python3 oracle.py store stream
    [ "$(jq -c . store/.delta-store)" = \
        '{"by":"/id","format":"delta-store/1","seq_from":"/rv","source":"S"}' ]
    run --separate-stderr -2 delta-chain add --ndjson --by=/rv store stream
    [[ $stderr == *"--by: the keys of this store are at '/id'"* ]]
}

@test "a stream that is sent again adds nothing, with and without a cache" {
    python3 fleet.py 20 5 4 >stream
    feed store stream
    cp -r store before
    feed store stream
    feed --cache=0 store stream
    diff -r before store
    for from in 1 17 50 99; do
        tail -n +"$from" stream | feed store
    done
    diff -r before store
    python3 fleet.py 20 7 4 >longer
    tail -n +30 longer | feed store
    python3 oracle.py store longer
}

@test "acknowledgements have key, position, index and digest, in the order of the stream" {
    python3 fleet.py 7 4 5 >stream
    feed --ack store stream >acks
    jq -r '[.id, .rv] | @tsv' stream >want
    cut -f 1,2 acks | diff want -
    while IFS=$'\t' read -r key _ index digest; do
        [ "$(delta-chain get store --key="$key" "$index" | delta-diff --digest - | cut -c 1-32)" = "$digest" ]
    done < <(head -n 10 acks)
}

@test "a fork ends with status 1; other keys of the batch stand" {
    python3 fleet.py 3 2 6 >stream
    feed store stream
    printf '{"id":"k-000","rv":%d,"x":1}\n{"id":"new","rv":1}\n' \
        "$(delta-chain get store --key=k-000 | jq .rv)" >forked
    run --separate-stderr -1 feed store forked
    [[ $stderr == *"fork: another state has position"* ]]
    [ "$(delta-chain get store --key=new)" = '{"id":"new","rv":1}' ]
    run --separate-stderr -1 feed --dense store <<<'{"id":"new","rv":3}'
    [[ $stderr == *"gap: position 3 of source S does not follow 1"* ]]
    delta-chain verify store
}

@test "a thing ends, and begins anew" {
    end() { delta-chain add --ndjson --by=/id --end-when=/type=DELETED --state-from=/object -t 0 "$@"; }
    printf '%s\n' '{"id":"a","type":"ADDED","object":{"n":1}}' '{"id":"a","type":"DELETED","object":{"n":1}}' \
        '{"id":"a","type":"DELETED"}' '{"id":"b","type":"DELETED"}' '{"id":"a","type":"ADDED","object":{"n":2}}' |
        end --ack store >acks
    [ "$(cut -f 1,3 acks | tr '\t\n' '  ')" = 'a 0 a 1 a 1 b - a 2 ' ]
    [ "$(delta-chain get store --key=a)" = '{"n":2}' ]
    delta-chain log --json store --key=a | jq -s -e 'length == 3 and .[1].ended'
    [ "$(delta-chain log store --key=a | grep -n ' ended$' | cut -d: -f1)" = 2 ]
    [ "$(delta-chain keys store)" = a ]
}

@test "values in any layout, composite keys, keys that are not strings" {
    printf '{"ns":"x",\n "n":1, "v":\n[1]}{"ns":"x","n":2}\n  {"ns":"x","n":1,"v":[2]}' |
        delta-chain add --ndjson --by=/ns,/n -t 0 store
    [ "$(delta-chain keys store | sort | tr '\n' ' ')" = '["x",1] ["x",2] ' ]
    [ "$(delta-chain export --states store --key='["x",1]' | jq -c .v | tr '\n' ' ')" = '[1] [2] ' ]
}

@test "keys differ where values do: a string that is JSON is not that JSON" {
    printf '%s\n' '{"id":"1","n":1}' '{"id":1,"n":2}' '{"id":"[\"x\",1]","n":3}' '{"id":["x",1],"n":4}' \
        '{"id":"true","n":5}' '{"id":true,"n":6}' '{"id":"\"q\"","n":7}' '{"id":"q","n":8}' \
        '{"id":" 1","n":9}' '{"id":null,"n":10}' '{"id":"null","n":11}' '{"id":{},"n":12}' >stream
    delta-chain add --ndjson --by=/id -t 0 store stream
    [ "$(delta-chain keys store | wc -l)" -eq 12 ]
    [ "$(delta-chain export --states store | cut -f 2 | jq .n | sort -n | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 9 10 11 12 ' ]
    [ "$(delta-chain get store --key='"1"' | jq .n)" = 1 ]
    [ "$(delta-chain get store --key=1 | jq .n)" = 2 ]
}

@test "--keyed: a key, a tab and a state" {
    printf 'a\t{"n":1}\nb/../c\t{"n":2}\na\t\n' | delta-chain add --ndjson --keyed -t 0 store
    [ "$(delta-chain keys store | sort | tr '\n' ' ')" = 'a b/../c ' ]
    delta-chain log --json store --key=a | jq -s -e '.[1].ended'
}

@test "keys are safe: no file leaves the store, none meets another" {
    local long
    long=$(printf 'x%.0s' {1..300})
    printf '%s\n' '../x' '/etc/passwd' '' '..' '.' 'a/b' 'Pump' 'pump' 'PUMP' 'ä' 'a%2fb' "$long" "${long}y" |
        jq -R -c '{id: .}' >stream
    printf '{"id":"new\\nline"}\n{"id":"nul\\u0000"}\n{"id":"half\\ud800"}\n' >>stream
    mkdir inside
    (cd inside && delta-chain add --ndjson --by=/id -t 0 ../inside/store ../stream)
    [ "$(find . -name '*.history' | wc -l)" -eq 16 ]
    [ "$(find inside/store -name '*.history' | tr '[:upper:]' '[:lower:]' | sort -u | wc -l)" -eq 16 ]
    [ "$(find . -name '*.history' ! -path './inside/store/[0-9a-f][0-9a-f]/*' | wc -l)" -eq 0 ]
    [ "$(find inside -name '*.history' | awk -F/ 'length($NF) > 208' | wc -l)" -eq 0 ]
    while read -r key; do
        [ "$(delta-chain get inside/store --key="$key" | jq -r .id)" = "$key" ]
    done < <(head -n 13 stream | jq -r .id)
    [ "$(delta-chain keys inside/store | wc -l)" -eq 16 ]
    delta-chain keys inside/store | grep -qx "$long"
    delta-chain keys inside/store | grep -qxF '"new\nline"'
    delta-chain keys inside/store | grep -qxF '"half\ud800"'
    # Bytes that are not UTF-8 are a key, too.
    delta-chain add -t 0 inside/store --key=$'\xff\xfe' <<<'{"raw":1}'
    [ "$(delta-chain get inside/store --key=$'\xff\xfe')" = '{"raw":1}' ]
    delta-chain verify inside/store
}

@test "the key of a long name is in its history, through rewrites, and is compared" {
    local long
    long=$(printf 'x%.0s' {1..300})
    printf '{"id":"%s","n":%d}\n' "$long" 1 "$long" 2 | delta-chain add --ndjson --by=/id -t 0 store
    delta-chain compact store --key="$long"
    [ "$(delta-chain keys store)" = "$long" ]
    printf '{"id":"%s","n":%d}\n' "$long" 3 | delta-chain add --ndjson --by=/id -t 0 store
    [ "$(delta-chain get store --key="$long" | jq .n)" = 3 ]
    # A file that holds another key than the one that its name stands for.
    printf '{"id":"%sy","n":1}\n' "$long" | delta-chain add --ndjson --by=/id -t 0 other
    mkdir -p "store/$(cd other && dirname -- */=*.history)"
    cp store/*/=*.history "$(cd other && echo */=*.history | sed 's|^|store/|')"
    run --separate-stderr -2 delta-chain get store --key="${long}y"
    [[ $stderr == *"another key"* ]]
    printf '{"id":"%sy","n":1}\n' "$long" >line
    run --separate-stderr -2 delta-chain add --ndjson store line
    [[ $stderr == *"another key"* ]]
}

@test "a key that is missing is a bad line, with its number; what is before it stands" {
    printf '{"id":"a"}\n{"x":1}\n{"id":"b"}\n' >stream
    run --separate-stderr -2 delta-chain add --ndjson --by=/id -t 0 store stream
    [[ $stderr == *"stream:2"* ]]
    [ "$(delta-chain keys store)" = a ]
}

@test "a store keeps where metadata is in a line" {
    meta() { delta-chain add --ndjson -t 0 "$@"; }
    meta --by=/id --metadata-from=by=/who --metadata-from=at=/x/y -m kind=1 store <<<'{"id":"a","who":"ann","x":{"y":2}}'
    meta store <<<'{"id":"a","who":"bob"}'
    meta --metadata-from=who=/who store <<<'{"id":"a","who":"cy"}'
    [ "$(delta-chain log --json store --key=a | jq -c .metadata | tr '\n' ' ')" = \
        '{"at":2,"by":"ann","kind":"1"} {"by":"bob"} {"who":"cy"} ' ]
}

@test "what is not a store is refused, options without effect too" {
    mkdir dir
    run --separate-stderr -2 delta-chain add --ndjson dir <<<'{}'
    assert_one_error delta-chain '^delta-chain: dir: not a store: there is no .delta-store in it$'
    run --separate-stderr -2 delta-chain get dir
    assert_one_error delta-chain '^delta-chain: dir: not a store: there is no .delta-store in it$'
    delta-chain add one.history - <<<'{}'
    run --separate-stderr -2 delta-chain keys one.history
    assert_one_error delta-chain '^delta-chain: one.history: not a store$'
    run --separate-stderr -2 delta-chain get one.history --key=a
    assert_one_error delta-chain '^delta-chain: one.history: not a store: a store is a directory$'
    echo '{"format":"delta-store/9"}' >dir/.delta-store
    run --separate-stderr -2 delta-chain keys dir
    [[ $stderr == *"store of version 'delta-store/9'"* ]]
    delta-chain add --ndjson --by=/id -t 0 store <<<'{"id":"a"}'
    run --separate-stderr -2 delta-chain get store
    [[ $stderr == *"name a history with --key"* ]]
    run --separate-stderr -2 delta-chain add store <<<'{}'
    run --separate-stderr -2 delta-chain add --by=/id store <<<'{}'
    run --separate-stderr -2 delta-chain add --ndjson --cache=1M h <<<'{}'
    run --separate-stderr -2 delta-chain add --ndjson --end-when=/x h <<<'{}'
    run --separate-stderr -2 delta-chain init store --key=a
    run --separate-stderr -2 delta-chain get store --key=b
    [[ $stderr == *"/b.history: cannot open"* ]]
}

@test "eight writers of disjoint keys, and of shared ones" {
    python3 fleet.py 16 8 7 >stream
    for i in 0 1 2 3 4 5 6 7; do
        jq -c "select((.id[2:] | tonumber) % 8 == $i)" stream | feed disjoint &
    done
    wait
    python3 oracle.py disjoint stream
    # Each has a source of its own, so that all states of all writers are there, in the order of each.
    for i in 0 1 2 3 4 5 6 7; do
        jq -c ".w = $i" stream >"part$i"
    done
    for i in 0 1 2 3 4 5 6 7; do
        delta-chain add --ndjson --by=/id --source="w$i" --seq-from=/rv -t 0 --cache=20K shared "part$i" &
    done
    wait
    delta-chain verify shared
    for key in $(delta-chain keys shared); do
        delta-chain export --states shared --key="$key" >states
        for i in 0 1 2 3 4 5 6 7; do
            jq -c "select(.w == $i) | .rv" states >got
            jq -c "select(.id == \"$key\") | .rv" "part$i" | diff - got
        done
    done
}

@test "kill -9 at random moments, the stream sent again from an earlier position" {
    local seed=${SEED:-$RANDOM} rounds=${KILLS:-12} line=1
    echo "SEED=$seed"
    RANDOM=$seed
    python3 fleet.py 50 30 8 >stream
    for ((i = 0; i < rounds; i++)); do
        local from=$((RANDOM % line + 1))
        : >acks # the writer may be killed before it opens it
        tail -n +"$from" stream |
            delta-chain add --ndjson --by=/id --source=S --seq-from=/rv -t 0 --ack store >acks &
        sleep "0.0$((RANDOM % 9))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        # What was acknowledged is there, and what came before it.
        local acknowledged=$((from + $(wc -l <acks)))
        ((acknowledged <= line)) || line=$acknowledged
        if ((line > 1500)); then
            python3 oracle.py store stream
            rm -r store
            line=1
        fi
    done
    feed store stream
    python3 oracle.py store stream
    delta-chain verify store
}
