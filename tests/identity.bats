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
