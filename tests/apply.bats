# delta-apply: states rebuilt from records, seen from outside.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' '{"key1":"value1","key2":42}' >old.json
    printf '%s\n' '{"key1":"value1","key3":"new_value"}' >new.json
    printf '%s\n' '{"key4":[1,2,3],"key3":"new_value"}' >newer.json
    printf '%s\n' '{"x":1}' >other.json
    export SOURCE_DATE_EPOCH=1700000000
    differ old.json new.json >record
    differ -z old.json new.json >packed
}

# delta-diff of states that do differ.
differ()
{
    local status=0
    delta-diff "$@" || status=$?
    [ "$status" -eq 1 ]
}

# What is in the folder, but for what bats and strace put there.
files()
{
    find . -mindepth 1 ! -name 'separate-stderr-*' ! -name trace ! -name err -printf '%P\n' | sort
}

@test "a record makes the new state's canonical form, in either spelling, from a file and a pipe" {
    delta-diff --canonical new.json >want
    for name in record packed; do
        delta-apply old.json "$name" | assert_same_bytes - want
        delta-apply old.json - <"$name" | assert_same_bytes - want
        delta-apply old.json <"$name" | assert_same_bytes - want
        delta-apply - "$name" <old.json | assert_same_bytes - want
        delta-apply -o made old.json "$name"
        assert_same_bytes made want
    done
    differ -z old.json new.json | delta-apply old.json | assert_same_bytes - want
}

@test "several records apply in order, in one file or many, of both spellings" {
    delta-diff --canonical newer.json >want
    differ new.json newer.json >record2
    differ -z new.json newer.json >packed2
    for first in record packed; do
        for second in record2 packed2; do
            delta-apply old.json "$first" "$second" | assert_same_bytes - want
            cat "$first" "$second" | delta-apply old.json | assert_same_bytes - want
            { cat "$first" && printf '\n \n' && cat "$second" && echo; } >both
            delta-apply old.json both | assert_same_bytes - want
            run -1 --separate-stderr delta-apply old.json "$second" "$first"
            assert_equal "$output" ""
        done
    done
}

@test "which of several records does not apply is said" {
    differ new.json newer.json >later
    run -1 --separate-stderr delta-apply old.json later record
    assert_one_error delta-apply '^delta-apply: later: the record is for a different base: '
    cat record record >twice
    run -1 --separate-stderr delta-apply old.json twice
    assert_one_error delta-apply "^delta-apply: twice, record 2: already applied: "
    printf '[{"op":"remove","path":"/none"}]' >patch
    run -1 --separate-stderr delta-apply old.json record patch
    assert_one_error delta-apply '^delta-apply: patch: /none: operation 0 '
}

@test "a state or a history in place of a record, and a record in place of a state" {
    delta-chain add -t 0 h old.json
    run -2 --separate-stderr delta-merge old.json record
    assert_one_error delta-merge '^delta-merge: old.json:1:1: /key1: not a delta record: unknown member$'
    run -2 --separate-stderr delta-merge h record
    assert_one_error delta-merge '^delta-merge: h:1:1: the text is a history of delta-chain, not JSON$'
    run -2 --separate-stderr delta-diff packed new.json
    assert_one_error delta-diff '^delta-diff: packed:1:1: the text is a packed delta record, not JSON$'
}

@test "different base, and one that is the result already: one line, status 1" {
    for name in record packed; do
        run -1 --separate-stderr delta-apply other.json "$name"
        assert_equal "$output" ""
        assert_one_error delta-apply 'different base'
        run -1 --separate-stderr delta-apply new.json "$name"
        assert_equal "$output" ""
        assert_one_error delta-apply 'already applied'
    done
    for strategy in binary reference compress none; do
        differ -s "$strategy" old.json new.json >full
        run -1 --separate-stderr delta-apply other.json full
        assert_one_error delta-apply 'different base'
    done
}

@test "--any-base: what comes of it, and a warning" {
    run -0 --separate-stderr delta-apply --any-base other.json record
    assert_equal "$output" '{"key3":"new_value","x":1}'
    assert_one_error delta-apply 'warning: '
    run -0 --separate-stderr delta-apply --any-base old.json record
    assert_equal "$stderr" ""
    printf '%s' '{"n":{"a":1,"b":2}}' >within.old
    printf '%s' '{"n":{"a":2,"b":2,"c":"a long enough member, so that n is not replaced whole"}}' >within.new
    differ within.old within.new >within
    if grep -q '"nested"' within; then
        run -1 --separate-stderr delta-apply --any-base other.json within
        assert_one_error delta-apply '/n'
    fi
}

