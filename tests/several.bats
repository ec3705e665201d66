# Verbs that take several histories; exports of what counts; records of a limited size.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' '{"spec":{"n":1},"status":1,"secret":"a"}' '{"spec":{"n":1},"status":2,"secret":"b"}' \
        '{"spec":{"n":2},"status":2,"secret":"b"}' '{"spec":{"n":2},"status":3,"secret":"b"}' >stream
    delta-chain add --ndjson -t 1700000000 a stream
    head -n 2 stream | delta-chain add --ndjson -t 1700000000 b
}

@test "log, metrics and verify take several histories" {
    run -0 delta-chain verify a b
    assert_equal "$output" "a: 4 states, no damage
b: 2 states, no damage"
    assert_equal "$(delta-chain log a b | cut -c1-8 | tr '\n' '|')" \
        'a:|     0  |     1  |     2  |     3  ||b:|     0  |     1  |'
    assert_equal "$(delta-chain log --json --only=/spec a b | jq -c '[.history,.index]' | tr '\n' ' ')" \
        '["a",0] ["a",2] ["b",0] '
    assert_equal "$(delta-chain log -f changes --only=/spec a b 1.. | jq -c '[.key,.path,.new]')" \
        '["a","/spec/n",2]'
    assert_equal "$(delta-chain log --json a b tip | jq -c '[.history,.index]' | tr '\n' ' ')" '["a",3] ["b",1] '
    assert_equal "$(delta-chain log --json a | jq -c '.history' | sort -u)" null
    assert_equal "$(delta-chain metrics --json a b | jq -c '[.history,.states]' | tr '\n' ' ')" '["a",4] ["b",2] '
    assert_equal "$(delta-chain metrics a b | grep -c '^states ')" 2
}

@test "a range is told from a history" {
    cp a tip
    cp a 3
    assert_equal "$(delta-chain log --json a 3 | jq .index)" 3
    assert_equal "$(delta-chain log --json a ./3 | jq -r .history | sort -u | tr '\n' ' ')" "./3 a "
    assert_equal "$(delta-chain log --json a tip | jq -r .history | sort -u | tr '\n' ' ')" "a tip "
    run -2 --separate-stderr delta-chain log a nothing
    assert_one_error delta-chain "no such revision: nothing"
}

@test "the worst status of several counts, and the others are still done" {
    run -2 --separate-stderr delta-chain verify missing a
    assert_equal "$output" "a: 4 states, no damage"
    printf X | dd of=b bs=1 seek=300 conv=notrunc status=none
    run -1 --separate-stderr delta-chain verify b a
    assert_equal "${lines[-1]}" "a: 4 states, no damage"
    [[ ${lines[0]} == "b: "* ]]
}

@test "an export with filters is a history of what counts" {
    assert_equal "$(delta-chain export --states --only=/spec a)" '{"spec":{"n":1}}
{"spec":{"n":2}}'
    delta-chain export --records --ignore=/status --mask=/secret a >records
    delta-chain import part records
    assert_equal "$(delta-chain export --states part)" '{"secret":"***","spec":{"n":1}}
{"secret":"***","spec":{"n":2}}'
    [[ $(cat records) != *'"a"'* && $(cat records) != *dropped* ]]
    delta-chain verify part
    echo '--mask=/secret' >./rules
    run ! grep -F '"a"' <(delta-chain export --states --rules=./rules a)
    # After a state: what led from there on.
    assert_equal "$(delta-chain export --states --only=/spec a 0..)" '{"spec":{"n":2}}'
    assert_equal "$(delta-chain export --states --only=/spec a 2..)" ''
    assert_equal "$(delta-chain export --records --only=/spec a 0.. | jq -c .nested)" '{"spec":{"changes":{"n":2}}}'
    delta-chain export --records -z --only=/spec a | delta-chain import packed
    assert_equal "$(delta-chain get packed)" '{"spec":{"n":2}}'
}

@test "records larger than --max-record are refused" {
    size=$(delta-chain delta a 2 | wc -c)
    run -2 --separate-stderr delta-chain delta --max-record=$((size - 2)) a 2
    assert_one_error delta-chain "state 2 has .* bytes, more than --max-record"
    assert_equal "$output" ""
    delta-chain delta --max-record="$size" a 2 >record
    assert_equal "$(wc -c <record)" "$size"
    head -c 2000 /dev/zero | tr '\0' x | jq -Rc '{spec:.}' | delta-chain add a
    run -2 --separate-stderr delta-chain export --records --max-record=1K a
    assert_equal "${#lines[@]}" 5
    assert_one_error delta-chain "state 4 has"
    run -2 delta-chain export --states --max-record=1K a
}
