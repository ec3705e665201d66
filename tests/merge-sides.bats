# What a merge says of a conflict: the value of each side is that side's.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# conflict BASE OURS THEIRS: the one conflict of a merge, in canonical form.
conflict()
{
    echo "$1" >base
    echo "$2" >ours
    echo "$3" >theirs
    run -1 --separate-stderr delta-merge -3 --conflicts=found base ours theirs
    assert_equal "$(delta-diff --canonical found)" "[$4]"
}

@test "an element that both sides moved and edited" {
    conflict '[{"id":1,"a":0,"b":0},{"id":2},{"id":3},{"id":4},{"id":5}]' \
        '[{"id":2},{"id":3},{"id":1,"a":1,"b":0},{"id":4},{"id":5}]' \
        '[{"id":2},{"id":3},{"id":4},{"id":5},{"id":1,"a":0,"b":1}]' \
        '{"base":{"a":0,"b":0,"id":1},"kind":"moved","label":"id=1","ours":{"a":1,"b":0,"id":1},"pointer":"/0","theirs":{"a":0,"b":1,"id":1}}'
}

@test "an element that both sides moved, one of them with an edit" {
    conflict '[{"id":1,"a":0,"b":0},{"id":2},{"id":3},{"id":4},{"id":5}]' \
        '[{"id":2},{"id":3},{"id":1,"a":0,"b":0},{"id":4},{"id":5}]' \
        '[{"id":2},{"id":3},{"id":4},{"id":5},{"id":1,"a":0,"b":1}]' \
        '{"base":{"a":0,"b":0,"id":1},"kind":"moved","label":"id=1","ours":{"a":0,"b":0,"id":1},"pointer":"/0","theirs":{"a":0,"b":1,"id":1}}'
}

@test "elements of one gap" {
    conflict '["a","x","b"]' '["a","y","y2","b"]' '["a","z","z2","z3","b"]' \
        '{"base":["x"],"kind":"gap","ours":["y","y2"],"pointer":"/1","theirs":["z","z2","z3"]}'
}

@test "an element that one side moved and edited, and the other removed" {
    conflict '[{"id":1,"a":0},{"id":2},{"id":3},{"id":4}]' \
        '[{"id":2},{"id":3},{"id":1,"a":7},{"id":4}]' \
        '[{"id":2},{"id":3},{"id":4}]' \
        '{"base":{"a":0,"id":1},"kind":"changed/removed","label":"id=1","ours":{"a":7,"id":1},"pointer":"/0"}'
}