@test "-R: back again" {
    differ -r old.json new.json >there
    differ -r new.json newer.json >further
    differ -z -r old.json new.json >there.packed
    delta-diff --canonical old.json >want
    delta-apply -R new.json there | assert_same_bytes - want
    delta-apply -R new.json there.packed | assert_same_bytes - want
    delta-apply -R newer.json there further | assert_same_bytes - want
    run -1 --separate-stderr delta-apply -R old.json there
    assert_one_error delta-apply 'already reversed'
    run -2 --separate-stderr delta-apply -R new.json record
    assert_one_error delta-apply '\-\-reversible'
}

@test "--no-base: full records only" {
    for strategy in compress none; do
        differ -s "$strategy" old.json new.json >full
        assert_equal "$(delta-apply --no-base full)" "$(delta-diff --canonical new.json)"
    done
    run -2 --separate-stderr delta-apply --no-base record
    assert_one_error delta-apply 'base'
}

@test "--max-size: no larger state, whatever the strategy" {
    size=$(delta-diff --canonical new.json | tr -d '\n' | wc -c)
    python3 -c 'print("[" + "1," * 300000 + "1]")' >large.json
    for strategy in dict reference compress none binary; do
        differ -z -s "$strategy" old.json large.json >large
        run -2 --separate-stderr delta-apply --max-size=1000 old.json large
        assert_one_error delta-apply
        run -0 delta-apply --max-size=1M old.json large
    done
    run -0 delta-apply --max-size=1000 old.json record
    [ "$size" -lt 1000 ]
    # What is packed is not even unpacked: not on the way to a state that would be small again.
    differ -z --standalone old.json large.json >large
    delta-diff -z --standalone large.json old.json >small || [ $? -eq 1 ]
    run -2 --separate-stderr delta-apply --max-size=1000 old.json large small
    assert_one_error delta-apply "more than --max-size"
    run -2 --separate-stderr delta-apply --ndjson --max-size=1000 large
    assert_one_error delta-apply "more than --max-size"
}

@test "a record of the first, Python version" {
    cat >python.json <<'JSON'
{
  "timestamp": 1699999999.1234567,
  "changes": {"key3": "new_value", "unicode": "\u00e9"},
  "removed_keys": ["key2"],
  "unchanged_keys": ["key1"],
  "metadata": {"author": "x"},
  "compression_ratio": 0.5641025641025641,
  "size_bytes": 78,
  "checksum": "5d41402abc4b2a76b9719d911017c592"
}
JSON
    assert_equal "$(delta-apply old.json python.json)" '{"key1":"value1","key3":"new_value","unicode":"é"}'
    cat python.json packed >both
    run -1 --separate-stderr delta-apply old.json both
    assert_one_error delta-apply 'different base'
    cat record python.json >both
    assert_equal "$(delta-apply old.json both)" '{"key1":"value1","key3":"new_value","unicode":"é"}'
}

@test "missing, unreadable, empty, cut, altered, newer: one line, status 2, no output" {
    mkdir folder
    : >empty
    head -c 60 record >short
    head -c 40 packed >short.packed
    sed 's/new_value/New_value/' record >altered
    sed 's|delta-record/1|delta-record/2|' record >newer
    { head -c 3 packed && printf '\004' && tail -c +5 packed; } >newer.packed
    { cat record && echo '{'; } >behind
    { cat packed && printf '\235'; } >behind.packed
    for bad in missing folder empty short short.packed altered newer newer.packed behind behind.packed old.json; do
        run -2 --separate-stderr delta-apply old.json "$bad"
        assert_equal "$output" ""
        assert_one_error delta-apply "^delta-apply: $bad:"
    done
    for bad in missing folder empty short behind; do
        run -2 --separate-stderr delta-apply "$bad" record
        assert_equal "$output" ""
        assert_one_error delta-apply "^delta-apply: $bad:"
    done
    run -2 --separate-stderr delta-apply old.json newer.packed
    assert_one_error delta-apply 'version 3'
    run -2 --separate-stderr delta-apply old.json newer
    assert_one_error delta-apply 'newer'
    run -2 --separate-stderr delta-apply old.json <empty
    assert_one_error delta-apply 'standard input: empty'
}

