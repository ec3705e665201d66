# Histories after crashes: torn ends, power losses, failed syncs.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    export ASAN_OPTIONS=detect_leaks=0
    for i in 0 1 2; do
        echo "{\"i\":$i,\"same\":\"0123456789012345678901234567890\"}" >$i.json
    done
    echo '{"next":1}' >next.json
    delta-chain add h 0.json 1.json
    size=$(stat -c %s h)
    cp h whole
    delta-chain add whole 2.json
}

# Takes another state, is whole then, and holds the two that were acknowledged.
takes_another()
{
    delta-chain add h next.json 2>/dev/null || fail "$1: nothing can be added"
    run --separate-stderr -0 delta-chain get h
    assert_equal "$1: $output$stderr" "$1: $(cat next.json)"
    assert_equal "$1: $(delta-chain export --states h)" "$1: $(cat 0.json 1.json next.json)"
    delta-chain verify h || fail "$1: damage"
}

@test "a torn end, then a failed sync, is no damage" {
    strace -o /dev/null -e inject=getpid:retval=1 true 2>/dev/null || skip "strace cannot trace here"
    for cut in 1 20 63 70 85; do
        head -c $((size + cut)) whole >h
        run -2 strace -f -o /dev/null -e inject=fdatasync:error=EIO:when=1 delta-chain add h 2.json
        run -0 delta-chain verify h
        takes_another "$cut bytes"
    done
}

@test "a void that is cut anywhere is passed over" {
    head -c $((size + 59)) whole >torn
    cp torn h
    delta-chain add h 2.json
    cp h voided
    for ((n = size; n < size + 59 + 80; n++)); do
        head -c "$n" voided >h
        takes_another "$n bytes"
    done
}

@test "an invalid end: readers serve the last good state and warn, verify ends with 1, add goes on" {
    (cat whole && head -c 700 /dev/urandom) >h
    before=$(cat h | sha256sum)
    length=$(stat -c %s h)
    for verb in "get h" "log h" "show h" "metrics h" "export --states h"; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr -0 delta-chain $verb
        assert_one_error delta-chain "h: the last 700 bytes, from byte $((length - 700)) on, are invalid.*the last good state is 2"
    done
    assert_equal "$(delta-chain get h 2>/dev/null)" "$(cat 2.json)"
    run --separate-stderr -1 delta-chain verify h
    [[ $output == *"the last 700 bytes, from byte"* ]]
    # A rewrite would drop what may be a state.
    run --separate-stderr -2 delta-chain compact h
    assert_equal "$(cat h | sha256sum)" "$before"
    run --separate-stderr -0 delta-chain add h next.json
    assert_one_error delta-chain "invalid"
    # Nothing was erased.
    assert_equal "$(head -c "$length" h | sha256sum)" "$before"
    run -0 delta-chain verify h
    assert_equal "$(delta-chain get h)" "$(cat next.json)"
    delta-chain compact h
}

@test "one bit of the last state: the state before is served" {
    for at in 5 40 70 90; do
        cp whole h
        python3 - "$((size + at))" <<'END'
import sys
with open("h", "r+b") as file:
    file.seek(int(sys.argv[1]))
    byte = file.read(1)[0]
    file.seek(-1, 1)
    file.write(bytes([byte ^ 4]))
END
        run --separate-stderr -0 delta-chain get h
        assert_equal "$output" "$(cat 1.json)"
        [ -n "$stderr" ]
        takes_another "byte $at"
        run --separate-stderr -1 delta-chain add --expect-tip="$(delta-diff --digest 2.json | cut -d' ' -f1)" h 0.json
    done
}

@test "power losses: sectors of the last write in any order" {
    under_sanitizers && skip "slow under the sanitizers"
    "$TOP/scripts/power-loss" -n 40 -s 7 "$DELTA_BIN"
}
