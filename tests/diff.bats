# delta-diff: records of two states, seen from outside.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' '{"key1":"value1","key2":42}' >old.json
    printf '%s\n' '{"key1":"value1","key3":"new_value"}' >new.json
    export SOURCE_DATE_EPOCH=1700000000
}

# A member of the record on standard input, as jq would give it.
member()
{
    python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[sys.argv[1]]))' "$1"
}

# What is in the folder, but for what bats and strace put there.
files()
{
    find . -mindepth 1 ! -name 'separate-stderr-*' ! -name trace ! -name err -printf '%P\n' | sort
}

@test "the documentation's example" {
    run -1 --separate-stderr delta-diff old.json new.json
    assert_equal "$stderr" ""
    assert_equal "${#lines[@]}" 1
    printf '%s' "$output" >record
    assert_equal "$(member changes <record)" '{"key3": "new_value"}'
    assert_equal "$(member removed_keys <record)" '["key2"]'
    assert_equal "$(member format <record)" '"delta-record/1"'
    assert_equal "$(member strategy <record)" '"dict"'
    assert_equal "$(member timestamp <record)" 1700000000
    assert_equal "$(member metadata <record)" '{}'
    assert_equal "$(member original_size <record)" 36
    assert_equal "$(member base <record)" "\"$(delta-diff --digest old.json | cut -d ' ' -f 1)\""
    assert_equal "$(member target <record)" "\"$(delta-diff --digest new.json | cut -d ' ' -f 1)\""
    assert_equal "$(delta-apply old.json record)" '{"key1":"value1","key3":"new_value"}'
}

@test "status: 0 for the same, 1 for others, whatever is asked for" {
    printf '{ "key2":42,\n "key1":"\\u0076alue1" }' >same.json
    for option in -z --canonical=no -q -r -u --shallow -sdict -snone -scompress -sreference -sbinary; do
        [ "$option" != --canonical=no ] || option=-v
        run -0 delta-diff "$option" old.json same.json
        run -1 delta-diff "$option" old.json new.json
        run -0 delta-diff "$option" --exit-zero old.json new.json
    done
    run -1 --separate-stderr delta-diff -q old.json new.json
    assert_equal "$output$stderr" ""
}

@test "equal states give an empty patch" {
    delta-diff old.json old.json >record
    assert_equal "$(member changes <record)" '{}'
    assert_equal "$(member removed_keys <record)" '[]'
    assert_equal "$(delta-apply old.json record)" "$(delta-diff --canonical old.json)"
}

@test "--canonical: one spelling of a state" {
    printf '\xef\xbb\xbf { "b" : [ 1.0 , -0 ],\r\n"a":"\\u00e9\\/\\ud83d\\uDE00\\uD800" } ' >state
    assert_equal "$(delta-diff --canonical state)" $'{"a":"\xc3\xa9/\xf0\x9f\x98\x80\\ud800","b":[1.0,-0]}'
    delta-diff --canonical state | tail -c 1 >last
    printf '\n' >newline
    assert_same_bytes last newline
    delta-diff --canonical - <state >again
    delta-diff --canonical state | assert_same_bytes - again
}

@test "--digest: a line a state, the same for every spelling" {
    printf '{"a":1,"b":"\xc3\xa9"}' >one
    printf '{ "b": "\\u00e9", "a" : 1 }\n' >two
    printf '{"a":1.0,"b":"\xc3\xa9"}' >three
    run -0 delta-diff --digest one two three
    [[ ${lines[0]} =~ ^[0-9a-f]{32}\ \ one$ ]]
    assert_equal "${lines[0]%% *}" "${lines[1]%% *}"
    [ "${lines[0]%% *}" != "${lines[2]%% *}" ]
    run -2 --separate-stderr delta-diff --digest missing one /dev/null three
    assert_equal "$(cut -d ' ' -f 3 <<<"$output" | tr '\n' ' ')" 'one three '
    assert_equal "${#stderr_lines[@]}" 2
}

@test "equal input, options and time give equal bytes" {
    for options in "" -z -z1 "-z --standalone" "-r -u" "-sbinary" "-sreference -z" "-m a=1 -m b=x"; do
        # shellcheck disable=SC2086 # options are words
        delta-diff $options old.json new.json >first || [ $? -eq 1 ]
        # shellcheck disable=SC2086
        delta-diff $options old.json new.json >second || [ $? -eq 1 ]
        assert_same_bytes first second
        # shellcheck disable=SC2086
        SOURCE_DATE_EPOCH=1 delta-diff $options old.json new.json >other || [ $? -eq 1 ]
        ! cmp -s first other
        # shellcheck disable=SC2086
        delta-diff -t 1 $options old.json new.json >given || [ $? -eq 1 ]
        assert_same_bytes given other
    done
}

@test "missing, unreadable, empty, cut, doubled: one line, status 2" {
    mkdir folder
    : >empty
    printf ' \n' >blank
    printf '{"a":[1,' >short
    printf '{}\n{}\n' >two
    printf '{"a":1,"a":2}' >twice
    printf '\377\376{\0}\0' >utf16
    run -2 --separate-stderr delta-diff missing new.json
    assert_one_error delta-diff '^delta-diff: missing: .*No such file or directory$'
    run -2 --separate-stderr delta-diff folder new.json
    assert_one_error delta-diff "^delta-diff: 'folder' is a directory and .* is not "
    run -2 --separate-stderr delta-diff folder missing
    assert_one_error delta-diff '^delta-diff: missing: No such file or directory$'
    run -2 --separate-stderr delta-diff empty new.json
    assert_one_error delta-diff '^delta-diff: empty:1:1: .*empty'
    run -2 --separate-stderr delta-diff old.json blank
    assert_one_error delta-diff '^delta-diff: blank:2:1: .*empty'
    run -2 --separate-stderr delta-diff old.json short
    assert_one_error delta-diff '^delta-diff: short:1:9: unexpected end of text'
    run -2 --separate-stderr delta-diff old.json two
    assert_one_error delta-diff '^delta-diff: two:2:1: '
    run -2 --separate-stderr delta-diff twice new.json
    assert_one_error delta-diff '^delta-diff: twice:1:8: .*"a"'
    run -2 --separate-stderr delta-diff utf16 new.json
    assert_one_error delta-diff 'UTF-16'
    run -2 --separate-stderr delta-diff old.json - <empty
    assert_one_error delta-diff '^delta-diff: standard input:1:1: '
    run -2 --separate-stderr delta-diff old.json
    assert_one_error delta-diff NEW
    run -2 --separate-stderr delta-diff - -
    assert_one_error delta-diff 'standard input'
}

