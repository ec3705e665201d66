# Two directories, and the formats that report on many files: changes, github, markdown, junit, sarif.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p a/x b/x
    printf '{\n  "n": 1,\n  "list": [\n    {"id": 1, "v": 1},\n    {"id": 2, "v": 2}\n  ]\n}\n' >a/x/c.json
    printf '{\n  "n": 2,\n  "list": [\n    {"id": 1, "v": 1},\n    {"id": 2, "v": 3}\n  ],\n  "k": "a`b"\n}\n' >b/x/c.json
    echo '{"s":1}' >a/same.json
    echo '{ "s": 1 }' >b/same.json
    echo '{"old":1}' >a/removed.json
    echo '{"password":"secret"}' >b/added.json
    echo 'not JSON' >a/notes.txt
}

@test "directories: a heading for each file that differs, and the totals" {
    run -1 --separate-stderr delta-diff -f text a b
    assert_equal "$output" '+ added.json
- removed.json
x/c.json
  + /k  "a`b"
  ~ /list/1/v {id=2}  2 -> 3
  ~ /n  1 -> 2
1 file added, 1 removed, 1 changed, 1 the same'
    assert_equal "$stderr" ""
    run -0 delta-diff -f text a a
    assert_equal "$output" "3 files the same"
}

@test "directories: a bad file is reported and does not hide the others" {
    echo '{bad' >a/bad.json
    echo '{}' >b/bad.json
    run -2 --separate-stderr delta-diff -f text a b
    [[ $output == *'x/c.json'*'1 unreadable' ]]
    [[ $stderr == 'delta-diff: a/bad.json:1:2: '* ]]
    echo '{bad' >b/bad.json # the same bytes are no state either
    run -2 --separate-stderr delta-diff -q a b
    [[ $stderr == *'bad.json:1:2: '* ]]
}

@test "directories: what is below a folder that cannot be read is neither removed nor added" {
    unprivileged=()
    open=$(mktemp -d)
    if [ "$(id -u)" -eq 0 ]; then # who reads everything
        unprivileged=(setpriv --reuid 1009 --regid 1009 --clear-groups)
        mv a b "$open" # the folder of the tests is root's
        cd "$open" || return
        cp "$DELTA_BIN/delta-diff" .
        chmod -R a+rX .
        "${unprivileged[@]}" ./delta-diff --version >/dev/null || skip "cannot become another user here"
    else
        ln -s "$DELTA_BIN/delta-diff" .
    fi
    mkdir -p a/sub/deep b/sub/deep
    echo '{}' | tee a/sub/f.json a/sub/deep/g.json b/sub/f.json >b/sub/deep/g.json
    chmod 755 a/sub b/sub
    echo '{}' >a/sub-.json # sorts between the folder and its files
    for closed in a/sub b/sub b/sub/deep; do
        chmod 0 "$closed"
        run -2 --separate-stderr "${unprivileged[@]}" ./delta-diff -f text a b
        assert_equal "$stderr" "delta-diff: $closed: Permission denied"
        assert_equal "${lines[-1]}" "1 file added, 2 removed, 1 changed, $([ $closed = b/sub/deep ] && echo 2 || echo 1) the same, 1 unreadable"
        [[ $output == *'- sub-.json'* && $output != *'sub/'* ]]
        run -2 --separate-stderr "${unprivileged[@]}" ./delta-diff -t 0 a b
        [[ $output != *'"key":"sub/'* ]]
        chmod 755 "$closed"
    done
    rm -rf "$open"
}

@test "directories: --include and --exclude, in file names, folders and paths" {
    run -1 delta-diff -f text --include='*.json' --exclude=x a b
    assert_equal "${lines[-1]}" "1 file added, 1 removed, 1 the same"
    run -1 delta-diff -f text --include='x/**' a b
    assert_equal "${lines[-1]}" "1 file changed"
    run -1 delta-diff -f text --include='**/c.json' --include=added.json a b
    assert_equal "${lines[-1]}" "1 file added, 1 changed"
    run -0 delta-diff -f text --exclude='*' a b
    assert_equal "$output" "no files"
    run -2 delta-diff --include='*' -f text a/same.json b/same.json
}

