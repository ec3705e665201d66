# delta-chain blame: which state last set each place.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# "revision path value" a line.
blamed()
{
    delta-chain blame -f changes "$@" | jq -r '"\(.revision) \(.path) \(.value | tojson)"'
}

@test "leaves keep their blame where elements move, and lose it where they are set" {
    delta-chain add --ndjson h <<'END'
{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":3,"v":3}],"b":{"c":1,"d":[]}}
{"a":[{"id":3,"v":3},{"id":1,"v":1},{"id":2,"v":9}],"b":{"c":1,"d":[]}}
{"a":[{"id":3,"v":3},{"id":2,"v":9},{"id":4,"v":1}],"b":{"x":1,"d":[]}}
{"a":[{"id":3,"v":3},{"id":2,"v":9},{"id":4,"v":1}],"b":{"x":1,"d":{}}}
END
    want='0 /a/0/id 3
0 /a/0/v 3
0 /a/1/id 2
1 /a/1/v 9
2 /a/2/id 4
2 /a/2/v 1
3 /b/d {}
2 /b/x 1'
    assert_equal "$(blamed h)" "$want"
    delta-chain compact h
    assert_equal "$(blamed h)" "$want"
    assert_equal "$(blamed h 0 | cut -d' ' -f1 | sort -u)" 0
    assert_equal "$(blamed h 1 --only=/a/*/v)" '0 /a/0/v 3
0 /a/1/v 1
1 /a/2/v 9'
    assert_equal "$(blamed h 1 '--only=/a/[id=2]/v')" '1 /a/2/v 9'
    assert_equal "$(blamed h 1 '--ignore=/*/[id=2]' '--mask=/a/[id=3]/v' '--only=/a/[id=3]')" '0 /a/0/id 3
0 /a/0/v "***"'
    run -0 delta-chain blame h --only=/b
    assert_equal "$(sed -E 's/  [0-9TZ:.-]{20,}  +/ /' <<<"$output")" '     3 /b/d  {}
     2 /b/x  1'
}

@test "a value that is removed and added again, or set to what it was, is set" {
    printf '%s\n' '{"a":1,"b":1}' '{"b":2}' '{"a":1,"b":1}' | delta-chain add --ndjson h
    assert_equal "$(blamed h)" '2 /a 1
2 /b 1'
    printf '%s\n' '1' '2' '2' | delta-chain add --ndjson scalars
    assert_equal "$(blamed scalars)" '1  2'
}

@test "the order in which members are stored does not matter" {
    printf '%s\n' '{"z":1,"a":{"y":1,"b":2}}' '{"a":{"b":2,"y":1,"n":3},"z":1}' \
        '{"z":1,"m":0,"a":{"y":1,"b":4,"n":3}}' | delta-chain add --ndjson h
    assert_equal "$(blamed h)" '2 /a/b 4
1 /a/n 3
0 /a/y 1
2 /m 0
0 /z 1'
}

@test "--ignore, --mask, --array-key" {
    printf '%s\n' '{"a":{"p":1,"q":1},"l":[{"n":1,"m":5},{"n":2,"m":6}]}' \
        '{"a":{"p":2,"q":1},"l":[{"n":2,"m":5},{"n":1,"m":6}]}' | delta-chain add --ndjson h
    assert_equal "$(blamed h --ignore=/l)" '1 /a/p 2
0 /a/q 1'
    assert_equal "$(blamed h --mask=/a --only=/a)" '1 /a "***"'
    assert_equal "$(blamed h --mask=/a/q --only=/a)" '1 /a/p 2
0 /a/q "***"'
    assert_equal "$(blamed h --array-key=/l=m --only=/l/*/n)" '1 /l/0/n 2
1 /l/1/n 1'
    assert_equal "$(blamed h --array-key=/l=n --only=/l/*/n)" '0 /l/0/n 2
0 /l/1/n 1'
    run -2 delta-chain blame h --unordered=/a
    run -2 delta-chain blame h 7
}

@test "states that cannot be read are counted, and the status is 1" {
    for n in {1..40}; do echo "{\"n\":$n,\"same\":0}"; done | delta-chain add --ndjson h
    size=$(stat -c %s h)
    printf '\377\377\377\377' | dd of=h bs=1 seek=$((size / 2)) conv=notrunc status=none
    run -1 delta-chain verify h
    assert_equal "$(delta-chain get h)" '{"n":40,"same":0}'
    run -1 --separate-stderr delta-chain blame h
    [[ $stderr == *"states cannot be read"* ]]
    [[ $output == *"    39  "*"/n  40"*"     0  "*"/same  0"* ]]
}

# RANDOM_BLAMES=200 is the full count.
@test "random histories: as the model that was edited says, compacted too" {
    command -v python3 >/dev/null || skip "no python3"
    for ((seed = ${RANDOM_SEED:-1}; seed < ${RANDOM_SEED:-1} + ${RANDOM_BLAMES:-40}; seed++)); do
        rm -f h
        python3 "$BATS_TEST_DIRNAME/random/blame.py" "$seed" .
        delta-chain add --ndjson h states
        [ $((seed % 2)) = 0 ] || delta-chain compact h
        blamed h | LC_ALL=C sort >got
        LC_ALL=C sort blame | diff - got || fail "seed $seed"
        blamed h --tolerance='/**=0' >got
        blamed h --numeric | diff - got || fail "seed $seed: --tolerance"
    done
}

@test "git blame of indented states says the same where each leaf is a line" {
    command -v git >/dev/null || skip "no git"
    command -v python3 >/dev/null || skip "no python3"
    python3 - <<'END' >states
import json, random
rng, n = random.Random(5), 0
state = {f"k{i:02}": f"first {i}" for i in range(30)}
state["zz"] = 0
for step in range(30):
    for _ in range(step and rng.randrange(1, 4)):
        n += 1
        key = f"k{rng.randrange(40):02}"
        if key in state and rng.random() < .2:
            del state[key]
        else:
            state[key] = f"value {n}"
    print(json.dumps(state, sort_keys=True))
END
    git init -q g
    git -C g config user.email a@b
    git -C g config user.name a
    n=0
    while read -r state; do
        jq -S . <<<"$state" >g/s.json
        git -C g add s.json
        git -C g commit -q --allow-empty -m "$n"
        n=$((n + 1))
    done <states
    delta-chain add --ndjson h states
    git -C g blame --line-porcelain s.json |
        awk '/^summary / { n = $2 } /^\t +"/ { gsub(/[":,]/, ""); print n, "/" $1 }' >want
    blamed h | cut -d' ' -f1,2 | diff want -
}

@test "--numeric: another text of a number sets nothing" {
    printf '%s\n' '{"a":1,"l":[1,2],"o":[{"id":"x","v":5}]}' '{"l":[1,2.0],"o":[{"id":"x","v":5.0}],"a":1.0}' \
        '{"a":2,"l":[3,1.0,2],"o":[{"id":"y","v":1},{"id":"x","v":5}]}' '{"a":2e0,"l":[3,1,2],"o":[{"id":"y","v":1},{"id":"x","v":5.00}]}' >states
    delta-chain add --ndjson h states
    assert_equal "$(blamed h --numeric | cut -d' ' -f1,2)" "2 /a
2 /l/0
0 /l/1
0 /l/2
2 /o/0/id
2 /o/0/v
0 /o/1/id
0 /o/1/v"
    assert_equal "$(delta-chain blame --numeric -f changes --only=/a h | jq -c 'del(.time)')" \
        "$(delta-chain blame -f changes --only=/a h | jq -c '.revision = 2 | del(.time)')"
}

@test "--tolerance, --embedded, --keys-only: what they leave out sets nothing" {
    printf '%s\n' '{"n":100,"m":7,"j":"{\"a\":1,\"b\":2}","l":[{"id":1,"v":10}]}' \
        '{"n":104,"m":8,"j":"{\"b\": 2, \"a\": 1}","l":[{"id":2,"v":1},{"id":1,"v":11}]}' \
        '{"n":108,"m":8,"j":"{\"b\": 3}","l":[{"id":1,"v":13},{"id":2,"v":1}]}' \
        '{"n":112,"m":"x","k":0,"j":"{\"b\": 3}","l":[{"id":1,"v":14},{"id":2,"v":1}]}' | delta-chain add --ndjson h
    # 108 is out of bounds from 100; 112 is not from 108, and is shown.
    assert_equal "$(blamed h --tolerance=/n=5 --only=/n)" '2 /n 112'
    assert_equal "$(blamed h --tolerance=/n=4 --only=/n)" '2 /n 112'
    assert_equal "$(blamed h --tolerance=/n=12 --only=/n)" '0 /n 112'
    assert_equal "$(blamed h --only=/n)" '3 /n 112'
    # By percentage, of elements that move.
    assert_equal "$(blamed h --tolerance='/l/*/v=10%' --only='/l/*/v')" '2 /l/0/v 14
1 /l/1/v 1'
    assert_equal "$(blamed h 1 --embedded=/j --only=/j | cut -d' ' -f1,2)" '0 /j'
    assert_equal "$(blamed h --embedded=/j --only=/j | cut -d' ' -f1,2)" '2 /j'
    assert_equal "$(blamed h --keys-only --ignore=/l | cut -d' ' -f1,2)" '0 /j
3 /k
0 /m
0 /n'
    printf '%s\n' --tolerance=/n=12 --only=/n --unordered=/l >./rules
    assert_equal "$(blamed h --rules=./rules)" '0 /n 112'
}

@test "an array that is shuffled keeps its blame: --unordered is refused" {
    printf '%s\n' '{"l":["a","b","c","d","e"]}' '{"l":["e","c","a","d","b"]}' \
        '{"l":["b","f","a","e","d","c"]}' | delta-chain add --ndjson h
    assert_equal "$(blamed h)" '0 /l/0 "b"
2 /l/1 "f"
0 /l/2 "a"
0 /l/3 "e"
0 /l/4 "d"
0 /l/5 "c"'
    run -2 --separate-stderr delta-chain blame --unordered=/l h
    assert_one_error delta-chain 'no effect: --unordered; elements keep their blame where they move'
}

@test "--mask holds within the JSON of strings, with --embedded" {
    for n in 1 2; do
        jq -nc --arg n $n '{e:({tok:"s3cret\($n)",u:$n,l:[{p:"s3cret"}]}|tojson),f:"{\"tok\":1}",a:["{\"p\":\"s3cret\"}"]}'
    done | delta-chain add --ndjson -t 60 m
    run -0 --separate-stderr delta-chain blame --embedded=/e --embedded='/a/*' --mask=/e/tok --mask='/e/l/*/p' \
        --mask='/a/0/p' m
    [[ $output != *s3cret* ]] || fail "$output"
    assert_equal "$output" '     0  1970-01-01T00:01:00Z      /a/0  "{\"p\":\"***\"}"
     1  1970-01-01T00:01:00Z      /e  "{\"l\":[{\"p\":\"***\"}],\"tok\":\"***\",\"u\":\"2\"}"
     0  1970-01-01T00:01:00Z      /f  "{\"tok\":1}"'
    run -0 --separate-stderr delta-chain blame -f changes --embedded=/e --mask=/e m
    assert_equal "$(jq -c 'select(.path == "/e").value' <<<"$output")" '"***"'
}
