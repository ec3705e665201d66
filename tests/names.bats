# Names of states: they stay on their state, whatever is rewritten.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    for i in {0..9}; do
        echo "{\"n\":$i}"
    done >stream
    delta-chain add --ndjson -t 1700000000 h stream
}

# "INDEX NAME" of each name.
names()
{
    delta-chain name "${1:-h}" | awk '{ print $1, $4 }'
}

# The number in the state of a revision.
n_of()
{
    delta-chain get "${2:-h}" "$1" | jq .n
}

@test "a name is given, shown, used as a revision, moved and taken away" {
    delta-chain name h v1 3
    delta-chain name h v1 3
    delta-chain name h prod
    delta-chain name h v1.2-rc_3 3
    assert_equal "$(names)" "3 v1
3 v1.2-rc_3
9 prod"
    assert_equal "$(n_of v1)" 3
    assert_equal "$(delta-chain diff h v1..prod | jq -c .changes)" '{"n":9}'
    assert_equal "$(delta-chain log h | awk 'NR == 4 { print $7, $8 }')" "(v1, v1.2-rc_3)"
    assert_equal "$(delta-chain log --json h v1 | jq -c .names)" '["v1","v1.2-rc_3"]'
    assert_equal "$(delta-chain show h prod | sed -n 's/^names  *//p')" prod
    run -2 --separate-stderr delta-chain name h v1 4
    assert_one_error delta-chain "state 3 already has the name v1"
    assert_equal "$(n_of v1)" 3
    delta-chain name --move h v1 4
    assert_equal "$(n_of v1)" 4
    # Other states, added later.
    echo '{"n":10}' | delta-chain add h
    assert_equal "$(n_of prod)" 9
    assert_equal "$(n_of tip)" 10
    delta-chain name --delete h v1
    run -2 --separate-stderr delta-chain get h v1
    assert_one_error delta-chain "no such revision: v1"
    run -2 --separate-stderr delta-chain name -d h v1
    assert_one_error delta-chain "no state has the name v1"
    delta-chain verify h
}

@test "what can be a name, and what cannot" {
    cp h whole
    for good in a _ tipx Tip cafed deadbeeg a.b a-b _1 "$(printf 'x%.0s' {1..80})"; do
        cp whole h
        delta-chain name h "$good" 5 || fail "$good"
        assert_equal "$(n_of "$good")" 5
        assert_equal "$(delta-chain log --json h "$good..7" | jq -r .index | tr '\n' ' ')" "6 7 "
        assert_equal "$(delta-chain log --json h "3..$good" | jq -r .index | tr '\n' ' ')" "4 5 "
    done
    cp whole h
    for bad in '' 1 1a tip deadbeef abcdef a..b a. .a -- a/b 'a b' é tip~1 @a digest:a \
        "$(printf 'x%.0s' {1..81})"; do
        run -2 --separate-stderr delta-chain name h -- "$bad" 5
        assert_one_error delta-chain
        cmp h whole
    done
    run -2 --separate-stderr delta-chain name h good 10
    assert_one_error delta-chain "no state 10"
    run -2 delta-chain name --move h
    run -2 delta-chain name --delete h
    run -2 delta-chain name --delete --move h a
    run -2 delta-chain name missing a
    [ ! -e missing ]
    cmp h whole
}

@test "rewrites keep the states that have names, and their names" {
    delta-chain name h first 0
    delta-chain name h v1 3
    delta-chain name h last
    cp h named
    for rewrite in compact "squash 1..8" rebaseline "prune --keep-last=1"; do
        cp named h
        read -ra words <<<"$rewrite"
        delta-chain "${words[@]:0:1}" h "${words[@]:1}"
        assert_equal "$(n_of first) $(n_of v1) $(n_of last)" "0 3 9" "$rewrite"
        delta-chain verify h
        # And the names of what was made are kept again, beside new ones.
        echo '{"n":10}' | delta-chain add h
        delta-chain name h ten
        delta-chain compact h
        assert_equal "$(n_of first) $(n_of v1) $(n_of last) $(n_of ten)" "0 3 9 10" "$rewrite"
    done
    cp named h
    delta-chain squash h 1..8
    assert_equal "$(delta-chain export --states h | jq .n | tr '\n' ' ')" "0 1 3 8 9 "
    delta-chain rebaseline h
    assert_equal "$(delta-chain export --states h | jq .n | tr '\n' ' ')" "0 3 9 "
    delta-chain clear h
    assert_equal "$(names)" ""
    delta-chain verify h
}

@test "a history that drops states at a limit keeps the named ones" {
    for what in rebaseline merge; do
        rm -f h
        delta-chain init --max-chain-length=3 --on-limit="$what" h
        head -n 2 stream | delta-chain add --ndjson h
        delta-chain name h zero 0
        delta-chain name h one 1
        for i in {2..9}; do
            sed -n $((i + 1))p stream | delta-chain add h
            [ "$i" != 5 ] || delta-chain name h five
        done
        assert_equal "$(n_of zero) $(n_of one) $(n_of five) $(n_of tip)" "0 1 5 9" "$what"
        [ "$(delta-chain metrics --json h | jq .states)" -lt 9 ]
        delta-chain verify h
    done
}

@test "exports carry names, imports take them over" {
    delta-chain name h v1 3
    delta-chain name h last
    delta-chain export --records h >records
    delta-chain import new records
    assert_equal "$(names new)" "$(names h)"
    delta-chain export -z --records h | delta-chain import packed
    assert_equal "$(names packed)" "$(names h)"
    # A part has no names, and records are read by everything else.
    delta-chain export --records h 2.. | delta-chain add-delta h2 - 2>/dev/null || true
    assert_equal "$(delta-apply --ndjson records | tail -n 1)" '{"n":9}'
    # Names that are no names are refused before anything is stored.
    sed 's/"v1":3/"..":3/' records >forged
    run -2 --separate-stderr delta-chain import bad forged
    [ ! -e bad ]
}

@test "damaged names are said to be so, and nothing is dropped" {
    delta-chain name h v1 3
    size=$(stat -c %s h)
    echo '{"n":10}' | delta-chain add h
    # In the payload of the frame of names.
    printf 'X' | dd of=h bs=1 seek=$((size - 18)) conv=notrunc status=none
    run -1 delta-chain verify h
    run ! --separate-stderr delta-chain get h v1
    assert_one_error delta-chain "names of states are damaged"
    run ! --separate-stderr delta-chain name h
    assert_one_error delta-chain "names of states are damaged"
    run ! --separate-stderr delta-chain rebaseline h
    assert_one_error delta-chain "names of states are damaged"
    run -0 --separate-stderr delta-chain log h
    assert_equal "${#lines[@]}" 11
    assert_one_error delta-chain "warning: .*names of states are damaged"
    assert_equal "$(n_of 3)" 3
    assert_equal "$(n_of tip)" 10
}
