load helpers

# Two different states that were made to have one digest: objects of the same 64 keys, whose values
# were chosen so that the sums of their members' digests are equal (Wagner, "A Generalized Birthday
# Problem", 2002). They must never be taken for one.

setup()
{
    cd "$BATS_TEST_TMPDIR" || return 1
    A=$(cat "$TOP/tests/cases/forged/a.json")
    B=$(cat "$TOP/tests/cases/forged/b.json")
    echo "$A" >a
    echo "$B" >b
    export SOURCE_DATE_EPOCH=1700000000
}

# differs OLD NEW [OPTION]...: two texts of states, as delta-diff sees them in every way; the record
# makes the new one of the old one.
differs()
{
    local old=$1 new=$2 status
    shift 2
    printf '%s\n' "$old" >old
    printf '%s\n' "$new" >new
    status=0 && delta-diff -q "$@" old new || status=$?
    assert_equal "$status" 1
    status=0 && delta-diff "$@" old new >record || status=$?
    assert_equal "$status" 1
    assert_equal "$(delta-apply old record)" "$(delta-diff --canonical new)"
    status=0 && delta-diff -z "$@" old new >record || status=$?
    assert_equal "$status" 1
    assert_equal "$(delta-apply old record)" "$(delta-diff --canonical new)"
    [ -n "$(delta-diff --exit-zero -f changes "$@" old new)" ] || fail "no change is listed"
}

@test "the two states have one digest" {
    assert_equal "$(delta-diff --digest a b | cut -d' ' -f1 | uniq | wc -l)" 1
}

@test "diff: as the whole state, as a member, deep inside, in other spellings" {
    differs "$A" "$B"
    differs "{\"x\":$A,\"y\":1}" "{\"x\":$B,\"y\":1}"
    differs "{\"y\":{\"x\":[$A]}}" "{\"y\":{\"x\":[$B]}}"
    differs "{\"x\":$A,\"y\":1}" "{ \"y\": 1, \"x\": $B }"
}

@test "diff: elements of arrays, moved, inserted, repeated" {
    differs "[$A]" "[$B]"
    differs "[$A,1,2]" "[$B,1,2]"
    differs "[$A,$B]" "[$B,$A]"
    differs "[$A,$A]" "[$A,$B]"
    differs "[1,$A,2]" "[1,$A,$B,2]"
    differs "[1,$A,$B,2]" "[1,$B,2]"
    differs "[$A,1,2,3,$B,4]" "[4,3,$B,2,$A,1]"
}

@test "diff: elements whose key is one or the other" {
    differs "[{\"k\":$A,\"v\":1},{\"k\":1,\"v\":2}]" "[{\"k\":$B,\"v\":1},{\"k\":1,\"v\":2}]" \
        --array-key==k
    differs "[{\"k\":$A,\"v\":1},{\"k\":$B,\"v\":2}]" "[{\"k\":$B,\"v\":1},{\"k\":$A,\"v\":2}]" \
        --array-key==k
    differs "[{\"i\":1,\"k\":$A},{\"i\":2,\"k\":$B}]" "[{\"i\":1,\"k\":$B},{\"i\":2,\"k\":$A}]" \
        --array-key==i
}

@test "diff: under filters" {
    differs "{\"x\":$A,\"y\":1}" "{\"x\":$B,\"y\":1}" --only=/x
    differs "{\"x\":[$A],\"y\":1}" "{\"x\":[$B],\"y\":1}" --ignore=/y
    differs "{\"x\":[1,$A]}" "{\"x\":[1,$B]}" --unordered=/x
    differs "{\"x\":$A}" "{\"x\":$B}" --numeric
}

@test "diff: directories and streams" {
    mkdir one two
    cp a one/s.json
    cp b two/s.json
    run -1 delta-diff -q one two
    run -1 delta-diff -f text one two
    [ -n "$output" ] || fail "no change is listed"
    cat a b a | delta-diff --ndjson >records
    sed 1d records >later
    head -n 1 later >second
    assert_equal "$(delta-apply a second)" "$B"
}

@test "merge: a change from one to the other is a change" {
    cp a base
    cp a ours
    cp b theirs
    assert_equal "$(delta-merge -3 base ours theirs)" "$B"
    assert_equal "$(delta-merge -3 base theirs ours)" "$B"
    echo "{\"x\":$A,\"y\":1}" >base
    echo "{\"x\":$A,\"y\":2}" >ours
    echo "{\"x\":$B,\"y\":1}" >theirs
    assert_equal "$(delta-merge -3 base ours theirs)" "{\"x\":$B,\"y\":2}"
    echo "[1,$A,2,3]" >base
    echo "[1,$A,2,4]" >ours
    echo "[1,$B,2,3]" >theirs
    run delta-merge -3 base ours theirs
    [ "$status" -eq 1 ] || assert_equal "$output" "[1,$B,2,4]"
}

@test "merge: what both sides added" {
    echo '{"y":1}' >base
    echo "{\"x\":$A,\"y\":1}" >ours
    echo "{\"x\":$B,\"y\":1}" >theirs
    run -1 delta-merge -3 base ours theirs
    echo '[1]' >base
    echo "[1,$A]" >ours
    echo "[1,$B]" >theirs
    run -1 delta-merge -3 base ours theirs
    assert_equal "$(delta-merge -3 --prefer=union base ours theirs)" "[1,$A,$B]"
}

# Both states of a history, as every verb reads them.
holds_both()
{
    assert_equal "$(delta-chain get h 0)" "$A"
    assert_equal "$(delta-chain get h 1)" "$B"
    assert_equal "$(delta-chain get h)" "$B"
    [ -n "$(delta-chain diff h 0..1 -f text)" ] || fail "no change is listed"
    delta-chain verify h
}

@test "a history holds both, whatever becomes of it" {
    delta-chain init h
    delta-chain add h a
    delta-chain add --skip-equal h b
    delta-chain add --skip-equal h b
    holds_both
    delta-chain compact h
    holds_both
    delta-diff --exit-zero b a >back
    delta-chain add-delta h back
    assert_equal "$(delta-chain get h)" "$A"
    delta-chain rebaseline --keep=1 h
    assert_equal "$(delta-chain get h 0)" "$B"
    assert_equal "$(delta-chain get h 1)" "$A"
    delta-chain export --states h >states
    assert_equal "$(cat states)" "$B
$A"
}

@test "the private hash decides nothing that is written" {
    printf '[%s,1,%s,{"x":%s}]\n' "$A" "$B" "$A" >old
    printf '[{"x":%s},%s,%s,1]\n' "$B" "$B" "$A" >new
    for i in 1 2 3 4 5 6; do
        delta-diff --exit-zero old new
        delta-diff --exit-zero -f text old new
    done | sort | uniq -c | awk '{ print $1 % 6 }' | sort -u >repeats
    assert_equal "$(cat repeats)" 0
}
