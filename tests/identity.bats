load helpers

# Which element is which: lists of lists, keys that are numbers or not in ASCII or deep in an element,
# repeated nulls, moves across lists, and what both sides added.

@test "cases of merges and differences, each with its right answer" {
    command -v python3 >/dev/null || skip "no python3"
    local cases="$BATS_TEST_DIRNAME/cases/identity"
    run -0 "$cases/run" "$cases/merge.json" "$cases/diff.json"
    [[ $output == *", 0 failed" ]]
}

@test "a case with a wrong answer fails" {
    command -v python3 >/dev/null || skip "no python3"
    cd "$BATS_TEST_TMPDIR" || return
    echo '[{"name":"m","base":[1],"ours":[1,2],"theirs":[1],"options":[],"want":[1]}]' >merge.json
    echo '[{"name":"d","old":[1],"new":[1,2],"options":[],"want":["- /1"]}]' >diff.json
    run -1 "$BATS_TEST_DIRNAME/cases/identity/run" merge.json diff.json
    [[ $output == *"m: -3: [1, 2], not [1]"*"d: text: ['+ /1'], not ['- /1']"*"2 cases, 2 failed" ]]
}

@test "without order, indices are those of the new state, of many arrays too" {
    command -v jq >/dev/null || skip "no jq"
    cd "$BATS_TEST_TMPDIR" || return
    jq -nc '[range(30) | {key: "l\(.)", value: [1, 2, 3]}] | from_entries' >old
    jq -nc '[range(30) | {key: "l\(.)", value: [3, 9, 2]}] | from_entries' >new
    run -1 delta-diff -f text --unordered='/*' old new
    assert_equal "$(grep -c '^+ /l[0-9]*/1  9$' <<<"$output")" 30
    assert_equal "$(grep -c '^- /l[0-9]*/0  1$' <<<"$output")" 30
}
