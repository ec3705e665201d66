load helpers

# Where elements are that count under filters, among those that do not.

setup()
{
    cd "$BATS_TEST_TMPDIR" || return 1
}

# leads OLD NEW OPTION...: what the record leads to
leads()
{
    printf '%s\n' "$1" >old
    printf '%s\n' "$2" >new
    shift 2
    delta-diff --exit-zero "$@" -o record old new && delta-apply old record
}

@test "an element that is new stands among others that do not count, as in the new array" {
    run -0 leads '[10,20,30]' '[10,25,30,40]' --only=/1
    assert_equal "$output" '[10,25,30]'
    run -0 leads '{"p":[10,20,30]}' '{"p":[5,10,25,30]}' --only=/p/2
    assert_equal "$output" '{"p":[10,20,25,30]}'
    run -0 leads '[{"id":1},{"id":2},{"id":3}]' \
        '[{"id":1},{"id":9},{"id":2,"x":1},{"id":3},{"id":8}]' '--only=/[id=9]'
    assert_equal "$output" '[{"id":1},{"id":9},{"id":2},{"id":3}]'
    run -0 leads '["a","b","c","d","e"]' '["a","x","b","y","d","e","z"]' --ignore=/1 --ignore=/6
    assert_equal "$output" '["a","b","y","d","e"]'
}

@test "what moved and does not count stays where it was" {
    run -0 leads '[{"id":1},{"id":2},{"id":3}]' '[{"id":3},{"id":9},{"id":1}]' '--only=/[id=9]'
    assert_equal "$output" '[{"id":1},{"id":2},{"id":3},{"id":9}]'
    run -0 leads '[{"id":1},{"id":2},{"id":3},{"id":4}]' '[{"id":4},{"id":1},{"id":9},{"id":3,"x":1}]' \
        '--only=/[id=9]' '--only=/[id=4]'
    assert_equal "$output" '[{"id":1},{"id":2},{"id":3},{"id":4},{"id":9}]'
}

@test "removed elements that do not count come before what is new in their place" {
    run -0 leads '["a","b","c"]' '["a","x","c","d"]' --only=/3
    assert_equal "$output" '["a","b","c","d"]'
    run -0 leads '[{"id":1},{"id":2},{"id":3}]' '[{"id":1},{"id":9},{"id":3}]' '--only=/[id=9]'
    assert_equal "$output" '[{"id":1},{"id":2},{"id":9},{"id":3}]'
}
