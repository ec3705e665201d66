# Revisions and ranges: the same states in every verb, and times in the zone of the user.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# States {"n":0} … {"n":9}, at noon UTC of the first ten days of 2026-03.
make_days()
{
    for i in {0..9}; do
        echo "{\"n\":$i}" >state
        delta-chain add -t "2026-03-$(printf %02d $((i + 1)))T12:00:00Z" h state
    done
}

n_of()
{
    delta-chain get h "$1" | jq .n
}

@test "a digest as log prints it names its state, the last one where it occurs again" {
    make_days
    digest=$(delta-chain log --json h | jq -r 'select(.index == 4).digest')
    assert_equal "$(n_of "digest:$digest")" 4
    assert_equal "$(n_of "digest:${digest:0:12}")" 4
    [[ ${digest:0:12} == *[a-f]* ]] && assert_equal "$(n_of "${digest:0:12}")" 4
    assert_equal "$(n_of "digest:${digest^^}")" 4
    echo '{"n":4}' | delta-chain add h
    delta-chain compact h
    assert_equal "$(delta-chain log --json h "digest:$digest" | jq .index)" 10
    run -2 --separate-stderr delta-chain get h ffffffffffff
    assert_equal "$stderr" "delta-chain: h: no state has the digest ffffffffffff"
}

@test "digits that begin several digests are refused, and the candidates named" {
    for i in {0..39}; do echo "{\"n\":$i}"; done | delta-chain add --ndjson h
    digit=$(delta-chain log --json h | jq -r '.digest[0:1]' | sort | uniq -d | head -n 1)
    run -2 --separate-stderr delta-chain get h "digest:$digit"
    [[ $stderr == *"ambiguous digest $digit: $digit"*"(state "*"), $digit"* ]]
}

@test "times without a zone are local, also where the clocks change" {
    make_days
    TZ=UTC
    export TZ
    assert_equal "$(n_of '@2026-03-05 12:00')" 4
    assert_equal "$(n_of '@2026-03-05 11:59:59')" 3
    assert_equal "$(n_of '@2026-03-05')" 3
    # Noon UTC is 07:00 in New York before the eighth of March, and 08:00 from then on.
    TZ=America/New_York
    assert_equal "$(n_of '@2026-03-05T07:00')" 4
    assert_equal "$(n_of '@2026-03-05T06:59')" 3
    assert_equal "$(n_of '@2026-03-09T08:00')" 8
    assert_equal "$(n_of '@2026-03-09T07:59')" 7
    TZ=Asia/Kolkata
    assert_equal "$(n_of '@2026-03-05T17:30')" 4
    assert_equal "$(n_of '@2026-03-05T17:29')" 3
    assert_equal "$(n_of '@2026-03-05T12:00:00Z')" 4
}

@test "times before now" {
    for ago in 50 26 22 1; do
        echo "{\"n\":$ago}" | delta-chain add -t "$(($(date +%s) - ago * 3600))" h
    done
    TZ=UTC
    export TZ
    assert_equal "$(n_of @yesterday)" 26
    assert_equal "$(n_of @-1d)" 26
    assert_equal "$(n_of @-2d)" 50
    assert_equal "$(n_of @-23h)" 26
    assert_equal "$(n_of @-2h)" 22
    assert_equal "$(n_of @-30m)" 1
    assert_equal "$(n_of @now)" 1
    run -2 delta-chain get h @-1w
    for bad in @-1y @-d @tomorrow @2026-02-30 @2026-3-1 @2026-03-05T @; do
        run -2 --separate-stderr delta-chain get h "$bad"
        [[ $stderr == *"invalid time '${bad#@}' (expected "* ]]
    done
}

@test "A..B is the same steps in every verb" {
    make_days
    assert_equal "$(delta-chain log --json h 3..5 | jq .index | xargs)" "4 5"
    assert_equal "$(delta-chain show h 3..5 | grep -c ^state)" 2
    assert_equal "$(delta-chain export --states h 3..5 | jq .n | xargs)" "4 5"
    assert_equal "$(delta-chain export --records h 3..5 | jq -c .changes.n | xargs)" "4 5"
    assert_equal "$(delta-chain export --states h ..2 | jq .n | xargs)" "0 1 2"
    assert_equal "$(delta-chain export --records h ..2 | wc -l)" 3
    assert_equal "$(delta-chain log --json h ..2 | jq .index | xargs)" "0 1 2"
    assert_equal "$(delta-chain export --states h 8.. | jq .n)" 9
    assert_equal "$(delta-chain export --states h 4 | jq .n)" 4
    assert_equal "$(delta-chain export --records h 4..4)" ""
    assert_equal "$(delta-chain export --states h 4..4)" ""
    # What one history lacks goes on where its tip is.
    delta-chain export --records h ..3 | delta-chain import g
    delta-chain export --records h 3..6 | delta-chain add-delta g
    assert_equal "$(delta-chain export --states g | jq .n | xargs)" "0 1 2 3 4 5 6"
}

@test "a revision that is none: the message names the history" {
    cd "$BATS_TEST_TMPDIR"
    echo '{}' | delta-chain add h
    echo '[]' | delta-chain add h
    local long revision
    long=$(printf 'a%.0s' $(seq 100))
    for revision in nothing tip~x tip~2 digest:x digest:00 0123456789abcdef @never @0 7 1..0 "$long..tip" "nothing..1" 0..nothing; do
        run -2 --separate-stderr delta-chain log h "$revision"
        assert_one_error delta-chain '^delta-chain: h: '
    done
}
