# -f changes: every command that writes it, and the schema of a line.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    echo '{"a":1,"l":[{"id":1,"v":1},{"id":2,"v":[1,2,3]},{"id":3}],"gone":null,"t":"x"}' >o.json
    echo '{"a":2,"l":[{"id":3},{"id":2,"v":[1,3,4]},{"id":1,"v":1}],"new":{"k":[]},"t":"y"}' >n.json
}

# valid FILE: each line of it is valid
valid()
{
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import jsonschema' 2>/dev/null && break
    done
    "$python" -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
    "$python" - "$TOP/cmd/report/changes.schema.json" "$1" <<'PY'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
lines = open(sys.argv[2]).read().splitlines()
assert lines
for line in lines:
    validator.validate(json.loads(line))
PY
}

@test "changes: what each command writes fits the schema" {
    delta-diff -f changes o.json n.json >lines || true
    assert_equal "$(jq -r .op lines | sort -u | tr '\n' ' ')" 'add change move remove '
    delta-diff o.json n.json >record || true
    delta-merge -f changes record >>lines
    delta-merge -f changes --base=o.json record >>lines
    jq -c . o.json n.json o.json >states
    delta-diff --ndjson -f changes states >>lines
    delta-diff --ndjson -f changes --mask='/**/v' states >>lines
    mkdir p q
    cp o.json p/both.json
    cp n.json q/both.json
    cp o.json p/old.json
    cp n.json q/new.json
    delta-diff -f changes p q >>lines || true
    delta-chain add h o.json
    delta-chain add h n.json
    delta-chain show -f changes h 1 >>lines
    delta-chain log -f changes h >>lines
    [ "$(wc -l <lines)" -gt 60 ]
    valid lines
}

@test "changes: places and elements that are named by lone surrogates" {
    printf '{"\\ud83d":1,"l":[{"id":"\\ude00","v":1}]}' >lone-old
    printf '{"\\ud83d":2,"l":[{"id":"\\ude00","v":2}]}' >lone-new
    run -1 delta-diff -f changes lone-old lone-new
    assert_equal "$output" '{"op":"change","path":"/l/0/v","label":"id=\ude00","old":1,"new":2,"line":1,"column":33}
{"op":"change","path":"/\ud83d","old":1,"new":2,"line":1,"column":2}'
    delta-chain add -t 0 lone lone-old lone-new
    run -0 delta-chain blame -f changes lone
    [[ $output == *'"path":"/\ud83d","value":2'* ]] || fail "$output"
    # As a merge driver with a virtual base.
    printf '{"\\ud83d":3,"l":[]}' >lone-theirs
    cp lone-new ours
    run -1 delta-merge --git --virtual-base lone-old ours lone-theirs 7 p
    [[ $output != *UTF-8* ]] || fail "$output"
}

@test "changes: the schema refuses what is not a change" {
    echo '{"op":"add","path":"","new":1}' >line
    valid line
    while read -r line; do
        echo "$line" >line
        ! valid line 2>/dev/null || fail "$line"
    done <<'END'
{"op":"replace","path":"","new":1}
{"op":"add","path":"a","new":1}
{"op":"add","path":"/a~2","new":1}
{"op":"add","path":"/a"}
{"op":"add","path":"/a","old":1,"new":1}
{"op":"remove","path":"/a","new":1}
{"op":"move","path":"/a"}
{"op":"move","path":"/a","from":"/b","new":1}
{"op":"change","path":"/a","from":"/b","new":1}
{"op":"change","path":"/a","new":1,"line":0,"column":1}
{"op":"change","path":"/a","new":1,"column":1}
{"path":"/a","new":1}
[]
END
}

@test "changes: of a stream, with the line in the stream" {
    printf '{"a":1,"b":[1,2]}\n\n{"b":[1],  "a":2}\n{"b":[1],"a":2}\n{"c":1}\n' >states
    run -0 delta-diff --ndjson -f changes states
    assert_equal "$output" '{"op":"add","path":"","new":{"a":1,"b":[1,2]},"line":1,"column":1}
{"op":"change","path":"/a","old":1,"new":2,"line":3,"column":12}
{"op":"remove","path":"/b/1","old":2,"line":1,"column":15}
{"op":"remove","path":"/a","old":2,"line":4,"column":10}
{"op":"remove","path":"/b","old":[1],"line":4,"column":2}
{"op":"add","path":"/c","new":1,"line":5,"column":2}'
    printf '{"a":1}\n{bad\n' >states
    run -2 --separate-stderr delta-diff --ndjson -f changes states
    assert_equal "${#lines[@]}" 1
    run -2 delta-diff --ndjson -f github states
    run -2 delta-diff --ndjson -f text states
}

@test "changes: of records, with their key, and beside the base with the old values" {
    mkdir p q
    cp o.json p/k.json
    cp n.json q/k.json
    delta-diff p q >record || true
    run -0 delta-merge -f changes record
    assert_equal "$(jq -c '[.key,.old]' <<<"${lines[0]}")" '["k.json",null]'
    run -0 delta-merge -f changes --base=o.json record
    assert_equal "$(jq -c 'select(.path=="/a")|[.op,.old,.new]' <<<"$output")" '["change",1,2]'
    delta-diff -f changes o.json n.json | jq -c 'del(.line,.column)' >expected || true
    jq -c 'del(.key)' <<<"$output" >got
    run -0 diff expected got
}

@test "changes: values of long strings that changed in part, and of what was replaced" {
    python3 - <<'PY'
import json
text = "".join(f"line {i}\n" for i in range(400))
old = {"t": text, "l": [{"id": i, "t": text + str(i)} for i in range(5)], "o": {"a": 1, "b": text}}
new = {"t": text.replace("line 7\n", "LINE 7\n"), "l": [{"id": i, "t": text + str(i + 1)} for i in range(5)],
       "o": {"b": text + "x", "c": [text]}}
json.dump(old, open("o.json", "w"))
json.dump(new, open("n.json", "w"))
PY
    delta-diff -f changes o.json n.json >lines || true
    valid lines
    assert_equal "$(jq -c 'select(.path=="/t")|.new' lines)" "$(jq -c .t n.json)"
    assert_equal "$(jq -c 'select(.path=="/l/3/t")|[.old,.new]' lines)" \
        "$(jq -c -n '[input.l[3].t,input.l[3].t]' o.json n.json)"
    assert_equal "$(jq -c 'select(.path=="/o/c")|.new' lines)" "$(jq -c .o.c n.json)"
}