@test "directories: symbolic links out of the tree are not followed, links inside it are files" {
    echo '{"secret":1}' >outside.json
    ln -s ../outside.json a/link.json
    ln -s ../outside.json b/link.json
    ln -s same.json a/inner.json
    ln -s same.json b/inner.json
    ln -s .. a/loop
    run -2 --separate-stderr delta-diff -f text a b
    [[ $stderr == *'a/link.json: '*'symbolic link'* ]]
    [[ $output != *secret* ]]
    [[ ${lines[-1]} == *'2 the same, 1 unreadable' ]]
}

@test "directories: what a link or a special file hides is neither removed nor added" {
    mkdir -p p/in p/gone q kept
    echo '{"v":1}' | tee p/in/a.json p/in.json p/gone/b.json p/pipe.json kept/a.json >q/in.json
    ln -s ../kept q/in
    ln -s nowhere q/gone
    mkfifo q/pipe.json
    echo '{"v":1}' >p/link.json
    ln -s pipe.json q/link.json
    for format in text "text --stat"; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr delta-diff -f $format p q
        assert_equal "$stderr" "delta-diff: q/gone: dangling symbolic link
delta-diff: q/in: symbolic link to a directory, not followed
delta-diff: q/link.json: not a regular file
delta-diff: q/pipe.json: not a regular file"
        assert_equal "$output" "1 file the same, 4 unreadable"
    done
    run -2 --separate-stderr delta-diff -t 0 p q
    assert_equal "$output" ""
    run -2 --separate-stderr delta-diff -t 0 q p
    assert_equal "$output" ""
    run -0 --separate-stderr delta-diff -f text --exclude=in --exclude=gone --exclude='pipe*' --exclude='link*' p q
    # where nothing is hidden, they do not count
    rm -r p/gone p/pipe.json p/link.json
    mkdir p/gone
    ln -s ../../kept p/gone/link
    run -0 --separate-stderr delta-diff -f text --exclude=in p q
    assert_equal "$output$stderr" "1 file the same"
    run -0 --separate-stderr delta-diff -f text q q
    assert_equal "$output$stderr" "1 file the same"
}

@test "directories: a file and a directory, or an option of records: a usage error" {
    run -2 delta-diff -f text a b/same.json
    run -2 delta-diff -f json-patch a b
    run -2 delta-diff -f text -z a b
    run -2 delta-diff --fail-on=nothing -f text a b
    run -2 --separate-stderr delta-diff --ndjson --include='*' a/same.json
    assert_one_error delta-diff '--include and --exclude need two directories'
    run -2 --separate-stderr delta-diff --stat --width=40 a b
    assert_one_error delta-diff '--width has no effect with --stat of directories'
    run -2 delta-diff --fail-on=add --exit-zero -f text a b
}

@test "directories: -q, --stat and --exit-zero" {
    run -1 delta-diff -q a b
    assert_equal "$output" ""
    run -0 delta-diff -q --exit-zero a b
    run -1 delta-diff --stat a b
    assert_equal "${lines[0]}" " added.json  file added"
    assert_equal "${lines[2]}" " x/c.json  1 added, 2 changed"
}

@test "directories: --width cuts the lines of text" {
    mkdir p q
    printf '{"k":"%0200d"}' 1 >p/w.json
    printf '{"k":"%0200d"}' 2 >q/w.json
    run -1 delta-diff --width=60 p q
    [ "${#lines[1]}" -le 60 ] || fail "${lines[1]}"
    run -1 delta-diff --width=0 p q
    [ "${#lines[1]}" -gt 400 ]
}

@test "--fail-on: only the named kinds make the status 1" {
    run -1 delta-diff -f text --fail-on=add a/x b/x
    run -1 delta-diff -f text --fail-on=remove,change a/x b/x
    run -0 delta-diff -f text --fail-on=remove,move a/x b/x
    run -0 delta-diff -q --fail-on=move a/x/c.json b/x/c.json
    run -1 delta-diff -q --fail-on=move,add a/x/c.json b/x/c.json
}

@test "changes: one line a change, with the position in the file that has it" {
    run -1 delta-diff -f changes a b
    assert_equal "$output" '{"op":"add","key":"added.json","path":"","new":{"password":"secret"},"line":1,"column":1}
{"op":"remove","key":"removed.json","path":"","old":{"old":1},"line":1,"column":1}
{"op":"add","key":"x/c.json","path":"/k","new":"a`b","line":7,"column":3}
{"op":"change","key":"x/c.json","path":"/list/1/v","label":"id=2","old":2,"new":3,"line":5,"column":15}
{"op":"change","key":"x/c.json","path":"/n","old":1,"new":2,"line":2,"column":3}'
    # what stands at these positions, by another reader
    delta-diff -f changes a b | jq -c 'select(.line>1)|[.line,.column]' | while read -r at; do
        python3 - "$at" <<'PY'
import json, sys
line, column = json.loads(sys.argv[1])
text = open("b/x/c.json").read().split("\n")[line - 1]
assert text[column - 1:].startswith(('"k"', '"v"', '"n"')), text
PY
    done
}