@test "a large pair of which one or both are bad: one line, status 2" {
    python3 -c 'import json; print(json.dumps(["0123456789abcdef"] * 40000))' >large
    head -c 500000 large >short
    for pair in "large short" "short large" "short short"; do
        read -r -a states <<<"$pair"
        run -2 --separate-stderr delta-diff "${states[@]}"
        assert_equal "$output" ""
        assert_one_error delta-diff '^delta-diff: short:1:500001: unexpected end of text'
    done
}

@test "JSONTestSuite: every n_ refused with status 2, every y_ taken but two with a key twice" {
    suite=${JSON_TEST_SUITE:-$TOP/../shared/suites/JSONTestSuite}
    [ -d "$suite/test_parsing" ] || skip "JSONTestSuite is not here: JSON_TEST_SUITE may name its folder"
    refused=0 taken=0 twice=0
    for state in "$suite"/test_parsing/n_*; do
        status=0
        delta-diff --canonical "$state" >out 2>err || status=$?
        [ "$status" -eq 2 ] || fail "$state: status $status"
        [ ! -s out ] || fail "$state: output"
        [ "$(wc -l <err)" -eq 1 ] || fail "$state: $(cat err)"
        refused=$((refused + 1))
    done
    for state in "$suite"/test_parsing/y_*; do
        if delta-diff --canonical "$state" >out 2>err; then
            taken=$((taken + 1))
        else
            grep -q 'duplicate key "a"' err || fail "$state: $(cat err)"
            twice=$((twice + 1))
        fi
    done
    assert_equal "$refused $taken $twice" "188 93 2"
}

@test "/dev/full: status 2, one line" {
    for options in "" -z -sbinary --report; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr bash -c "delta-diff $options old.json new.json >/dev/full"
        [[ $stderr == *"No space left on device"* ]]
    done
    run -2 --separate-stderr bash -c "delta-diff --canonical old.json >/dev/full"
    assert_one_error delta-diff 'No space left on device'
    run -2 --separate-stderr bash -c "delta-diff --digest old.json >/dev/full"
    assert_one_error delta-diff 'No space left on device'
    run -2 --separate-stderr delta-diff -o /dev/full old.json new.json
    assert_one_error delta-diff 'No space left on device'
    run -2 --separate-stderr bash -c "delta-diff old.json new.json >&-"
    assert_one_error delta-diff
}

@test "-o: the file is there whole, or as it was" {
    run -1 --separate-stderr delta-diff -o record old.json new.json
    assert_equal "$output$stderr" ""
    delta-diff old.json new.json | assert_same_bytes - record
    printf 'precious' >record
    for bad in "missing new.json" "old.json ." "--metadata=x old.json new.json" "-s dict -s nothing old.json new.json"; do
        # shellcheck disable=SC2086
        run -2 delta-diff -o record $bad
        assert_equal "$(cat record)" precious
    done
    run -2 --separate-stderr delta-diff -o no/such/folder old.json new.json
    assert_one_error delta-diff
    assert_equal "$(files)" $'new.json\nold.json\nrecord'
}

@test "a state of 2048 levels, and no more than 1 MiB of stack" {
    ! under_sanitizers || skip "the sanitizers' frames are larger"
    make_deep
    for kind in arrays objects both; do
        (
            ulimit -s 1024
            delta-diff --canonical "$kind.old" | delta-diff -q - "$kind.old"
            for options in "" -z "-z --standalone" "-r -u" "-z -r" -scompress "-sbinary -z" "--shallow"; do
                # shellcheck disable=SC2086
                delta-diff $options "$kind.old" "$kind.new" >record || [ $? -eq 1 ]
                delta-apply "$kind.old" record >made
                delta-diff --canonical "$kind.new" | assert_same_bytes - made
                delta-apply --indent "$kind.old" record | delta-diff -q - "$kind.new"
            done
            delta-diff -r "$kind.old" "$kind.new" >record || [ $? -eq 1 ]
            delta-apply -R "$kind.new" record | delta-diff -q - "$kind.old"
        ) || fail "$kind"
        run -2 --separate-stderr delta-diff --canonical "$kind.deeper"
        assert_one_error delta-diff 'deeper than 2048 levels'
    done
}

make_deep()
{
    python3 - <<'PY'
def deep(kind, levels, inner):
    opened = closed = ""
    for i in range(levels):
        array = kind == "arrays" or kind == "both" and i % 2
        opened += '["a long enough element",' if array else '{"a":'
        closed = ("]" if array else ',"b":"a long enough member"}') + closed
    return opened + inner + closed

for kind in ("arrays", "objects", "both"):
    for name, levels, inner in (("old", 2048, "1"), ("new", 2048, "2"), ("deeper", 2049, "1")):
        with open(kind + "." + name, "w") as file:
            file.write(deep(kind, levels, inner))
PY
}
