# Random git histories, merged with the merge driver and without. RANDOM_HISTORIES=500 is the full count,
# which prints the conflicts of both; RANDOM_SEED is another seed than 1.

load helpers

@test "two branches over three files: no change is lost, and no conflict is invisible" {
    command -v python3 >/dev/null || skip "no python3"
    git merge-tree -h 2>&1 | grep -q write-tree || skip "git merge-tree --write-tree needs git 2.38"
    python3 "$BATS_TEST_DIRNAME/random/histories.py" "${RANDOM_HISTORIES:-20}" "${RANDOM_SEED:-1}"
}

@test "a virtual base has a string that no side has in the place of each conflict" {
    cd "$BATS_TEST_TMPDIR" || return
    printf '{\n  "a": 1,\n  "b": {"x": 1},\n  "list": [1, 2],\n  "z": 1\n}\n' >base
    printf '{\n  "a": 2,\n  "b": {},\n  "list": [1, 3],\n  "z": 1\n}\n' >ours
    printf '{\n  "a": 3,\n  "b": {"x": 2},\n  "list": [1, 4],\n  "z": 2\n}\n' >theirs
    cp ours result
    run -1 --separate-stderr delta-merge --git --virtual-base base result theirs 9 f.json
    assert_equal "$stderr" ""
    mark='<<<<<<< conflict of the merge bases >>>>>>>'
    assert_equal "$(cat result)" "{
  \"a\": \"$mark\",
  \"b\": {
    \"x\": \"$mark\"
  },
  \"list\": \"$mark\",
  \"z\": 2
}"
    # What both sides decided alike is merged, what they decided differently is a conflict.
    sed 's/"z": 1/"z": 3/' ours >left
    sed 's/"a": 2/"a": 1/' ours >right
    run -1 --separate-stderr delta-merge --git result left right 7 f.json
    assert_equal "${#stderr_lines[@]}" 2
    [[ $stderr == *'conflict at /a: '*'ours 2, theirs 1)'* && $stderr == *'conflict at /z: '* ]] || fail "$stderr"
    # Where the whole is in conflict, and where a side is not JSON, the bases are merged by lines.
    echo 1 >one && echo 2 >two && echo 3 >three
    run -1 --separate-stderr delta-merge --git --virtual-base one two three 9 f.json
    assert_equal "$(head -n 1 two)" '<<<<<<<<< ours'
    run -2 --separate-stderr delta-merge -3 --virtual-base one two three
    assert_one_error delta-merge '--virtual-base needs --git'
    run -2 --separate-stderr delta-merge --virtual-base one
    assert_one_error delta-merge '--virtual-base needs --git'
    run -2 --separate-stderr delta-merge --git --virtual-base --conflict-style=merge one two three 7 f
    assert_one_error delta-merge '--virtual-base has no conflicts'
}