@test "changes: of two files there is no key; a removed member is at its line of the old file" {
    run -1 delta-diff -f changes b/x/c.json a/x/c.json
    assert_equal "${lines[0]}" '{"op":"remove","path":"/k","old":"a`b","line":7,"column":3}'
    run -0 delta-diff -f changes a/same.json b/same.json
    assert_equal "$output" ""
    run -1 delta-diff -f changes /dev/null a/same.json
    assert_equal "$output" '{"op":"add","path":"","new":{"s":1},"line":1,"column":1}'
    run -1 delta-diff -f changes a/same.json /dev/null
    assert_equal "$output" '{"op":"remove","path":"","old":{"s":1},"line":1,"column":1}'
}

@test "changes: elements that moved together are a line each" {
    echo '[1,2,3,4,5,6,7,8,9]' >o.json
    echo '[7,8,1,2,3,4,5,6,9]' >n.json
    run -1 delta-diff -f changes o.json n.json
    assert_equal "$(jq -r '.op+" "+.path+" "+.from' <<<"$output")" 'move /0 /6
move /1 /7'
}

@test "masked values appear in no report" {
    for format in text changes github markdown junit sarif html; do
        run -1 delta-diff -f "$format" --mask=/password --mask=/k a b
        [[ $output != *secret* && $output != *'a`b'* ]] || fail "$format: $output"
    done
}

@test "github: an annotation for each change at its line, at most 50, then how many more" {
    run -1 delta-diff -f github --fail-on=change a b
    assert_equal "$output" '::notice file=b/added.json::file added
::notice file=a/removed.json::file removed
::notice file=b/x/c.json,line=7,col=3::+ /k  "a`b"
::error file=b/x/c.json,line=5,col=15::~ /list/1/v {id=2}  2 -> 3
::error file=b/x/c.json,line=2,col=3::~ /n  1 -> 2'
    jq -n '[range(80)]' >o.json
    jq -n '[range(80)|.+1000]' >n.json
    run -1 delta-diff -f github o.json n.json
    assert_equal "${#lines[@]}" 51
    [[ ${lines[50]} == '::notice::'*' more changes are not listed'* ]]
}

@test "github: a member that was removed is at its element, whatever came or went before that" {
    printf '[\n{"id":1},\n{"id":2,"x":1}\n]' >o.json
    printf '[\n{"id":2},\n{"id":3}\n]' >n.json
    run -1 delta-diff -f github o.json n.json
    assert_equal "$output" '::error file=n.json,line=1,col=1::- /0 {id=1}  {"id":1}
::error file=n.json,line=2,col=1::- /1/x {id=2}  1
::error file=n.json,line=3,col=1::+ /1 {id=3}  {"id":3}'
    run -1 delta-diff -f changes o.json n.json
    assert_equal "$(jq -c 'select(.op=="remove")|[.path,.line,.column]' <<<"$output")" \
        $'["/0",2,1]\n["/1/x",3,9]'
}

@test "github: nothing of a state or a file name is taken for a command" {
    mkdir p q
    printf '{"a":"x"}' >"p/we,ird:%.json"
    printf '{"a":"x\\n::error::y%%0A"}' >"q/we,ird:%.json"
    run -1 delta-diff -f github p q
    assert_equal "$output" '::error file=q/we%2Cird%3A%25.json,line=1,col=2::~ /a  "x" -> "x\n::error::y%250A"'
}

@test "markdown: folded per file, fenced whatever the values hold, and bounded" {
    printf '{"a":1}' >o.json
    printf '{"a":"````"}' >n.json
    run -1 delta-diff -f markdown o.json n.json
    [[ $output == *'`````diff'*'! /a  1 -> "````"'* ]]
    mkdir many few
    for i in $(seq 900); do printf '{"a":"%0200d"}' 1 >"few/$i.json"; printf '{"a":"%0200d"}' 2 >"many/$i.json"; done
    run -1 delta-diff -f markdown few many
    [ "${#output}" -lt 65536 ]
    [[ ${lines[-1]} == *' more files are not listed.' ]]
}

