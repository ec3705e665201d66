# export --salvage: what can still be proved good of a damaged history.
load helpers
load frames

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    make_frames
    cat 0.json 1.json 2.json 3.json >states
}

# damage KIND INDEX: the payload of this frame.
damage()
{
    flip_bit h "$1" "$2" 66
}

@test "export --salvage: of a good history the same as without" {
    run -0 --separate-stderr delta-chain export --salvage --states h
    assert_equal "$output" "$(cat states)"
    assert_equal "$stderr" ""
    delta-chain export --salvage --records h >records
    delta-chain import again records
    assert_equal "$(delta-chain log again)" "$(delta-chain log h)"
}

@test "export --salvage: a state in an invalid end, behind a damaged record" {
    # Records of this kind need their keyframe only, and these are of one write.
    rm h
    for i in 0 1 2 3; do
        echo "{\"i\":$i,\"text\":\"$(seq 300 | tr '\n' ' ')\"}"
    done >states
    head -n 1 states >0.json
    delta-chain init -s reference h
    delta-chain add h 0.json
    delta-chain add --ndjson h <(tail -n +2 states)
    python3 - <<'END'
data = bytearray(open("h", "rb").read())
at = 80
while (data[at + 4], data[at + 8]) != (3, 2):
    at += 80 + int.from_bytes(data[at + 16:at + 22], "little")
data[at + 66] ^= 1
open("h", "wb").write(data)
END
    assert_equal "$(delta-chain export --states h 2>/dev/null)" "$(head -n 2 states)"
    run -1 --separate-stderr delta-chain export --salvage --states h
    assert_equal "$output" "$(sed 3d states)"
    [[ $stderr == *"an unfinished state 2 is left out: its bytes are damaged"* ]] || fail "$stderr"
}

@test "export --salvage: a chain whose keyframe is in a write that failed" {
    if under_sanitizers; then skip "nothing can be preloaded under sanitizers"; fi
    local found=0
    rm h
    for i in 0 1 2 3 4; do
        echo "{\"i\":$i,\"text\":\"$(seq 300 | tr '\n' ' ')\"}"
    done >states
    head -n 1 states >0.json
    # These records need their keyframe only; state 2 has one.
    delta-chain init -s reference --max-chain=2 --on-limit=keyframe h
    delta-chain add h 0.json
    for n in $(seq 1 20); do
        cp h d
        tail -n +2 states | LD_PRELOAD=$DELTA_BIN/tests/faults.so FAULTS_CALL=$n FAULTS_ERROR=5 \
            delta-chain add --ndjson d 2>/dev/null && continue
        echo '["other"]' | delta-chain add --ndjson d
        [ "$(delta-chain export --states d | wc -l)" -eq 2 ] || continue
        [ "$(delta-chain export --salvage --states d)" != "$(cat states && echo '["other"]')" ] ||
            found=$((found + 1))
    done
    [ "$found" -gt 0 ] || fail "never found"
}

@test "export --salvage: what is left out is named, with status 1" {
    damage 2 0
    run -1 --separate-stderr delta-chain export --salvage --states h
    assert_one_error delta-chain "^delta-chain: warning: h: state 0 is left out: its bytes are damaged$"
    # The record of state 1 needs state 0; its keyframe is enough.
    assert_equal "$output" "$(tail -n +2 states)"
    delta-chain export --salvage --records -o records h 2>/dev/null || true
    delta-chain import again records
    assert_equal "$(delta-chain export --states again)" "$(tail -n +2 states)"
    assert_equal "$(delta-chain log --json again | jq -r .metadata.n | tr '\n' ' ')" "1 2 3 "
}

@test "export --salvage: a write that failed and was made again is there once" {
    if under_sanitizers; then skip "nothing can be preloaded under sanitizers"; fi
    local voids=0
    for n in $(seq 1 20); do
        cp h d
        # EIO
        LD_PRELOAD=$DELTA_BIN/tests/faults.so FAULTS_CALL=$n FAULTS_ERROR=5 \
            delta-chain add -t 4 d 0.json 2>/dev/null && continue
        delta-chain add -t 4 d 0.json
        [ "$(stat -c %s d)" -lt 1300 ] || voids=$((voids + 1))
        run -0 --separate-stderr delta-chain export --salvage --states d
        assert_equal "$output" "$(cat states 0.json)"
    done
    [ "$voids" -gt 0 ] || fail "no write was void"
}

@test "export --salvage: a write that failed and was not made again is still found" {
    if under_sanitizers; then skip "nothing can be preloaded under sanitizers"; fi
    local found=0
    for n in $(seq 1 20); do
        cp h d
        LD_PRELOAD=$DELTA_BIN/tests/faults.so FAULTS_CALL=$n FAULTS_ERROR=5 \
            delta-chain add -t 4 d 0.json 2>/dev/null && continue
        delta-chain add -t 5 d 1.json
        assert_equal "$(delta-chain export --states d)" "$(cat states 1.json)"
        run -0 --separate-stderr delta-chain export --salvage --states d
        [ "$output" = "$(cat states 0.json 1.json)" ] && found=$((found + 1)) && continue
        assert_equal "$output" "$(cat states 1.json)"
    done
    [ "$found" -gt 0 ] || fail "never found"
}

@test "export --salvage: refused where it has no effect" {
    run -2 --separate-stderr delta-chain export --salvage --states h 1..2
    assert_one_error delta-chain "takes no range"
    run -2 --separate-stderr delta-chain export --salvage --states --only=/i h
    assert_one_error delta-chain "filters"
    run -2 --separate-stderr delta-chain export --salvage h
    assert_one_error delta-chain "expected --records or --states"
}

# RANDOM_SALVAGE=5000 is the full count.
@test "export --salvage: nothing that was not added, and all that is served" {
    python3 "$BATS_TEST_DIRNAME/random/salvage.py" "${RANDOM_SALVAGE:-60}" "${RANDOM_SEED:-1}"
}
