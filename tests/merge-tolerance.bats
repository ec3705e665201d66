load helpers

# --tolerance in merges: which numbers have changed.

setup()
{
    cd "$BATS_TEST_TMPDIR" || return 1
}

# merged BASE OURS THEIRS OPTION...: the result of -3, which that of --concurrent must equal
merged()
{
    printf '%s\n' "$1" >base
    printf '%s\n' "$2" >ours
    printf '%s\n' "$3" >theirs
    shift 3
    local options
    for options in '-s dict' '-s dict -z'; do
        # shellcheck disable=SC2086
        delta-diff --exit-zero $options -o one.record base ours &&
            delta-diff --exit-zero $options -o two.record base theirs &&
            delta-merge --concurrent --base=base "$@" -o both.record one.record two.record &&
            delta-apply -o got.json base both.record || return
    done
    delta-merge -3 "$@" base ours theirs >out || return
    delta-diff -q got.json out >&2 || return
    cat out
}

@test "a number within the bound has not changed: the base's stays" {
    run -0 merged '{"n":10,"m":1}' '{"n":11,"m":1}' '{"n":9.0,"m":2}' --tolerance=/n=1
    assert_equal "$output" '{"n":10,"m":2}'
    # at the bound and one past it
    run -0 merged '{"n":10}' '{"n":11.1}' '{"n":9}' --tolerance=/n=1
    assert_equal "$output" '{"n":11.1}'
    run -0 merged '{"n":10}' '{"n":9}' '{"n":11.1}' --tolerance=/n=1
    assert_equal "$output" '{"n":11.1}'
    run -0 merged '{"n":200}' '{"n":210}' '{"n":190}' --tolerance=/n=5%
    assert_equal "$output" '{"n":200}'
    run -0 merged '{"n":200}' '{"n":210.01}' '{"n":190}' --tolerance=/n=5%
    assert_equal "$output" '{"n":210.01}'
}

@test "a change that counts is in the result though ours is within the bound of it" {
    run -0 merged '{"n":10}' '{"n":11}' '{"n":11.5}' --tolerance=/n=1
    assert_equal "$output" '{"n":11.5}'
    run -0 merged '{"n":10}' '{"n":11.5}' '{"n":11}' --tolerance=/n=1
    assert_equal "$output" '{"n":11.5}'
}

@test "two changes within the bound of one another are one, which is ours" {
    run -0 merged '{"n":10}' '{"n":12}' '{"n":13}' --tolerance=/n=1
    assert_equal "$output" '{"n":12}'
    run -0 merged '{"n":10}' '{"n":13}' '{"n":12}' --tolerance=/n=1
    assert_equal "$output" '{"n":13}'
    run -1 merged '{"n":10}' '{"n":12}' '{"n":13.1}' --tolerance=/n=1
    # 4.9 is within 5% of 100, but not of 95.1: the order of the sides must not matter
    run -0 merged '{"n":80}' '{"n":95.1}' '{"n":100}' --tolerance=/n=5%
    assert_equal "$output" '{"n":95.1}'
    run -0 merged '{"n":80}' '{"n":100}' '{"n":95.1}' --tolerance=/n=5%
    assert_equal "$output" '{"n":100}'
    # but whether a side changed it is a matter of the base's number alone
    run -0 merged '{"n":95.1}' '{"n":100}' '{"n":95.1}' --tolerance=/n=5%
    assert_equal "$output" '{"n":100}'
    run -0 merged '{"n":100}' '{"n":95.1}' '{"n":100}' --tolerance=/n=5%
    assert_equal "$output" '{"n":100}'
}

@test "in elements of arrays, by key and without one, and with the other options of identity" {
    run -0 merged '[{"id":1,"v":5.0},{"id":2,"v":7.0},{"id":3,"v":1}]' \
        '[{"id":2,"v":7.4,"a":true},{"id":1,"v":5.4},{"id":3,"v":1}]' \
        '[{"id":1,"v":5.3},{"id":2,"v":9.0},{"id":3,"v":1}]' --tolerance='/*/v=0.5'
    assert_equal "$output" '[{"id":2,"v":9.0,"a":true},{"id":1,"v":5.0},{"id":3,"v":1}]'
    run -0 merged '[1.0,2.0,3.0]' '[1.2,2.0,3.0]' '[0.9,2.0,8]' --tolerance='/*=0.5'
    assert_equal "$output" '[1.0,2.0,8]'
    run -0 merged '{"l":[{"k":{"n":"a"},"v":1.00},{"k":{"n":"b"},"v":2}]}' \
        '{"l":[{"k":{"n":"b"},"v":2.0},{"k":{"n":"a"},"v":1.04}]}' \
        '{"l":[{"k":{"n":"a"},"v":1.05},{"k":{"n":"b"},"v":2,"w":0}]}' \
        --numeric --unordered=/l --array-key=/l=/k/n --tolerance='/l/*/v=0.05'
    assert_equal "$output" '{"l":[{"k":{"n":"b"},"v":2.0,"w":0},{"k":{"n":"a"},"v":1.00}]}'
}

@test "--tolerance is refused where it has no effect, or is not valid" {
    echo '{"n":1}' >base
    delta-diff --exit-zero -o one.record base <(echo '{"n":2}')
    run -2 --separate-stderr delta-merge --tolerance=/n=1 one.record
    assert_one_error delta-merge '--tolerance need -3 or --concurrent'
    run -2 --separate-stderr delta-merge --concurrent --tolerance=/n=1 one.record one.record
    assert_one_error delta-merge '--tolerance require the base'
    run -2 --separate-stderr delta-merge -3 --tolerance=/n=x base base base
    assert_one_error delta-merge "invalid tolerance: expected a number or a percentage such as 5%, not 'x'"
    run -2 --separate-stderr delta-merge -3 --tolerance=/n base base base
    assert_one_error delta-merge "--tolerance: invalid value '/n' .expected POINTER=N"
    run -0 --separate-stderr delta-merge -3 -v --tolerance=/typo=1 base base base
    [[ $stderr == *'--tolerance'*'/typo'* ]]
}

@test "a merge driver of git with --tolerance" {
    export PATH=$DELTA_BIN:$PATH HOME=$BATS_TEST_TMPDIR GIT_CONFIG_NOSYSTEM=1
    git init -q -b main repo
    cd repo || return
    git config user.name x && git config user.email x@example.org
    printf '{\n  "load": 10,\n  "name": "a"\n}\n' >s.json
    echo '*.json merge=delta' >.gitattributes
    git add . && git commit -qm base
    git config merge.delta.driver 'delta-merge --git --tolerance=/load=1 %O %A %B %L %P'
    git switch -qc other
    printf '{\n  "load": 10.5,\n  "name": "b"\n}\n' >s.json
    git commit -qam theirs
    git switch -q main
    printf '{\n  "load": 14,\n  "name": "a"\n}\n' >s.json
    git commit -qam ours
    git merge -q --no-edit other
    assert_equal "$(cat s.json)" '{
  "load": 14,
  "name": "b"
}'
}
