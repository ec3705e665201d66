# JSON Patch (RFC 6902) and merge patch (RFC 7396), written and applied, beside other programs.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# states OLD NEW: the files old.json and new.json
states()
{
    printf '%s' "$1" >old.json
    printf '%s' "$2" >new.json
}

# A few pairs of states, one a line, old and new separated by a tab.
pairs()
{
    cat <<'PAIRS'
{"a":1}	{"a":1}
1	[1]
{"a":{"b":[1,2,3]},"c~/d":1}	{"a":{"b":[3,1,2]},"e":1,"c~/d":2}
[1,2,3,4,5,6,7,8,9]	[9,2,10,4,1,3,"x",6,5]
[{"n":1,"v":1},{"n":2,"v":2},{"n":3,"v":3}]	[{"n":3,"v":3},{"n":1,"v":9},{"m":1}]
{"old":{"deep":[1,2,3]},"x":{"y":{"z":1}}}	{"new":{"deep":[1,2,3]},"x":{"y":{"z":null}}}
[[],[[]],[[],[[]]]]	[[[],[[]]],[],[[]],[1]]
{"":{"":1}}	{"":{"":[]," ":0}}
{"t":"a line\nanother line\nand one more, so that it is long enough\n"}	{"t":"a line\nanother\nand one more, so that it is long enough\n"}
["a","b","a","c","a"]	["a","a","a","b"]
PAIRS
}

@test "a JSON Patch that we write leads to the new state, with and without tests" {
    while IFS=$'\t' read -r old new; do
        states "$old" "$new"
        for test in "" --test; do
            # shellcheck disable=SC2086 # may be none
            delta-diff -f json-patch $test --exit-zero -o patch old.json new.json
            assert_equal "$(wc -l <patch)" 1
            run -0 delta-apply old.json patch
            assert_equal "$output" "$(delta-diff --canonical new.json)"
        done
    done < <(pairs)
}

@test "elements that move and members that are renamed are moves" {
    states '{"l":[1,2,3,4],"old":{"x":1}}' '{"l":[4,1,2,3],"new":{"x":1}}'
    run -1 delta-diff -f json-patch old.json new.json
    assert_equal "$output" '[{"op":"move","from":"/l/3","path":"/l/0"},{"op":"move","from":"/old","path":"/new"}]'
}

@test "--test guards what is replaced, moved or removed" {
    states '{"a":1,"b":2}' '{"a":2,"c":null}'
    run -1 delta-diff -f json-patch --test old.json new.json
    assert_equal "$output" '[{"op":"test","path":"/a","value":1},{"op":"replace","path":"/a","value":2},{"op":"test","path":"/b","value":2},{"op":"remove","path":"/b"},{"op":"add","path":"/c","value":null}]'
    delta-diff -f json-patch --test --exit-zero -o patch old.json new.json
    echo '{"a":1.0,"b":20e-1}' >alike.json
    run -0 delta-apply alike.json patch
    assert_equal "$output" '{"a":2,"c":null}'
    echo '{"a":1,"b":3}' >other.json
    run -1 --separate-stderr delta-apply other.json patch
    assert_one_error delta-apply 'operation 2 \(test\)'
    assert_equal "$output" ""
}

@test "an array is taken for a JSON Patch, also after records, and from standard input" {
    states '{"a":1}' '{"a":2}'
    delta-diff --exit-zero -o record old.json new.json
    echo ' [ {"op":"add","path":"/b","value":1} ]' >patch
    run -0 delta-apply old.json record patch
    assert_equal "$output" '{"a":2,"b":1}'
    run -0 delta-apply old.json <patch
    assert_equal "$output" '{"a":1,"b":1}'
    run -2 --separate-stderr delta-apply -f record old.json patch
    assert_one_error delta-apply
    run -2 --separate-stderr delta-apply -R old.json patch
    assert_one_error delta-apply 'cannot be reversed'
    run -2 --separate-stderr delta-apply --no-base patch
    assert_one_error delta-apply 'need a BASE'
}

@test "a patch that fails leaves nothing half done" {
    echo '{"a":1}' >state.json
    echo '[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/c"}]' >patch
    run -1 --separate-stderr delta-apply -i state.json patch
    assert_one_error delta-apply '/c: operation 1 \(remove\): there is no such member'
    assert_equal "$(cat state.json)" '{"a":1}'
    echo '[{"op":"add","path":"b","value":1}]' >patch
    run -2 --separate-stderr delta-apply -i state.json patch
    assert_one_error delta-apply 'operation 0'
    echo '[{"op":"add","path":"/b","value":1,"op":"remove"}]' >patch
    run -2 --separate-stderr delta-apply -i state.json patch
    assert_one_error delta-apply "duplicate key"
    assert_equal "$(cat state.json)" '{"a":1}'
}

