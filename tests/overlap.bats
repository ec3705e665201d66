# Records without positions that arrive again: import and add-delta add what is not there yet.
load helpers

# An export whose records say nothing of positions, as those of other tools: what counts of a history.
export_bare()
{
    [ $# -gt 1 ] || delta-chain export --records "$1" | head -n 1
    delta-chain export --records --ignore=/absent "$@"
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    # A value that flips, some of it within one millisecond: states and times repeat.
    for i in {0..19}; do
        echo "{\"n\":$((i / 10)),\"on\":$((i % 2))}" >state
        delta-chain add -t $((1700000000 + i / 4)) h state
    done
    delta-chain export --states h >states
    export_bare h >records
    delta-chain log --json h | jq -c '[.digest, .timestamp, .metadata]' >log
}

assert_once()
{
    assert_equal "$(delta-chain log --json "${2:-h}" | jq -c '[.digest, .timestamp, .metadata]')" "$(cat log)" "$1"
    delta-chain verify "${2:-h}" >/dev/null
}

@test "imported twice, into itself and into a copy: as once, and the file is not touched" {
    cp h before
    run -0 --separate-stderr delta-chain import -v h records
    [[ $stderr == *"20 states were known"* ]]
    cmp h before
    delta-chain import copy records
    cp copy before
    delta-chain import copy records
    delta-chain import copy records records
    cmp copy before
    assert_once twice copy
    export_bare h | delta-chain import copy
    cmp copy before
}

@test "overlapping parts, from any state on: as once" {
    for ((had = 1; had <= 20; had += 3)); do
        for ((from = 0; from < had; from += 2)); do
            rm -f copy
            export_bare h ..$((had - 1)) | delta-chain import copy
            range=$from..
            [ "$from" -gt 0 ] || range=..
            export_bare h "$range" | delta-chain import copy ||
                fail "$had states, then from $from on"
            assert_once "$had states, then from $from on" copy
        done
    done
}

@test "records one by one, each sent twice" {
    tail -n +2 records >bare
    while read -r record; do
        echo "$record" >one
        delta-chain add-delta copy one
        delta-chain add-delta copy one bare 2>/dev/null || true
    done < <(head -n 4 bare)
    delta-chain add-delta copy bare
    assert_once "one by one" copy
}

@test "a part that ends before the tip is known" {
    for range in ..3 2..9 5..6; do
        cp h before
        run -0 --separate-stderr delta-chain import -v h <(export_bare h $range)
        [[ $stderr == *" known" ]]
        cmp h before
    done
}

@test "an import that was killed in the middle goes on" {
    for i in {20..5019}; do
        echo "{\"n\":$i}"
    done >many
    delta-chain add --ndjson -t 1700000005 h many
    export_bare h >records
    delta-chain log --json h | jq -c '[.digest, .timestamp, .metadata]' >log
    head -n 3000 records >part
    { cat part; sleep 20; } | delta-chain import copy &
    pid=$!
    for _ in {1..200}; do
        [ "$(delta-chain metrics --json copy 2>/dev/null | jq .states)" -lt 2000 ] 2>/dev/null || break
        [ -e copy ] && break
        sleep 0.05
    done
    kill -9 "$pid"
    wait "$pid" || true
    delta-chain import copy records
    assert_once "after a crash" copy
    delta-chain import copy records
    assert_once "and once more" copy
}

@test "a fork is refused and adds nothing" {
    delta-chain import copy <(export_bare h ..9)
    echo '{"fork":1}' | delta-chain add -t 1700000002 copy
    cp copy before
    run -1 --separate-stderr delta-chain import copy records
    assert_one_error delta-chain "^delta-chain: records:12:1: fork: the history has the 10 records before this one"
    cmp copy before
    export_bare h 12.. >later
    run -1 delta-chain import copy later
    cmp copy before
}

@test "a whole export of other states is added, as before" {
    echo '{"other":1}' | delta-chain add -t 1600000000 other
    delta-chain import other records
    assert_equal "$(delta-chain export --states other | tail -n +2)" "$(cat states)"
}

@test "names of an export go to the states that were known" {
    delta-chain import copy <(export_bare h 4..12 | sed '$!b') 2>/dev/null || true
    rm -f copy
    delta-chain import copy records
    delta-chain name h v1 7
    export_bare h | delta-chain import copy
    assert_equal "$(delta-chain log --json copy v1 | jq .index)" 7
    # Another state has the name: a warning, and it keeps it.
    delta-chain name --move copy v1 3
    run -0 --separate-stderr delta-chain import copy <(export_bare h)
    assert_one_error delta-chain "warning: .*v1"
    assert_equal "$(delta-chain log --json copy v1 | jq .index)" 3
}
