# The strategies, what auto makes of them, and the other programs that read their payloads.

load helpers

setup_file()
{
    # Pairs of states that each ask for something else.
    cd "$BATS_FILE_TMPDIR" || return
    python3 - <<'PY'
import json, random
random.seed(7)

def write(name, value):
    with open(name + ".json", "w") as file:
        json.dump(value, file)

def word():
    return "".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(8))

items = [{"id": i, "name": word(), "value": random.random()} for i in range(1200)]
write("many-old", {"items": items, "title": "many", "note": "x"})
items = json.loads(json.dumps(items))
items[5]["value"] = 1
del items[100]
write("many-new", {"items": items, "title": "many", "note": "y", "more": [1, None]})

write("nothing-old", {word(): word() for _ in range(900)})
write("nothing-new", {word(): word() for _ in range(900)})

text = " ".join(word() for _ in range(15000))
write("string-old", text)
write("string-new", text[:50000] + "changed" + text[50020:])

opaque = "".join(random.choice("0123456789abcdef") for _ in range(100000))
write("opaque-old", {"blob": opaque, "n": 1})
write("opaque-new", {"blob": opaque[30000:] + opaque[:30000], "n": 2})

write("order-old", items)
write("order-new", random.sample(items, len(items)))
write("turned-old", items)
write("turned-new", items[700:] + items[:700])