@test "/dev/full: status 2, one line" {
    run -2 --separate-stderr bash -c "delta-apply old.json record >/dev/full"
    assert_one_error delta-apply 'No space left on device'
    run -2 --separate-stderr bash -c "delta-apply --indent old.json packed >/dev/full"
    assert_one_error delta-apply 'No space left on device'
    run -2 --separate-stderr delta-apply -o /dev/full old.json record
    assert_one_error delta-apply 'No space left on device'
}

@test "-o: the file is there whole, or as it was; it may be the base" {
    printf 'precious' >made
    for bad in "other.json record" "new.json record" "old.json missing" "old.json old.json" "missing record" \
        "--max-size=10 old.json packed" "-R new.json record"; do
        # shellcheck disable=SC2086 # options are words
        run delta-apply -o made $bad
        [ "$status" -ne 0 ]
        assert_equal "$(cat made)" precious
    done
    assert_equal "$(files)" $'made\nnew.json\nnewer.json\nold.json\nother.json\npacked\nrecord'
    run -0 delta-apply -o old.json old.json record
    delta-diff --canonical new.json | assert_same_bytes - old.json
}

@test "-n: nothing is written, and the status tells" {
    run -0 --separate-stderr delta-apply -n old.json record
    assert_equal "$output$stderr" ""
    printf 'precious' >made
    run -0 delta-apply -n -o made old.json record
    assert_equal "$(cat made)" precious
    run -1 delta-apply -n other.json record
}

# Leaks cannot be looked for while a program is traced.
can_trace()
{
    strace -o /dev/null -e inject=getpid:retval=1 true 2>/dev/null || skip "strace cannot trace here"
    [ "$(head -c 2 "$(command -v delta-apply)")" != '#!' ] ||
        skip "calls of what runs the command, as valgrind does, would fail too"
    export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
}

# Runs a command again and again, its Nth write and all after it failing for want of room, until it
# has no Nth. Each time the status must be 2 and $1 as it was.
fail_at_every_write()
{
    local target=$1 n status
    shift
    for ((n = 1; n < 60; n++)); do
        printf 'precious' >"$target"
        status=0
        strace -f -o trace -e trace=write,pwrite64,writev -e inject=write,pwrite64,writev:error=ENOSPC:when="$n+" \
            "$@" >/dev/null 2>err || status=$?
        if ! grep -q INJECTED trace; then
            [ "$status" -le 1 ] || fail "status $status without a failure: $(cat err)"
            [ "$n" -gt 1 ] || fail "nothing was written"
            return 0
        fi
        assert_equal "$status" 2
        assert_equal "$(cat "$target")" precious
    done
    fail "no end of writes"
}

@test "a full disk at any write: status 2, the file as it was" {
    can_trace
    python3 -c 'import json; print(json.dumps({str(i): ["x" * 20] for i in range(8000)}))' >large.json
    differ old.json large.json >large
    printf 'precious' >made
    before=$(files)
    fail_at_every_write made delta-apply -o made old.json large
    fail_at_every_write made delta-apply -o made old.json record
    fail_at_every_write made delta-diff -o made old.json large.json
    fail_at_every_write made delta-diff -z -o made old.json large.json
    assert_equal "$(files)" "$before"
}

@test "a full disk at any write to standard output: status 2" {
    can_trace
    fail_at_every_write precious delta-apply old.json record
    fail_at_every_write precious delta-diff -z old.json new.json
    fail_at_every_write precious delta-diff --canonical old.json
    fail_at_every_write precious delta-diff --digest old.json new.json
}

@test "what cannot be synced or put in place: status 2, the file as it was" {
    can_trace
    printf 'precious' >made
    for call in fsync,fdatasync rename,renameat,renameat2; do
        run -2 strace -f -o trace -e trace="$call" -e inject="$call":error=EIO delta-apply -o made old.json record
        grep -q INJECTED trace
        assert_equal "$(cat made)" precious
    done
    assert_equal "$(files)" $'made\nnew.json\nnewer.json\nold.json\nother.json\npacked\nrecord'
}
