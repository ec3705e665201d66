# --max-size: what is unpacked of files that others wrote is bounded.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    python3 - <<'END'
import json
for i in range(6):
    json.dump({"i": i, "list": [0] * 20000}, open(f"{i}.json", "w"), separators=(",", ":"))
END
    size=$(stat -c %s 0.json)
}

# All verbs that read states of h, which has six.
verbs=("get h" "get h 2" "delta h 3" "diff h 0 5" "log -p h" "show h" "blame h" "verify h"
    "export --states h" "export --records h" "export --states --salvage h" "rebaseline --keep=2 h"
    "squash h 0..5" "prune --keep-last=2 h" "compact h" "add h 0.json")

@test "no verb reads a larger state, whatever the strategy; none is in the way of a smaller one" {
    for strategy in auto dict binary reference compress none block; do
        rm -f whole
        delta-chain init -s "${strategy/block/auto}" --max-chain-length=3 whole
        delta-chain add -t 0 whole {0..5}.json
        [ "$strategy" != block ] || delta-chain compact whole
        for verb in "${verbs[@]}"; do
            cp whole h
            # shellcheck disable=SC2086 # words of a command
            run --separate-stderr -2 delta-chain ${verb/ / --max-size=1000 }
            assert_one_error delta-chain "--max-size"
            cmp h whole
            # shellcheck disable=SC2086
            run --separate-stderr -0 delta-chain ${verb/ / --max-size=$size }
            assert_equal "$stderr" ""
        done
    done
}

@test "a small file that unpacks to much takes little memory" {
    under_sanitizers && skip "the sanitizers take memory of their own"
    python3 -c 'print("[" + "[]," * 3000000 + "0]")' >large.json
    for how in auto block; do
        rm -f h
        delta-chain add h large.json large.json
        [ "$how" = auto ] || delta-chain compact h
        [ "$(stat -c %s h)" -lt 20000 ]
        for verb in "get h" "verify h" "log -p h" "export --states --salvage h"; do
            # 9 MB of text, 48 MB and more of values.
            # shellcheck disable=SC2086
            run --separate-stderr -2 prlimit --as=40000000 delta-chain ${verb/ / --max-size=10K }
            assert_one_error delta-chain "--max-size"
        done
    done
}

# The record after `both`, or beside it.
other()
{
    case $1 in *invert) ;; *concurrent) echo both ;; *) echo bound ;; esac
}

@test "records that are added, imported or merged are bounded alike" {
    delta-diff -z /dev/null 0.json >full || true
    delta-diff -z -s compress 0.json 1.json >more || true
    for verb in add-delta import; do
        run --separate-stderr -2 delta-chain $verb --max-size=1000 h full
        assert_one_error delta-chain "larger than the 1000 bytes allowed"
        [ ! -s h ]
        run -0 delta-chain $verb --max-size="$size" h full
        rm h
    done
    echo '{"i":9}' >small.json
    delta-diff -z -s dict --standalone small.json 0.json >patch || true
    run --separate-stderr -2 delta-merge --max-size=1000 patch
    assert_one_error delta-merge "more than --max-size"
    run -0 delta-merge --max-size=1M patch
    echo '{"a":[1]}' >small
    delta-diff -z -r small 0.json >both || true
    delta-diff -z 0.json 1.json >bound || true
    for how in --base=small "--base=small --concurrent" "--base=small --invert"; do
        # shellcheck disable=SC2086
        run --separate-stderr -2 delta-merge --max-size=1000 $how both $(other "$how")
        assert_one_error delta-merge "than --max-size allows"
        # shellcheck disable=SC2086
        run --separate-stderr -0 delta-merge --max-size=1M $how both $(other "$how")
    done
    run --separate-stderr -2 delta-merge -3 --max-size=9 0.json 0.json 0.json
    assert_one_error delta-merge "no effect"
}

@test "verbs that read no states do not take it" {
    delta-chain add h 0.json
    for verb in init name metrics clear; do
        run --separate-stderr -2 delta-chain $verb --max-size=9 h
        assert_one_error delta-chain "--max-size"
    done
}
