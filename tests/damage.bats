# What log and metrics say of damaged histories; what a stream leaves on the disk while it lasts.
load helpers
load frames

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    make_frames
    delta-chain log h >whole
}

# flip KIND INDEX OFFSET: one bit of a copy of the history, in this frame.
flip()
{
    cp h d
    flip_bit d "$@"
}

@test "log: a state whose only frame is damaged is lost, not listed" {
    flip 2 0 66
    run --separate-stderr -1 delta-chain log d
    assert_one_error delta-chain "damaged"
    assert_equal "$output" "$(tail -n +2 whole)"
    run --separate-stderr -1 delta-chain log --json d
    assert_equal "$(wc -l <<<"$output")" 3
    run --separate-stderr -1 delta-chain metrics d
    assert_one_error delta-chain "damaged"
    assert_equal "$output" ""
}

@test "log: a damaged keyframe is named, and the state told of by its record" {
    flip 2 1 66
    run --separate-stderr -1 delta-chain log d
    assert_one_error delta-chain "d: state 1: corrupt keyframe"
    assert_equal "$output" "$(cat whole)"
    run -1 delta-chain metrics d
}

@test "log: of a damaged record with a keyframe behind it, what changed is unknown" {
    flip 3 2 66
    run --separate-stderr -1 delta-chain log d
    assert_one_error delta-chain "d: state 2: corrupt record"
    assert_equal "$output" "$(sed '3s/+1 -0/+? -?/' whole)"
    run --separate-stderr -1 delta-chain log --json d
    assert_equal "$(sed -n 3p <<<"$output" | jq -c '[.index, .size, .set, .removed, .metadata.n]')" \
        '[2,7,null,null,"2"]'
    run -1 delta-chain metrics d
}

@test "log and metrics: a state whose frames cannot be found is lost" {
    flip 2 0 9
    run --separate-stderr -1 delta-chain log d
    assert_one_error delta-chain "state 0 is lost"
    assert_equal "$output" "$(tail -n +2 whole)"
    run --separate-stderr -1 delta-chain metrics d
    assert_one_error delta-chain "state 0 is lost"
    run --separate-stderr -1 delta-chain metrics --json d
    assert_equal "$output" ""
}

@test "add --ndjson: a stream that never pauses is on the disk soon, and lets others in" {
    mkfifo lines
    delta-chain add --ndjson s <lines &
    exec 7>lines
    seen=
    for ((n = 0; n < 3000; n++)); do
        echo "{\"n\":$n}" >&7
        sleep 0.003
        if ((n % 100 == 99)) && [ -s s ] && [ "$(delta-chain log s | wc -l)" -gt 0 ]; then
            seen=yes
            break
        fi
    done
    [ "$seen" ] || fail "nothing is on the disk after $n lines"
    # Another writer gets in while lines keep coming.
    delta-chain add s 0.json 7>&- &
    other=$!
    for ((n = 0; n < 3000; n++)); do
        echo "{\"n\":$n}" >&7
        sleep 0.003
        kill -0 "$other" 2>/dev/null || break
    done
    [ "$n" -lt 3000 ] || fail "another writer still waits after $n lines"
    exec 7>&-
    wait
    delta-chain verify s
}

@test "pieces of a copy that went another way are not served as one, and nothing is added to them" {
    delta-chain init -s dict --max-chain-length=9 a
    for i in 0 1 2; do delta-chain add -t 0 a $i.json; done
    cp a b
    for name in a b; do
        for i in 3 4 5; do
            echo "{\"i\":$i,\"of\":\"$name\"}" | delta-chain add -t 0 $name -
        done
    done
    assert_equal "$(stat -c %s a)" "$(stat -c %s b)"
    # The last state of one behind the states of the other.
    python3 - <<'END'
one, other = open("a", "rb").read(), open("b", "rb").read()
at, last = 80, 80
while at < len(one):
    last = at
    at += 80 + int.from_bytes(one[at + 16:at + 22], "little")
open("s", "wb").write(one[:last] + other[last:])
END
    run --separate-stderr -1 delta-chain get s
    assert_equal "$output" ""
    run -2 delta-chain add s 0.json
    run --separate-stderr -1 delta-chain log s
    assert_one_error delta-chain "does not follow"
    run -1 delta-chain export --states s
    run -1 delta-chain verify s
    # Nothing says that what is before is of this history, whatever names it.
    for state in 0 4 tip~1 3..4; do
        verb=get
        [[ $state == *..* ]] && verb=log
        run --separate-stderr -1 delta-chain $verb s $state
        assert_equal "$output" ""
        assert_one_error delta-chain "does not follow the one before it"
    done
    run --separate-stderr -1 delta-chain delta s 4
    run --separate-stderr -1 delta-chain show s 4
    run --separate-stderr -1 delta-chain export --states s 3..4
    run --separate-stderr -1 delta-chain blame s 4
    run --separate-stderr -1 delta-chain diff s 0 4
}