@test "a merge patch leads to the new state, or is refused with the pointer of the null" {
    while IFS=$'\t' read -r old new; do
        states "$old" "$new"
        case $new in *null*) continue ;; esac
        delta-diff -f merge-patch --exit-zero -o patch old.json new.json
        run -0 delta-apply -f merge-patch old.json patch
        assert_equal "$output" "$(delta-diff --canonical new.json)"
    done < <(pairs)
    states '{"a":{"b":1}}' '{"a":{"b":null}}'
    run -2 --separate-stderr delta-diff -f merge-patch old.json new.json
    assert_one_error delta-diff '/a/b: a merge patch cannot set null'
    assert_equal "$output" ""
}

@test "equal states: an empty patch, status 0" {
    echo '{"a":[1]}' >a.json
    run -0 delta-diff -f json-patch a.json a.json
    assert_equal "$output" "[]"
    run -0 delta-diff -f merge-patch a.json a.json
    assert_equal "$output" "{}"
}

@test "many operations on one array take time that grows with them" {
    { printf '['; seq -s , 1 40000; printf ']'; } >old.json
    { printf '['; seq 1 40000 | shuf --random-source=<(yes) | paste -sd,; printf ']'; } >new.json
    timeout 60 delta-diff -f json-patch --exit-zero -o patch old.json new.json
    timeout 60 delta-apply -o out.json old.json patch
    assert_equal "$(cat out.json)" "$(delta-diff --canonical new.json)"
}

@test "python3-jsonpatch makes the same of our JSON Patches" {
    python3 -c 'import jsonpatch' 2>/dev/null || skip "no python3-jsonpatch"
    while IFS=$'\t' read -r old new; do
        states "$old" "$new"
        delta-diff -f json-patch --test --exit-zero -o patch old.json new.json
        run -0 python3 -c '
import json, jsonpatch
old, new, patch = (json.load(open(name)) for name in ("old.json", "new.json", "patch"))
assert jsonpatch.apply_patch(old, patch) == new, patch'
    done < <(pairs)
}

# Sets `package` to the folder of an npm package, which is in the cache already or fetched into it.
npm_package()
{
    command -v node >/dev/null || skip "no node"
    package=$("$TOP/scripts/fetch-data" "$1" 2>/dev/null) || skip "$1 cannot be fetched"
}

@test "fast-json-patch makes the same of our JSON Patches" {
    npm_package fast-json-patch@3.1.1
    while IFS=$'\t' read -r old new; do
        states "$old" "$new"
        delta-diff -f json-patch --test --exit-zero -o patch old.json new.json
        run -0 node -e '
const fs = require("fs"), assert = require("assert");
const [old, next, patch] = ["old.json", "new.json", "patch"].map((f) => JSON.parse(fs.readFileSync(f)));
const {applyPatch} = require(process.argv[1] + "/commonjs/core.js");
assert.deepStrictEqual(applyPatch(old, patch, true).newDocument, next);' "$package"
    done < <(pairs)
}

@test "rfc6902 makes the same of our JSON Patches" {
    npm_package rfc6902@5.1.2
    while IFS=$'\t' read -r old new; do
        states "$old" "$new"
        delta-diff -f json-patch --test --exit-zero -o patch old.json new.json
        cat >run.mjs <<'SCRIPT'
import fs from "fs";
import assert from "assert";
const module = await import("file://" + process.argv[2] + "/dist/rfc6902.js");
const applyPatch = module.applyPatch ?? module.default.applyPatch;
const [old, next, patch] = ["old.json", "new.json", "patch"].map((f) => JSON.parse(fs.readFileSync(f)));
const holder = {root: old};
const errors = applyPatch(holder, patch.map((op) => ({...op, path: "/root" + op.path,
    ...(op.from === undefined ? {} : {from: "/root" + op.from})})));
assert(errors.every((e) => e === null), String(errors));
assert.deepStrictEqual(holder.root, next);
SCRIPT
        run -0 node run.mjs "$package"
    done < <(pairs)
}

@test "a patch that copies what it changes, again and again, is refused before memory is used up" {
    python3 - <<'END'
import json
with open("array.json", "w") as file:
    json.dump({"a": [0] * 50000}, file)
for name, second in (("copies", {"op": "copy", "from": "/a", "path": "/b"}),
                     ("tests", {"op": "test", "path": "/a/1", "value": 0})):
    with open(name, "w") as file:
        json.dump([op for i in range(3000) for op in (
            {"op": "replace", "path": "/a/0", "value": i}, second)], file)
END
    under_sanitizers || ulimit -v 600000
    run --separate-stderr -2 delta-apply array.json copies
    assert_one_error delta-apply "operation [0-9]+ .*copied or tested between changes within it"
    # Nothing is put together for an element.
    run -0 delta-apply -n array.json tests
}

@test "a record is not merged as if it were a merge patch" {
    printf '{"a":1}' >old.json
    printf '{"a":2}' >new.json
    delta-diff --exit-zero -o record old.json new.json
    run -2 --separate-stderr delta-apply -f merge-patch old.json record
    assert_equal "$output" ''
    assert_equal "$stderr" 'delta-apply: record: a delta record, not a JSON Merge Patch: apply it without -f'
    # What only has such a member is one.
    run -0 delta-apply -f merge-patch old.json - <<<'{"format":"delta-record/1"}'
    assert_equal "$output" '{"a":1,"format":"delta-record/1"}'
}
