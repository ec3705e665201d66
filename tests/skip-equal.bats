# add --skip-equal: states are stored when something that counts differs from the tip.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' '{"spec":{"n":1},"status":{"at":1}}' '{"spec":{"n":1},"status":{"at":2}}' \
        '{"spec":{"n":1.0},"status":{"at":3}}' '{"spec":{"n":2},"status":{"at":4}}' \
        '{"spec":{"n":2},"status":{"at":5}}' '{"spec":{"n":2},"status":{"at":5}}' >stream
}

times()
{
    delta-chain export --states h | jq -c .status.at | tr '\n' ' '
}

@test "with filters only what counts makes a state, which is stored whole" {
    delta-chain add --ndjson --skip-equal h stream
    assert_equal "$(times)" "1 2 3 4 5 "
    rm h
    delta-chain add --ndjson --skip-equal --ignore=/status h stream
    assert_equal "$(times)" "1 3 4 "
    rm h
    delta-chain add --ndjson --skip-equal --only=/spec --numeric h stream
    assert_equal "$(times)" "1 4 "
    # Each of them in a process of its own.
    rm h
    while read -r line; do
        echo "$line" | delta-chain add --skip-equal --only=/spec --numeric h
    done <stream
    assert_equal "$(times)" "1 4 "
    delta-chain verify h
}

@test "arrays by key and without order" {
    printf '%s\n' '{"list":[{"id":1,"v":1},{"id":2,"v":2}]}' '{"list":[{"id":2,"v":2},{"id":1,"v":1}]}' \
        '{"list":[{"id":2,"v":3},{"id":1,"v":1}]}' >stream
    delta-chain add --ndjson --skip-equal --unordered=/list h stream
    assert_equal "$(delta-chain export --states h | jq -c '[.list[].v]' | tr '\n' ' ')" "[1,2] [3,1] "
}

@test "filters without effect are refused" {
    echo '{}' >state
    run -2 --separate-stderr delta-chain add --ignore=/a h state
    assert_one_error delta-chain "filters without --skip-equal"
    run -2 --separate-stderr delta-chain add --skip-equal --mask=/a h state
    assert_one_error delta-chain "no effect: --mask"
    run -2 --separate-stderr delta-chain add --skip-equal --ignore=a h state
    [ ! -e h ]
}