@test "junit: a test case a file, valid XML" {
    printf '{"a":"<&\\u0001>"}' >b/same.json
    echo '{bad' >a/bad.json
    echo '{}' >b/bad.json
    run -2 --separate-stderr delta-diff -f junit a b
    printf '%s\n' "$output" >report.xml
    python3 - report.xml <<'PY'
import sys, xml.etree.ElementTree as e
root = e.parse(sys.argv[1]).getroot()
suite = root[0]
assert suite.attrib["tests"] == "5", suite.attrib
assert suite.attrib["errors"] == "1" and suite.attrib["failures"] == "4", suite.attrib
assert len(suite) == 5
# What the schema of Jenkins' xunit plugin asks for: elements, where they stand, and attributes.
schema = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": ({"testcase", "properties", "system-out", "system-err"}, {"name"},
                  {"tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id"}),
    "testcase": ({"failure", "error", "skipped", "system-out", "system-err"}, {"name"},
                 {"classname", "time", "file", "line", "assertions", "status"}),
    "failure": (set(), set(), {"message", "type"}),
    "error": (set(), set(), {"message", "type"}),
}
def check(element):
    children, required, optional = schema[element.tag]
    assert required <= set(element.attrib) <= required | optional, (element.tag, element.attrib)
    assert not (element.text or "").strip() or element.tag in ("failure", "error"), element.tag
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        check(child)
assert root.tag == "testsuites"
check(root)
for name in ("tests", "failures", "errors"):
    assert suite.attrib[name].isdigit()
assert sum(c.find("failure") is not None for c in suite) == int(suite.attrib["failures"])
PY
}

@test "sarif: a result for each change at its line, and what could not be read" {
    echo '{bad' >a/bad.json
    echo '{}' >b/bad.json
    mkdir "a/d ir"
    printf '%s' '{"k":"\"\\\u001b ü"}' >"a/d ir/%.json"
    run -2 --separate-stderr delta-diff -f sarif --fail-on=change a b
    printf '%s\n' "$output" >report.sarif
    python3 - report.sarif <<'PY'
import json, sys
log = json.load(open(sys.argv[1]))
assert log["version"] == "2.1.0"
run, = log["runs"]
rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
assert rules == ["add", "remove", "change", "move"], rules
def place(result):
    location, = result["locations"]
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical.get("region", {}).get("startLine")
results = [(r["ruleId"], r["level"], r["message"]["text"], *place(r)) for r in run["results"]]
assert results == [
    ("add", "note", "file added", "b/added.json", 1),
    ("remove", "note", "file removed", "a/d%20ir/%25.json", 1),
    ("remove", "note", "file removed", "a/removed.json", 1),
    ("add", "note", '+ /k  "a`b"', "b/x/c.json", 7),
    ("change", "error", "~ /list/1/v {id=2}  2 -> 3", "b/x/c.json", 5),
    ("change", "error", "~ /n  1 -> 2", "b/x/c.json", 2),
], results
invocation, = run["invocations"]
note, = invocation["toolExecutionNotifications"]
assert not invocation["executionSuccessful"] and note["level"] == "error"
assert place(note) == ("a/bad.json", 1), note
assert note["message"]["text"].startswith("unexpected 'b'"), note
PY
    printf '%s' '{"a":"\"\\\u001b ü"}' >o.json
    printf '{"a":1}' >n.json
    run -1 delta-diff -f sarif o.json n.json
    assert_equal "$(jq -r '.runs[0].results[0].message.text' <<<"$output")" '~ /a  "\"\\\u001b ü" -> 1'
    run -0 delta-diff -f sarif n.json n.json
    assert_equal "$(jq -c '.runs[0]|[.results, .invocations[0].executionSuccessful]' <<<"$output")" '[[],true]'
}

@test "sarif: at most 25,000 results, then how many more" {
    jq -n '[range(25001)]' >o.json
    jq -n '[range(25001)|"x\(.)"]' >n.json
    delta-diff --exit-zero -f sarif o.json n.json >report.sarif
    assert_equal "$(jq '.runs[0].results|length' report.sarif)" 25000
    assert_equal "$(jq -r '.runs[0].invocations[0].toolExecutionNotifications[0].message.text' report.sarif)" \
        '1 more changes are not listed'
}