write("byte-old", 1)
write("byte-new", 2)
write("kind-old", {"a": [1, 2]})
write("kind-new", [])
write("grown-old", {})
write("grown-new", {"items": items})
write("equal-old", {"a": 1, "b": [1, {"c": "é"}]})
write("equal-new", {"b": [1, {"c": "\u00e9"}], "a": 1})
PY
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    for state in "$BATS_FILE_TMPDIR"/*.json; do
        ln -s "$state" .
    done
    PAIRS=(many nothing string opaque order turned byte kind grown equal)
    STRATEGIES=(dict binary reference compress none)
}

# What status diff has for a pair.
differs()
{
    [ "$1" = equal ] && echo 0 || echo 1
}

# diff PAIR [OPTION]... : writes the record to `record` and its report to `report`.
diff_pair()
{
    local pair=$1 status=0
    shift
    delta-diff -t 0 --report=json "$@" "$pair-old.json" "$pair-new.json" >record 2>report || status=$?
    assert_equal "$status" "$(differs "$pair")"
}

# The record makes the new state of the old one, byte for byte.
assert_applies()
{
    delta-apply "$1-old.json" record >made
    delta-diff --canonical "$1-new.json" >wanted
    assert_same_bytes made wanted
}

chosen()
{
    jq -r '.strategies | keys[]' report
}

tried()
{
    jq -r ".tried.\"$1\"" report
}

size_of()
{
    stat -L -c %s "$1"
}

# ---- Each strategy -------------------------------------------------------------------------------

@test "every strategy, in both spellings, gives the new state back" {
    for pair in "${PAIRS[@]}"; do
        for strategy in auto "${STRATEGIES[@]}"; do
            for spelling in -fjson -fpacked -z1 -z19 "-z --standalone"; do
                # shellcheck disable=SC2086
                diff_pair "$pair" -s "$strategy" $spelling
                [ "$strategy" = auto ] || assert_equal "$(chosen)" "$strategy"
                assert_applies "$pair"
            done
        done
    done
}

@test "a record refuses different base, whatever its strategy" {
    for strategy in "${STRATEGIES[@]}"; do
        diff_pair many -s "$strategy"
        run -1 --separate-stderr delta-apply opaque-old.json record
        assert_equal "$output" ""
        assert_one_error delta-apply "different base"
    done
}

@test "equal input, options and timestamp give equal bytes" {
    for pair in many opaque; do
        for strategy in auto "${STRATEGIES[@]}"; do
            for spelling in -fjson -fpacked; do
                diff_pair "$pair" -s "$strategy" "$spelling" -m who=me -u
                mv record first
                SOURCE_DATE_EPOCH=0 delta-diff -s "$strategy" "$spelling" -m who=me -u \
                    "$pair-old.json" "$pair-new.json" >record || [ $? -eq 1 ]
                assert_same_bytes first record
            done
        done
    done
}

@test "key order, spaces and escapes of the states do not show in the record" {
    echo '{"a":"\u00e9","b":[1,2],"c":0}' >one.json
    printf '{ "c" : 0,\n "b" : [ 1 , 2 ],\t"a":"\xc3\xa9" }\n' >two.json
    echo '{"a":"e","b":[1,2,3]}' >new.json
    for strategy in "${STRATEGIES[@]}"; do
        for spelling in -fjson -fpacked; do
            delta-diff -t 0 -s "$strategy" "$spelling" one.json new.json >first || [ $? -eq 1 ]
            delta-diff -t 0 -s "$strategy" "$spelling" two.json new.json >second || [ $? -eq 1 ]
            assert_same_bytes first second
        done
    done
}

@test "full records apply with --no-base, others do not" {
    delta-diff --canonical many-new.json >wanted
    for strategy in compress none; do
        for spelling in -fjson -fpacked; do
            diff_pair many -s "$strategy" "$spelling"
            delta-apply --no-base record >made
            assert_same_bytes made wanted
            delta-apply --no-base <record >made
            assert_same_bytes made wanted
        done
    done
    for strategy in dict binary reference; do
        diff_pair many -s "$strategy"
        run -2 --separate-stderr delta-apply --no-base record
        assert_equal "$output" ""
        assert_one_error delta-apply
    done
}

@test "--reversible means dict, and says so when it cannot be" {
    diff_pair many -r -z
    assert_equal "$(chosen)" dict
    delta-apply -R many-new.json record >made
    delta-diff --canonical many-old.json >wanted
    assert_same_bytes made wanted
    run -2 --separate-stderr delta-diff -r -s binary many-old.json many-new.json
    assert_one_error delta-diff "cannot be combined with --strategy: it needs the strategy dict"
}

# ---- auto ----------------------------------------------------------------------------------------

@test "auto, as JSON, is dict" {
    for pair in "${PAIRS[@]}"; do
        diff_pair "$pair"
        assert_equal "$(chosen)" dict
        assert_equal "$(jq -r .strategy record)" dict
    done
    # Of an object to an object by members, however much of it is new.
    diff_pair nothing
    assert_equal "$(jq '(.changes | length), (.removed_keys | length), has("value")' record | xargs)" \
        "900 900 false"
}

@test "auto, packed, is never larger than any it may choose" {
    for pair in "${PAIRS[@]}"; do
        diff_pair "$pair" -z
        auto=$(size_of record)
        for strategy in dict reference compress none; do
            diff_pair "$pair" -z -s "$strategy"
            # Equal states give an empty patch, a few bytes though it has.
            [ "$pair" = equal ] || [ "$auto" -le "$(size_of record)" ] ||
                fail "$pair: auto has $auto bytes, $strategy $(size_of record)"
        done
    done
}

@test "auto, packed, of a few changes: dict, and nothing else is tried" {
    diff_pair many -z
    assert_equal "$(chosen)" dict
    [ "$(size_of record)" -lt 200 ]
    assert_equal "$(tried reference) $(tried compress)" "null null"
}

@test "auto, packed, of states that share nothing: all are tried, the least is taken" {
    diff_pair nothing -z
    for strategy in dict reference compress none; do
        [ "$(tried "$(chosen)")" -le "$(tried $strategy)" ]
    done
    [ "$(size_of record)" -lt "$(size_of nothing-new.json)" ]
}

@test "auto, packed, of one huge string: a few bytes" {
    diff_pair string -z
    assert_equal "$(chosen)" dict
    [ "$(size_of record)" -lt 150 ]
}

@test "auto, packed, of a string turned around within: no larger than reference" {
    diff_pair opaque -z
    [ "$(size_of record)" -lt 300 ]
}

@test "auto, packed, of a list in another order: moves" {
    diff_pair turned -z
    assert_equal "$(chosen)" dict
    [ "$(size_of record)" -lt 100 ]
    diff_pair order -z
    assert_equal "$(chosen)" dict
    # Less than two bytes and a half an element: a permutation of 1,200 has log2(1200!)/8 = 1,318.
    [ "$(size_of record)" -lt 3000 ]
}

@test "auto, packed, of states of one byte, and of another kind" {
    for pair in byte kind; do
        diff_pair "$pair" -z
        [ "$(size_of record)" -lt 60 ]
        assert_applies "$pair"
    done
}

@test "equal states: an empty patch in every spelling, status 0" {
    diff_pair equal
    assert_equal "$(jq -c '[.strategy, .changes, .removed_keys, has("nested")]' record)" '["dict",{},[],false]'
    assert_equal "$(jq '.base == .target' record)" true
    diff_pair equal -z
    assert_equal "$(chosen)" dict
    [ "$(size_of record)" -lt 60 ]
    assert_applies equal
}

# ---- Other programs ------------------------------------------------------------------------------

@test "bspatch applies what --format=bsdiff writes" {
    for pair in "${PAIRS[@]}"; do
        delta-diff --canonical "$pair-old.json" | tr -d '\n' >old
        delta-diff --canonical "$pair-new.json" | tr -d '\n' >new
        run -"$(differs "$pair")" delta-diff --format=bsdiff -o patch "$pair-old.json" "$pair-new.json"
        bspatch old made patch
        assert_same_bytes made new
    done
}

@test "bspatch applies the payload of a binary record" {
    diff_pair many -s binary
    jq -r .payload record | base64 -d >patch
    delta-diff --canonical many-old.json | tr -d '\n' >old
    delta-diff --canonical many-new.json | tr -d '\n' >new
    bspatch old made patch
    assert_same_bytes made new
}

@test "delta-apply applies what bsdiff made: by --format, and by its magic" {
    for pair in "${PAIRS[@]}"; do
        delta-diff --canonical "$pair-old.json" >old
        delta-diff --canonical "$pair-new.json" >new
        for end in cat 'tr -d \n'; do # with a newline at the end of the files, and without
            $end <old >old.bytes
            $end <new >new.bytes
            bsdiff old.bytes new.bytes patch
            delta-apply --format=bsdiff "$pair-old.json" patch >made
            assert_same_bytes made new
            delta-apply "$pair-old.json" <patch >made
            assert_same_bytes made new
        done
    done
}

@test "a bsdiff patch of other files makes no state" {
    head -c 3000 /dev/urandom >old.bytes
    head -c 3000 /dev/urandom >new.bytes
    bsdiff old.bytes new.bytes patch
    run --separate-stderr delta-apply many-old.json patch
    [ "$status" -ne 0 ]
    assert_equal "$output" ""
    assert_one_error delta-apply
    # Cut anywhere, it is an error too.
    delta-diff --format=bsdiff -o patch many-old.json many-new.json || [ $? -eq 1 ]
    for length in 8 31 32 40 $(($(size_of patch) - 1)); do
        head -c "$length" patch >cut
        run --separate-stderr delta-apply -f bsdiff many-old.json cut
        [ "$status" -ne 0 ]
        assert_equal "$output" ""
        assert_one_error delta-apply
    done
}

@test "zstd decodes the payload of a reference record, and of a compressed one" {
    for pair in many opaque string; do
        delta-diff --canonical "$pair-old.json" | tr -d '\n' >old
        delta-diff --canonical "$pair-new.json" | tr -d '\n' >new
        diff_pair "$pair" -s reference
        jq -r .payload record | base64 -d >payload.zst
        rm -f made
        zstd -q -d --long=31 --patch-from=old payload.zst -o made
        assert_same_bytes made new
        diff_pair "$pair" -s compress
        jq -r .payload record | base64 -d | zstd -q -d >made
        assert_same_bytes made new
    done
}

# ---- Reports -------------------------------------------------------------------------------------

@test "--report: a line for people, on standard error" {
    run -1 --separate-stderr delta-diff -z --report -o record many-old.json many-new.json
    assert_equal "$output" ""
    assert_one_error delta-diff \
        '^delta-diff: dict; 4 operations, [0-9]+ bytes to [0-9]+, ratio [0-9.]+, [0-9.]+ s'
    run -1 --separate-stderr delta-diff -z --report -o record nothing-old.json nothing-new.json
    # What was not chosen, in braces.
    assert_one_error delta-diff 'none [0-9]+'
}

@test "--report=json: what the record says" {
    for strategy in "${STRATEGIES[@]}"; do
        diff_pair many -s "$strategy"
        assert_equal "$(jq -c '[.records, .strategies, .original_size, .compressed_size]' report)" \
            "$(jq -c '[1, {(.strategy): 1}, .original_size, .compressed_size]' record)"
        assert_equal "$(jq '.ratio * 100 | round' report)" "$(jq '.compression_ratio * 100 | round' record)"
        jq -e '.seconds >= 0' report
    done
    diff_pair many
    assert_equal "$(jq -c .operations report)" '{"set":3,"removed":0,"other":1}'
    assert_equal "$(jq '.compressed_size == .size_bytes' record)" true
    assert_equal "$(jq .original_size record)" "$(delta-diff --canonical many-new.json | tr -d '\n' | wc -c)"
}

@test "--report of a stream: the totals" {
    printf '%s\n' '{"a":1}' '{"a":2}' '{"b":3,"a":2}' >states
    run -0 --separate-stderr delta-diff --ndjson --report=json -o records states
    report=$stderr
    assert_equal "$(jq -c '[.records, .strategies, .operations]' <<<"$report")" \
        '[3,{"dict":2,"none":1},{"set":2,"removed":0,"other":0}]'
    assert_equal "$(jq .original_size <<<"$report")" "$(tr -d '\n' <states | wc -c)"
    assert_equal "$(jq .compressed_size <<<"$report")" "$(jq -s 'map(.compressed_size) | add' records)"
    run -0 --separate-stderr delta-diff --ndjson --report -o records states
    assert_one_error delta-diff '3 records: dict 2, none 1; 2 operations'
}

# ---- As the first version had it -----------------------------------------------------------------

@test "--shallow: whole top-level keys" {
    echo '{"a":{"b":1,"c":2},"d":[1,2,3],"e":0,"f":1}' >old.json
    echo '{"a":{"b":1,"c":3},"d":[1,2,3,4],"f":1}' >new.json
    delta-diff --shallow -t 0 old.json new.json >record || [ $? -eq 1 ]
    assert_equal "$(jq -c '[.changes, .removed_keys, has("nested")]' record)" \
        '[{"a":{"b":1,"c":3},"d":[1,2,3,4]},["e"],false]'
    delta-apply old.json record | cmp - <(delta-diff --canonical new.json)
    for member in timestamp changes removed_keys metadata compression_ratio size_bytes checksum; do
        jq -e "has(\"$member\")" record || [ "$member" = metadata ]
    done
}

@test "a record that the first version wrote is read" {
    cat >record <<'R'
{"timestamp": 1700000000.25, "changes": {"a": 2, "x": {"y": 1}}, "removed_keys": ["b"], "metadata": {}, "compression_ratio": 1.2, "size_bytes": 40, "checksum": "0123456789abcdef0123456789abcdef"}
R
    echo '{"a":1,"b":2,"c":3}' | delta-apply - record >made
    assert_equal "$(cat made)" '{"a":2,"c":3,"x":{"y":1}}'
}

@test "--include-unchanged: the members that stayed, and their number" {
    echo '{"a":1,"b":[2],"c":3}' >old.json
    echo '{"a":1,"b":[2],"c":4}' >new.json
    delta-diff -u -t 0 old.json new.json >record || [ $? -eq 1 ]
    assert_equal "$(jq -c '[.unchanged, .unchanged_keys]' record)" '[{"a":1,"b":[2]},["a","b"]]'
}

# ---- What a large state is packed beside ---------------------------------------------------------

# 2,000 hosts with counters, 0.5 MB; in NEW each tenth counter is one more, each hundredth host has a
# text and a member that resemble those of its neighbours, and an array has elements more.
make_hosts()
{
    python3 - "$@" <<'END'
import json, random, sys
source = random.Random(5)
def host(n):
    return {"serial": f"{source.randrange(10**12):012}", "seen": source.randrange(10**6, 10**7),
            "note": f"rack {n // 40}, unit {n % 40}, bought {2000 + n % 20} by the team of site {n % 7}",
            "links": [f"eth{port}@{source.randrange(10**6)}" for port in range(4)]}
state = {f"host-{n:04}": host(n) for n in range(2000)}
json.dump(state, open("hosts-old.json", "w"))
shuffled = list(state.items())
source.shuffle(shuffled)
json.dump({key: dict(reversed(value.items())) for key, value in shuffled},
          open("hosts-shuffled.json", "w"), indent=1)
for n, (key, one) in enumerate(list(state.items())):
    if n % 10 == 0:
        one["seen"] += 1
    if n % 100 == 0:
        one["note"] += ", moved to site 12"
        one["links"].insert(2, "eth9@" + str(source.randrange(10**6)))
        state[key + "b"] = host(n)
json.dump(state, open("hosts-new.json", "w"))
END
}

# assert_packed NEW LEVEL... [-- OPTION...]: at each level the record from the hosts to NEW, which is
# the same whatever the order of keys, fits both; and is smaller than what the tool for bytes makes.
assert_packed()
{
    local new=$1 level levels=() old
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        levels+=("$1")
        shift
    done
    delta-diff --canonical "$new" >wanted
    for level in "${levels[@]}"; do
        delta-diff "-z$level" "${@:2}" -t 0 hosts-old.json "$new" >record || [ $? -eq 1 ]
        delta-diff "-z$level" "${@:2}" -t 0 hosts-shuffled.json "$new" >again || [ $? -eq 1 ]
        assert_same_bytes again record
        for old in hosts-old.json hosts-shuffled.json; do
            delta-apply "$old" record >made
            assert_same_bytes made wanted
        done
    done
    zstd -q -f -19 --long=27 --patch-from=hosts-old.json "$new" -o peer
    [ "$(size_of record)" -lt "$(size_of peer)" ]
}

@test "a large state: packed beside the surroundings of what changed, whatever the order of keys" {
    make_hosts
    assert_packed hosts-new.json 3 9 13 19
    delta-diff -r -z -t 0 hosts-old.json hosts-new.json >record || [ $? -eq 1 ]
    delta-diff --canonical hosts-old.json >wanted
    delta-apply -R hosts-new.json record >made
    assert_same_bytes made wanted
    # Shown beside its base, as it is without.
    delta-diff -t 0 hosts-old.json hosts-new.json >plain || [ $? -eq 1 ]
    delta-merge --base=hosts-old.json record | jq -S '.nested' >shown
    jq -S '.nested' plain >expected
    assert_same_bytes shown expected
}

@test "a large state that changes much: packed beside what it holds once, whatever the order of keys" {
    make_hosts
    jq -c 'with_entries(.value = {new: .value, old: .key})' hosts-new.json >many.json
    assert_packed many.json 9 13 19 -- -s dict
}

@test "counters: a number that moved by a step costs next to nothing" {
    jq -nc '[range(3000)] | map({key: "c\(.)", value: (100000 + . * 7919 % 99991)}) | from_entries' >c-old.json
    jq -c 'map_values(. + 1)' c-old.json >c-new.json
    delta-diff -z -t 0 c-old.json c-new.json >record || [ $? -eq 1 ]
    [ "$(size_of record)" -lt 200 ]
    delta-apply c-old.json record >made
    delta-diff --canonical c-new.json >wanted
    assert_same_bytes made wanted
    # What has one new value is not told by steps.
    jq -c 'map_values(123456)' c-old.json >c-new.json
    delta-diff -z -t 0 c-old.json c-new.json >record || [ $? -eq 1 ]
    [ "$(size_of record)" -lt 200 ]
    delta-apply c-old.json record >made
    delta-diff --canonical c-new.json >wanted
    assert_same_bytes made wanted
}

@test "a version added to many tables: what it has as the one before costs next to nothing" {
    python3 - <<'END'
import json, random
source = random.Random(3)
state = {f"feature-{n * 7919 % 9973}": {"text": f"about {n}", "stats": {
    str(version): source.choice("yna") for version in range(100, 140)}} for n in range(400)}
json.dump(state, open("v-old.json", "w"))
for one in state.values():
    one["stats"]["140"] = one["stats"]["139"]
    if source.random() < 0.01:
        one["stats"]["140"] = "new"
state["feature-0"]["stats"]["141"] = 7
json.dump(state, open("v-new.json", "w"))
END
    delta-diff -z -t 0 v-old.json v-new.json >record || [ $? -eq 1 ]
    [ "$(size_of record)" -lt 160 ]
    delta-diff --canonical v-new.json >wanted
    for level in 1 9 19; do
        delta-diff "-z$level" -r -t 0 v-old.json v-new.json >record || [ $? -eq 1 ]
        delta-apply v-old.json record >made
        assert_same_bytes made wanted
        delta-apply -R v-new.json record >made
        delta-diff --canonical v-old.json >back
        assert_same_bytes made back
    done
    # Nothing is beside a member where it is shown without its base.
    delta-diff -z --standalone -t 0 v-old.json v-new.json >record || [ $? -eq 1 ]
    delta-apply v-old.json record >made
    assert_same_bytes made wanted
}

@test "much that changes: whether columns are smaller is seen from slices of it" {
    python3 - <<'END'
import json
number = 1
def below(bound):
    global number
    number = number * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
    return (number >> 33) % bound
for name in "old", "new":
    hosts = {f"host{n}": {"load": below(10 ** 6), "path": f"/srv/{below(9)}/" + "x" * below(9),
                          "up": below(2) == 1, "zone": ("north-east", "south-west")[below(2)]}
             for n in range(60000)}
    keys = {f"key{n}": "%064x" % (below(1 << 31) << 128 | below(1 << 31)) for n in range(20000)}
    json.dump(hosts, open(f"hosts-{name}", "w"))
    json.dump(keys, open(f"keys-{name}", "w"))
END
    for of in hosts keys; do
        delta-diff --canonical $of-new >wanted
        for level in 1 9; do
            delta-diff "-z$level" -t 0 $of-old $of-new >$of-record || [ $? -eq 1 ]
            delta-apply $of-old $of-record >made
            assert_same_bytes made wanted
            mv $of-record $of-record$level
        done
    done
    # By rows the hosts take 500 kB at level 1.
    [ "$(size_of hosts-record1)" -lt 450000 ]
}
