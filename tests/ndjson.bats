# Streams: states to records, one a line, and back, as they arrive.

load helpers

setup_file()
{
    # 300 states of one thing, as a canonical line each.
    cd "$BATS_FILE_TMPDIR" || return
    python3 - >states <<'PY'
import json, random
random.seed(11)
state = {"name": "pump", "log": [], "parts": {}, "text": "é"}
for n in range(300):
    state["n"] = n
    state["parts"]["p%d" % random.randrange(20)] = {"value": random.random(), "at": [n, None, True]}
    state["log"] = (state["log"] + ["event %d" % n])[-15:]
    if n % 50 == 49:
        state["parts"].clear()
    print(json.dumps(state, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
PY
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    STATES=$BATS_FILE_TMPDIR/states
}

# ---- Both ways -----------------------------------------------------------------------------------

@test "a stream of states comes back, in both spellings, by every strategy" {
    for strategy in auto dict binary reference compress none; do
        for spelling in -fjson -fpacked "-z --standalone" -r; do
            case $strategy$spelling in binary-r | reference-r | compress-r | none-r) continue ;; esac
            # shellcheck disable=SC2086
            delta-diff --ndjson -s $strategy $spelling "$STATES" >records
            delta-apply --ndjson records >made
            assert_same_bytes made "$STATES"
            delta-apply --ndjson <records >made
            assert_same_bytes made "$STATES"
        done
    done
}

@test "the first record is a full one, the others follow" {
    for strategy in auto dict binary reference; do
        delta-diff --ndjson -t 5 -s $strategy "$STATES" >records
        assert_equal "$(wc -l <records)" 300
        others=${strategy/auto/dict}
        assert_equal "$(jq -r .strategy records | uniq -c | xargs)" "1 none 299 $others"
        assert_equal "$(jq -s 'all(.timestamp == 5)' records)" true
        assert_equal "$(jq -s '[., .[1:]] | [.[0][:-1], .[1]] | transpose | all(.[0].target == .[1].base)' records)" true
    done
}

@test "a record of a stream is the record of the two states" {
    delta-diff --ndjson -t 0 "$STATES" >records
    sed -n 7p "$STATES" >old.json
    sed -n 8p "$STATES" >new.json
    run -1 delta-diff -t 0 old.json new.json
    assert_equal "$(sed -n 8p records)" "$output"
}

@test "equal input, options and timestamp give equal bytes" {
    for spelling in -fjson -fpacked; do
        delta-diff --ndjson -t 0 $spelling "$STATES" >first
        # However it arrives.
        while IFS= read -r line; do printf '%s\n' "$line"; done <"$STATES" |
            SOURCE_DATE_EPOCH=0 delta-diff --ndjson $spelling >second
        assert_same_bytes first second
    done
}

@test "both spellings in one stream" {
    head -n 100 "$STATES" | delta-diff --ndjson >records
    sed -n 100,200p "$STATES" | delta-diff --ndjson -z >packed
    sed -n 200,300p "$STATES" | delta-diff --ndjson >json
    cat packed json >>records
    delta-apply --ndjson records >made
    sed '100p; 200p' "$STATES" | cmp - made
}

@test "an empty stream is an empty stream" {
    for command in delta-diff delta-apply; do
        run -0 --separate-stderr "$command" --ndjson /dev/null
        assert_equal "$output$stderr" ""
        run -0 --separate-stderr "$command" --ndjson < <(printf '\n \n')
        assert_equal "$output$stderr" ""
    done
}

# ---- Lines ---------------------------------------------------------------------------------------

@test "blank lines, carriage returns, and no newline at the end" {
    printf '\n{"a":1}\r\n \t\n\n{"a":2}\n\r\n[3]' >states
    delta-diff --ndjson -t 0 states >records
    assert_equal "$(wc -l <records)" 3
    { echo; sed 's/$/\r/; a\ ' records; } >spaced
    printf '%s' "$(cat spaced)" | delta-apply --ndjson >made
    assert_equal "$(cat made)" '{"a":1}
{"a":2}
[3]'
}

@test "lines of every length around the size of a read" {
    python3 - >states <<'PY'
for size in [1, 65535, 65536, 65537, 262143, 262144, 262145, 3000000, 2]:
    print('"' + "x" * size + '"')
PY
    for spelling in -fjson -fpacked; do
        delta-diff --ndjson $spelling states | delta-apply --ndjson >made
        assert_same_bytes made states
    done
}

@test "a bad state: its line in the message, status 2, and what was before it stands" {
    printf '{"a":1}\n\n{"a":2}\n{"a":}\n{"a":3}\n' >states
    run -2 --separate-stderr delta-diff --ndjson -t 0 states
    assert_one_error delta-diff 'states:4:6: '
    assert_equal "${#lines[@]}" 2
    printf '%s\n' "${lines[@]}" | delta-apply --ndjson >made
    assert_equal "$(cat made)" '{"a":1}
{"a":2}'
    run -2 --separate-stderr delta-diff --ndjson <states
    assert_one_error delta-diff 'standard input:4:6: '
    # The file of -o is written whole or not at all, but a stream stands as far as it came.
    run -2 --separate-stderr delta-diff --ndjson -z -o records states
    assert_one_error delta-diff 'states:4:6: '
}

@test "a bad record: its line in the message, status 2, and what was before it stands" {
    head -n 5 "$STATES" | delta-diff --ndjson >records
    {
        head -n 3 records
        echo
        echo 'no record'
        tail -n 2 records
    } >bad
    run -2 --separate-stderr delta-apply --ndjson bad
    assert_one_error delta-apply 'bad:5:1: '
    assert_equal "$output" "$(head -n 3 "$STATES")"
    # One that was altered.
    sed '4s/"size_bytes":/"size_bytes":1/' records >bad
    run -2 --separate-stderr delta-apply --ndjson bad
    assert_one_error delta-apply 'bad:4:1: '
    assert_equal "$output" "$(head -n 3 "$STATES")"
}

@test "a record left out: it does not fit, status 1" {
    head -n 5 "$STATES" | delta-diff --ndjson >records
    run -1 --separate-stderr delta-apply --ndjson < <(sed 3d records)
    assert_one_error delta-apply 'standard input:3:1: .*different base'
    assert_equal "$output" "$(head -n 2 "$STATES")"
    run -2 --separate-stderr delta-apply --ndjson < <(sed 1d records)
    assert_one_error delta-apply
    assert_equal "$output" ""
}

@test "a packed stream that is cut anywhere: no wrong state, and an error but between records" {
    head -n 4 "$STATES" | delta-diff --ndjson -z >packed
    size=$(stat -c %s packed)
    ends=0
    for ((length = 1; length < size; length++)); do
        status=0
        head -c $length packed | delta-apply --ndjson >made 2>error || status=$?
        count=$(wc -l <made)
        head -n "$count" "$STATES" | cmp -s - made || fail "cut at $length: another state"
        if [ $status -eq 0 ]; then
            ends=$((ends + 1))
        else
            assert_equal "$status $(wc -l <error)" "2 1"
        fi
    done
    assert_equal $ends 3
}

@test "a full device: status 2" {
    delta-diff --ndjson "$STATES" >records
    run -2 --separate-stderr bash -c "delta-diff --ndjson '$STATES' >/dev/full"
    assert_one_error delta-diff
    run -2 --separate-stderr bash -c "delta-apply --ndjson records >/dev/full"
    assert_one_error delta-apply
}

# ---- As they arrive ------------------------------------------------------------------------------

# Sends a state and waits for the line that the pipeline makes of it, before the next is sent.
check_prompt()
{
    mkfifo in out
    bash -c "$1" <in >out 3>&- &
    exec 7>in 8<out
    sed -n 1,5p "$STATES" >few
    while IFS= read -r state; do
        printf '%s\n' "$state" >&7
        IFS= read -r -t 20 -u 8 line || fail "nothing came of: $state"
        printf '%s\n' "$line"
    done <few
    exec 7>&-
    wait $!
    exec 8<&-
}

@test "each record is out before the next state comes" {
    check_prompt 'delta-diff --ndjson' 3>&- >records
    assert_equal "$(wc -l <records)" 5
    delta-apply --ndjson records | cmp - few
}

@test "each state is back before the next one is sent, JSON" {
    check_prompt 'delta-diff --ndjson | delta-apply --ndjson' 3>&- >made
    assert_same_bytes made few
}

@test "each state is back before the next one is sent, packed" {
    check_prompt 'delta-diff --ndjson -z | delta-apply --ndjson' 3>&- >made
    assert_same_bytes made few
}

# ---- Memory --------------------------------------------------------------------------------------

# The most memory, in KiB, that a command had.
peak()
{
    python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[3:], stdin=open(sys.argv[1]), stdout=open(sys.argv[2], "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

# States that differ in a kilobyte each.
stream_of()
{
    python3 -c '
import random, sys
random.seed(3)
for n in range(int(sys.argv[1])):
    print("{\"blob\":[\"%s\"],\"n\":%d,\"same\":[%s]}" % (
        "%0800x" % random.getrandbits(3200), n, ",".join(map(str, range(300)))))' "$1"
}

@test "memory does not grow with the stream" {
    under_sanitizers && skip "the sanitizers keep freed memory"
    stream_of 2000 >short
    stream_of 10000 >long
    for spelling in -fjson -fpacked; do
        few=$(peak short short.records delta-diff --ndjson $spelling)
        many=$(peak long long.records delta-diff --ndjson $spelling)
        [ "$many" -lt $((few + 4096)) ] || fail "delta-diff $spelling: $few KiB, then $many KiB"
        few=$(peak short.records made delta-apply --ndjson)
        many=$(peak long.records made delta-apply --ndjson)
        [ "$many" -lt $((few + 4096)) ] || fail "delta-apply $spelling: $few KiB, then $many KiB"
        cmp made long
    done
}

# ---- Usage ---------------------------------------------------------------------------------------

@test "what does not go with --ndjson is said" {
    for option in --brief --format=bsdiff --git --stat; do
        run -2 --separate-stderr delta-diff --ndjson $option "$STATES"
        assert_one_error delta-diff
    done
    for option in --reverse --no-base --in-place --format=bsdiff --indent; do
        run -2 --separate-stderr delta-apply --ndjson $option "$STATES"
        assert_one_error delta-apply
    done
    run -2 --separate-stderr delta-diff --ndjson a b
    assert_one_error delta-diff
    run -2 --separate-stderr delta-diff --ndjson missing
    assert_one_error delta-diff missing
}
