# Allocations and system calls that fail: a sample of what `make faults` runs in full.
load helpers

setup()
{
    if under_sanitizers; then skip "nothing can be preloaded under sanitizers"; fi
}

faults()
{
    run -0 "$TOP/tests/faults/run" "$@" "$DELTA_BIN/tests/faults.so"
    [[ ${lines[-1]} =~ ^[0-9]+\ runs,\ 0\ of\ them\ wrong$ ]] || fail "$output"
}

@test "an allocation that fails: the right result, or status 2 and one line" {
    faults --sample=4 --kinds=allocations
}

@test "a system call that fails or is short: nothing is lost or incomplete" {
    faults --sample=2 --kinds=ENOSPC,EIO,EINTR,short
}

@test "every allocation on the way through zstd's dictionary" {
    faults --only='delta-diff -z' --kinds=allocations
}

@test "positions that cannot be read are not taken for damage" {
    # The only frame of positions takes more than is read at once, so that a call reads it alone.
    cd "$BATS_TEST_TMPDIR"
    local name calls n
    name=$(printf '%0100000d' 0)
    echo '{"v":1}' >state
    echo '{"v":2}' >other
    delta-chain add -t 0 --source=S --seq=1 h state
    delta-chain add -t 0 --skip-equal --source="$name" --seq=9 h state
    delta-chain add -t 1 --source=T --seq=1 h other
    cp h good
    FAULTS_COUNT=$PWD/count LD_PRELOAD=$DELTA_BIN/tests/faults.so \
        run --separate-stderr -1 delta-chain add --source="$name" --seq=9 h other
    [[ $stderr == *"fork: another state has position 9 of source 000"* ]] || fail "$stderr"
    calls=$(cut -d' ' -f2 count)
    [ "$calls" -ge 8 ] || fail "$calls calls"
    for n in $(seq "$calls"); do
        run env FAULTS_CALL="$n" FAULTS_ERROR=5 LD_PRELOAD="$DELTA_BIN/tests/faults.so" \
            delta-chain add --source="$name" --seq=9 h other
        [ "$status" -ne 0 ] || fail "added although call $n of $calls failed"
        cmp h good || fail "changed although call $n of $calls failed"
    done
}

@test "killed at a system call, or halfway through a write: the next command goes on" {
    faults --sample=2 --kinds=killed,torn
}

@test "every fault of a store that is made and fed" {
    faults --only='--ack fresh rest' --kinds=ENOSPC,EIO,torn
}

@test "every allocation of a merge for git: the file as before, or merged whole" {
    faults --only='delta-merge --git' --kinds=allocations
}

@test "every allocation of a store that is copied or made: no message without a text" {
    faults --only='sync store mirror' --kinds=allocations
    faults --only='--metadata-from' --kinds=allocations
}

@test "every allocation of an import that acknowledges: whole lines only" {
    cd "$BATS_TEST_TMPDIR"
    printf '{"k":"a"}\n{"k":"%0700d"}\n' 0 | delta-diff --ndjson --by=/k -t 1 >records
    FAULTS_COUNT=$PWD/count LD_PRELOAD=$DELTA_BIN/tests/faults.so delta-chain import --ack h records >good
    for n in $(seq "$(cut -d' ' -f1 count)"); do
        rm -f h
        FAULTS_ALLOCATION=$n LD_PRELOAD=$DELTA_BIN/tests/faults.so \
            delta-chain import --ack h records >acks 2>error || [ -s error ] || fail "allocation $n: no message"
        head -n "$(wc -l <acks)" good | cmp - acks || fail "allocation $n: $(cat acks)"
    done
}

@test "every allocation of an audit, a block and a binary patch: not taken for damage" {
    faults --only='verify h' --kinds=allocations
    faults --only='compact h' --kinds=allocations
    faults --only='binary' --kinds=allocations
}

@test "every allocation of changes in an array with a key: no label is left out" {
    faults --only='delta-diff -f text 0.json' --kinds=allocations
}

@test "every allocation of options with patterns: one message" {
    faults --only='--array-key=/hosts=row' --kinds=allocations
}
