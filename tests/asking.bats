# delta, diff and export: how what changed is written, and what has no effect there.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' '{"a":1,"s":{"x":1,"y":2},"long":"one two three four five six seven"}' \
        '{"a":2,"s":{"x":1,"y":3},"long":"one two three four five six eight","n":true}' \
        '{"a":3,"s":{"x":1,"y":3},"long":"one two three four five six eight","n":true}' |
        delta-chain add --ndjson -t 5 h
}

@test "delta and diff list, count and cut what changed as log does" {
    for i in 0 1 2; do
        assert_equal "$(delta-chain delta -f changes h $i)" "$(delta-chain log -f changes h $i)"
        assert_equal "$(delta-chain delta --stat h $i)" "$(delta-chain log --stat h $i | tail -n +2)"
    done
    assert_equal "$(delta-chain diff -f changes h 0 2 --only=/a)" \
        '{"op":"change","revision":2,"time":5,"path":"/a","old":1,"new":3}'
    assert_equal "$(delta-chain diff -f changes h 0..2 --mask=/a --only=/a)" \
        '{"op":"change","revision":2,"time":5,"path":"/a","old":"***","new":"***"}'
    assert_equal "$(delta-chain diff --stat h 2 0 --ignore=/s --ignore=/long)" ' /a | 1 ~
 /n | 1 -
1 removed, 1 changed'
    run -0 delta-chain diff --width=30 h 0 1 --only=/long
    [[ ${lines[0]} == *…*' -> '*…* ]] || fail "$output"
    assert_equal "$(delta-chain diff --width=0 h 0 1)" "$(delta-chain diff -f text h 0 1)"
    delta-chain compact h
    assert_equal "$(delta-chain delta -f changes h 1)" "$(delta-chain log -f changes h 1)"
}

@test "what has no effect is refused" {
    while read -r verb options; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr delta-chain "$verb" $options
        assert_one_error delta-chain "no effect: " || fail "$verb $options"
    done <<'END'
diff --stat -f json h 0 1
diff --stat -f changes h 0 1
diff --width=9 -z h 0 1
diff -f text -s dict h 0 1
diff -f changes -z h 0 1
diff -f merge-patch --mask=/a h 0 1
diff -f json-patch -s none h 0 1
delta --standalone h 1
delta --standalone -f text h 1
delta --stat -f packed h 1
export --states -z h
export --states -f json h
export --states --standalone h
export --states --max-record=9 h
export --records --standalone h
END
    run -2 delta-chain delta -f json-patch h 0
    run -2 delta-chain delta --stat --only=/a h 0
}

@test "what another verb takes is named" {
    run -2 --separate-stderr delta-chain export --records --stat h
    assert_one_error delta-chain "'--stat'; .*log --stat"
    run -2 --separate-stderr delta-chain export --records --width=9 h
    assert_one_error delta-chain "'--width'; .*show"
    run -2 --separate-stderr delta-chain export --records -f text h
    assert_one_error delta-chain "json or packed"
}
