# prune: which states go, by their age; what stays is as it was.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    export TZ=CET-1CEST,M3.5.0,M10.5.0/3
}

# A history h with a state {"n":I} at each of the times in the file moments.
make_history()
{
    local n=0 time
    rm -f h
    while read -r time; do
        echo "{\"n\":$n,\"text\":\"the same in all\"}" >state
        delta-chain add -t "$time" h state
        n=$((n + 1))
    done <moments
}

# The numbers in the states of h, one a line.
numbers()
{
    delta-chain export --states h | jq .n
}

@test "the rules of restic, on times around changes of the clock and leap days" {
    command -v python3 >/dev/null || skip "no python3"
    for ((seed = 1; seed <= ${PRUNE_SEEDS:-15}; seed++)); do
        python3 "$BATS_TEST_DIRNAME/random/prune.py" "$seed" .
        make_history
        read -ra words <options
        cp h whole
        delta-chain prune -n "${words[@]}" h >dropped || fail "seed $seed"
        cmp h whole
        delta-chain prune "${words[@]}" h || fail "seed $seed"
        [ "$(numbers)" = "$(cat kept)" ] || fail "seed $seed: ${words[*]}: $(numbers | tr "\n" " ")"
        [ "$(awk '{ print $1 }' dropped)" = "$(seq 0 $(($(wc -l <moments) - 1)) | grep -vxFf kept)" ] ||
            fail "seed $seed: -n lists $(cat dropped)"
        delta-chain verify h >/dev/null || fail "seed $seed"
        # Again, nothing goes: the file stays as it is.
        cp h before
        delta-chain prune "${words[@]}" h
        cmp h before || fail "seed $seed: pruned twice"
    done
}

# A state a day at noon UTC, from 2024-02-01 on, $1 of them.
make_days()
{
    local day
    for ((day = 0; day < $1; day++)); do
        echo $((1706788800 + day * 86400))
    done >moments
    make_history
}

@test "what stays keeps time, metadata, names and counters; metrics counts what went" {
    make_days 40
    echo '{"n":40}' | delta-chain add -t 2024-03-12T12:00:00Z -m by=ann h
    delta-chain name h leap @2024-02-29T13:00Z
    delta-chain name h now
    delta-chain compact h
    digest=$(delta-chain log --json h | jq -r 'select(.index == 28).digest')
    changes=$(delta-chain metrics --json h | jq -c '[.total_changes,.total_removals]')
    delta-chain prune --keep-weekly=3 h
    assert_equal "$(numbers | tr '\n' ' ')" "28 31 38 40 "
    assert_equal "$(delta-chain get h leap | jq .n)" 28
    assert_equal "$(delta-chain get h now | jq .n)" 40
    assert_equal "$(delta-chain log --json h | jq -c '[.index,.names,.metadata]')" \
        '[0,["leap"],null]
[1,null,null]
[2,null,null]
[3,["now"],{"by":"ann"}]'
    assert_equal "$(delta-chain log --json h 0 | jq -r .digest)" "$digest"
    assert_equal "$(delta-chain log --json h 2 | jq .timestamp)" $((1706788800 + 38 * 86400))
    assert_equal "$(delta-chain metrics --json h | jq -c '[.total_changes,.total_removals]')" "$changes"
    assert_equal "$(delta-chain metrics --json h |
        jq -c '[.states,.prune_count,.dropped_states,.rebaseline_count,.optimization_count]')" \
        '[4,1,37,0,1]'
    delta-chain verify h
    # Counters go through an export; and more can be added.
    delta-chain export --records h | delta-chain import again
    assert_equal "$(delta-chain metrics --json again | jq -c '[.prune_count,.dropped_states]')" '[1,37]'
    echo '{"n":41}' | delta-chain add h
    assert_equal "$(delta-chain get h | jq .n)" 41
}

@test "-n lists what would go and writes nothing; nothing to drop leaves the file" {
    make_days 5
    cp h whole
    run -0 delta-chain prune -n --keep-last=2 h
    assert_equal "${#lines[@]}" 3
    [[ ${lines[0]} == "     0  2024-02-01T12:00:00Z      "* ]]
    cmp h whole
    run -0 delta-chain prune -n --keep-last=5 h
    assert_equal "$output" ""
    delta-chain prune --keep-last=9 h
    cmp h whole
    : >empty
    delta-chain prune --keep-last=1 empty
    delta-chain prune -n --keep-last=1 empty
    [ ! -s empty ]
}

@test "states whose times go back are ordered by time; the tip stays" {
    printf '%s\n' 1706788800 1707000000 1706800000 1706790000 >moments
    make_history 2>/dev/null
    delta-chain prune --keep-last=1 h
    assert_equal "$(numbers | tr '\n' ' ')" "1 3 "
}

@test "what lost its state is not in the way; a damaged state that stays is" {
    make_days 200
    size=$(stat -c %s h)
    printf 'XXXX' | dd of=h bs=1 seek=$((size / 2)) conv=notrunc status=none
    run -1 delta-chain verify h
    lost=$(sed -n 's/^state \([0-9]*\) is lost.*/\1/p' <<<"$output" | head -n 1)
    [ -n "$lost" ]
    cp h damaged
    run -2 --separate-stderr delta-chain prune --keep-last=199 h
    cmp h damaged
}

@test "--keep-within: each unit, and several of them" {
    day=86400
    for age in 800 370 35 15 8 2 1 0; do
        echo $((1000 * day - age * day))
    done >moments
    echo $((1000 * day + 7200)) >>moments
    make_history
    for row in 1h:8 2h:8 3h:7 1d:7 1d2h:7 1d3h:6 2d:6 2d3h:5 1w:5 9d:4 2w:4 2w2d:3 1m:3 1m9d:2 1y:2 \
        1y1m:1 1y1m1d1h:1 2y4m:0; do
        run -0 delta-chain prune -n --utc --keep-within="${row%:*}" h
        assert_equal "${#lines[@]}" "${row#*:}" "--keep-within=${row%:*}: $output"
    done
}

@test "command lines that make no sense" {
    make_days 2
    cp h whole
    for bad in "" --keep-last=0 --keep-last=x --keep-within= --keep-within=2 --keep-within=d \
        --keep-within=2x --keep-within=0d --keep-within=99999999y; do
        run -2 --separate-stderr delta-chain prune $bad h
        assert_one_error delta-chain
    done
    run -2 --separate-stderr delta-chain prune --keep-last=1 missing
    cmp h whole
}