@test "of two copies spliced anywhere, no state is served that does not lead to the tip" {
    for strategy in auto compress none reference dict; do
        export strategy
        rm -f a synced
        delta-chain init -s "$strategy" --max-chain-length=3 a
        for i in 0 1 2 3; do echo "{\"i\":$i}"; done | delta-chain add -t 0 --ndjson a
        cp a b
        for name in a b; do
            for i in 4 5 6 7 8 9; do echo "{\"i\":$i,\"of\":\"$name$name\"}"; done |
                delta-chain add -t 0 --ndjson $name
        done
        python3 - <<'END'
import os
import subprocess

def frames(data):
    at = 80
    while at < len(data):
        length = 80 + int.from_bytes(data[at + 16:at + 22], "little")
        yield at, length
        at += length

a, b = open("a", "rb").read(), open("b", "rb").read()
common = next(i for i in range(80, len(a)) if a[i] != b[i])
in_b = dict(frames(b))
spliced = [(name, data) for at, length in frames(a) if at in in_b and at + length > common
           for name, data in (("tail", a[:at] + b[at:]), ("frame", a[:at] + b[at:at + length] + a[at + length:]))
           if data != a and data != b]
assert len(spliced) > 8, len(spliced)
for name, data in spliced:
    open("s", "wb").write(data)
    tip = b if name == "tail" else a
    whose = "bb" if tip is b else "aa"
    last = data[-80:] == tip[-80:]
    for i in range(10):
        got = subprocess.run(["delta-chain", "get", "s", str(i)], capture_output=True, text=True)
        assert got.returncode in (0, 1), got
        if got.returncode == 0 and last:
            assert i < 4 or whose in got.stdout, (name, i, got.stdout)
        assert (got.returncode == 0) == bool(got.stdout), got
    # Nor do all states together pass for one history.
    if os.environ["strategy"] == "auto":
        for verb in ("export --states", "export --records", "show", "log -p"):
            every = subprocess.run(["delta-chain", *verb.split(), "s"], capture_output=True, text=True)
            assert every.returncode == 1, (name, verb, every)
            assert "does not follow the state before it" in every.stderr, (name, verb, every)
        for verb in (["show", "--html", "s"], ["sync", "s", "synced"], ["compact", "s"], ["squash", "s", "0..2"]):
            assert subprocess.run(["delta-chain", *verb], capture_output=True).returncode, (name, verb)
        assert open("s", "rb").read() == data, name
    assert subprocess.run(["delta-chain", "verify", "s"], capture_output=True).returncode == 1
    assert subprocess.run(["delta-chain", "add", "s", "0.json"], capture_output=True).returncode == 2
END
    done
}

@test "log, show and metrics: a frame that cannot be found, of a state that has another" {
    # the head of a record, and that of a keyframe
    for which in "3 2" "2 2"; do
        # shellcheck disable=SC2086 # words
        flip $which 9
        for verb in log show; do
            run --separate-stderr -1 delta-chain $verb d
            assert_one_error delta-chain "d: state [23]: bytes before it are damaged"
        done
        [ "$which" != "3 2" ] || assert_equal "$(delta-chain log d 2>/dev/null)" "$(sed '3s/+1 -0/+? -?/' whole)"
        run --separate-stderr -1 delta-chain metrics d
        assert_one_error delta-chain "d: bytes before state [23] are damaged"
        assert_equal "$output" ""
        assert_equal "$(delta-chain export --states d)" "$(delta-chain export --states h)"
    done
    flip 2 2 66
    run --separate-stderr -1 delta-chain show d
    assert_one_error delta-chain "d: state 2: corrupt keyframe"
}

@test "log and metrics: no bit that is flipped changes what they say without a word" {
    delta-chain metrics h >metrics
    size=$(stat -c %s h)
    for ((at = 0; at < size; at += 5)); do
        cp h d
        python3 - "$at" <<'END'
import sys
with open("d", "r+b") as file:
    file.seek(int(sys.argv[1]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[1]))
    file.write(bytes([byte ^ 16]))
END
        for verb in log metrics; do
            good=whole
            [ $verb = log ] || good=metrics
            status=0
            delta-chain $verb d >out 2>message || status=$?
            [ $status -eq 1 ] || [ -s message ] || cmp out $good || fail "$verb, byte $at: $(cat out)"
        done
    done
}
