# Streams of states of many things: --by, --keyed, --end-when, and back by delta-apply.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# A stream of states, and what must come of it: see tests/random/keyed.py.
make_stream()
{
    : "${SEED:=$RANDOM}"
    echo "# SEED=$SEED"
    python3 "$TOP/tests/random/keyed.py" "$SEED" "${1-400}" >stream
}

# A watch as kubectl get -w --output-watch-events -o json prints it, with a relist in the middle.
make_watch()
{
    python3 - >watch.json <<'PY'
import json
def event(kind, uid, name, version, phase, **more):
    print(json.dumps({"type": kind, "object": {"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "resourceVersion": str(version), "uid": uid},
        "status": dict(phase=phase, **more)}}, indent=4))
event("ADDED", "u1", "web-1", 1, "Pending")
event("ADDED", "u2", "web-2", 2, "Running")
event("MODIFIED", "u1", "web-1", 3, "Running", podIP="10.0.0.1")
event("DELETED", "u2", "web-2", 4, "Running")
event("ADDED", "u1", "web-1", 3, "Running", podIP="10.0.0.1")
event("ADDED", "u3", "web-2", 5, "Pending")
event("MODIFIED", "u3", "web-2", 6, "Running")
PY
}

WATCH=(--ndjson --by=/object/metadata/name --state-from=/object --end-when=/type=DELETED)

# ---- Laws ----------------------------------------------------------------------------------------

@test "random streams: each state comes back with its key, whatever layout, format and cache" {
    make_stream
    for format in -fjson -z "-z --standalone" -r "-s none"; do
        # shellcheck disable=SC2086
        delta-diff --ndjson --by=/meta/id --end-when=/end --keyed $format -t 0 --cache=2K stream >lines
        delta-apply --keyed lines >made
        assert_same_bytes made states
        delta-apply --keyed --cache=0 <lines >made
        assert_same_bytes made states
        # Without --keyed the records are the same, and say their keys themselves.
        # shellcheck disable=SC2086
        delta-diff --ndjson --by=/meta/id --end-when=/end $format -t 0 stream | delta-apply --ndjson --cache=3K >made
        cut -f 2- states | grep . | cmp - made
    done
}

@test "random streams: what is written does not depend on the cache" {
    make_stream
    for format in '-fjson -t 0' -ftext -fchanges; do
        # shellcheck disable=SC2086 # words
        delta-diff --ndjson --by=/meta/id --end-when=/end $format stream >want
        for cache in 0 1 2000 64M; do
            # shellcheck disable=SC2086 # words
            delta-diff --ndjson --by=/meta/id --end-when=/end $format --cache=$cache stream >got
            assert_same_bytes got want
        done
    done
}

@test "random streams: a record for each state, each from the one before of its key" {
    make_stream
    delta-diff --ndjson --by=/meta/id --end-when=/end -t 0 stream >records
    python3 - <<'PY'
import json
last = {}
for record, op in zip(map(json.loads, open("records")), open("ops"), strict=True):
    key, op = op.rstrip("\n").rsplit("\t", 1)
    assert record["key"] == key, (record, key)
    assert record.get("base") == last.get(key), record
    assert (record["strategy"] == "removed") == (op == "remove"), record
    assert (record["strategy"] == "none") == (op == "add"), record
    assert (record.get("base") == record.get("target")) == (op == "same"), record
    last[key] = record.get("target")
PY
}

@test "random streams: text has a heading for each that is not the same, and counts them" {
    make_stream
    delta-diff --ndjson --by=/meta/id --end-when=/end -f text stream >text
    { grep -v '^ ' text | sed '$d'; } >headings
    python3 - <<'PY'
mark = {"add": "+ ", "remove": "- ", "change": "", "same": None}
want = []
for line in open("ops", encoding="utf-8"):
    key, op = line.rstrip("\n").rsplit("\t", 1)
    if mark[op] is not None:
        want.append(mark[op] + key)
got = open("headings", encoding="utf-8").read().split("\n")[:-1]
assert got == want, (got, want)
PY
    count() { cut -f 2 ops | grep -c -x "$1"; }
    assert_equal "$(tail -n 1 text)" "$(count add) states added, $(count remove) removed, $(count change) changed, $(count same) the same"
}

@test "random streams: KEY TAB STATE in, the same records out" {
    make_stream
    # What the states are sorted by makes no difference to what a record says.
    sorted() { sed 's/^[^\t]*\t//' | jq -cS '[.key, .strategy, .base, .target, .changes, .removed_keys, .value]'; }
    delta-diff --ndjson --by=/meta/id --end-when=/end --keyed -t 0 stream | sorted >want
    delta-diff --keyed -t 0 states | sorted >got
    assert_same_bytes got want
}

@test "base64 lines are packed records, and mix with JSON" {
    make_stream 60
    delta-diff --ndjson --by=/meta/id --end-when=/end --keyed -z -t 0 stream >packed
    delta-diff --ndjson --by=/meta/id --end-when=/end -z -t 0 stream >want
    python3 -c 'import base64, sys
for line in open("packed", "rb"):
    sys.stdout.buffer.write(base64.b64decode(line.rstrip(b"\n").split(b"\t")[1], validate=True))' >got
    assert_same_bytes got want
    # Lines of another system.
    sed 's/$/\r/; 7a\ ' packed | delta-apply --keyed | cmp - states
    delta-diff --keyed -t 0 states >json
    { head -n 20 packed; tail -n +21 json; } | delta-apply --keyed | cmp - states
}

# ---- Merging -------------------------------------------------------------------------------------

@test "random streams: one record a key, which does what all of that key do" {
    make_stream
    for format in -fjson "-z --standalone"; do
        # shellcheck disable=SC2086
        delta-diff --ndjson --by=/meta/id --end-when=/end --keyed $format -t 0 stream >all
        for part in 150 1; do
            # shellcheck disable=SC2086
            { head -n $part all | delta-merge --keyed; tail -n +$((part + 1)) all | delta-merge --keyed $format; } >merged
            delta-apply --keyed merged >made
            python3 - $part >want <<'PY'
import sys
states = [line.rstrip("\n").split("\t", 1) for line in open("states", encoding="utf-8")]
part = int(sys.argv[1])
for half in states[:part], states[part:]:
    last = {}
    for key, state in half:
        last[key] = state
    for key in last:  # in the order in which they came first
        print(key + "\t" + last[key])
PY
            assert_same_bytes made want
        done
    done
}

@test "merging: a key that ended and returned, text, an empty shard" {
    printf 'a\t{"v":1}\na\t{"v":2}\na\t\na\t{"v":3}\nb\t{"v":7}\nb\t{"v":8}\n' >states
    delta-diff --keyed -t 0 states >records
    { head -n 1 records; tail -n +2 records | grep '^a' | delta-merge --keyed; } | delta-apply --keyed >made
    printf 'a\t{"v":1}\na\t{"v":3}\n' | cmp - made
    run -0 delta-merge --keyed </dev/null
    assert_equal "$output" ""
    run -0 delta-merge --keyed -f text < <(sed -n '2p;6p' records)
    assert_equal "$output" 'a
  ~ /v  -> 2
b
  ~ /v  -> 8'
    for option in --base=states --concurrent --format=bsdiff; do
        run -2 --separate-stderr delta-merge --keyed $option records
        assert_one_error delta-merge
    done
    run -2 --separate-stderr delta-merge --keyed <<<'{}'
    assert_one_error delta-merge 'standard input:1:1: expected a key, a tab and a record'
}

# ---- Two files -----------------------------------------------------------------------------------

@test "random files: --by OLD NEW matches states by key" {
    make_stream 300
    python3 - <<'PY'
import json
states = [line.rstrip("\n").split("\t", 1) for line in open("states", encoding="utf-8")]
old = {k: v for k, v in dict(states[:120]).items() if v}
new = {k: v for k, v in dict(states[100:]).items() if v}
for name, side in ("old", old), ("new", new):
    with open(name, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(json.loads(v), indent=len(v) % 3 or None) + "\n" for v in side.values())
with open("want", "w", encoding="utf-8") as file:
    for k, v in new.items():
        if old.get(k) != v:
            file.write(("+ " if k not in old else "") + k + "\n")
    for k in sorted(old.keys() - new.keys(), key=lambda k: k.encode()):
        file.write("- " + k + "\n")
with open("after", "w", encoding="utf-8") as file:
    file.writelines(f"{k}\t{v}\n" for k, v in sorted(new.items()))
PY
    delta-diff --by=/meta/id -f text --exit-zero old new >text
    grep -v '^ ' text | sed '$d' | cmp - want
    for format in '-fjson -t 0' -ftext -fchanges; do
        # shellcheck disable=SC2086 # words
        delta-diff --by=/meta/id $format --exit-zero old new >first
        # shellcheck disable=SC2086 # words
        delta-diff --by=/meta/id $format --exit-zero --cache=0 old new | cmp - first
    done
    # The old file, and then what changed, is the new file.
    {
        delta-diff --ndjson --by=/meta/id old
        run -1 delta-diff --by=/meta/id -f json old new
        printf '%s\n' "$output"
    } | python3 -c '
import json, sys
for line in sys.stdin:
    print(json.loads(line)["key"], line, sep="\t", end="")' | delta-apply --keyed >made
    python3 - <<'PY'
last = dict(line.rstrip("\n").split("\t", 1) for line in open("made", encoding="utf-8"))
got = "".join(f"{k}\t{v}\n" for k, v in sorted(last.items()) if v)
assert got == open("after", encoding="utf-8").read(), got
PY
}

@test "two files: the status, a key that is there twice, what has no effect" {
    printf '{"k":"a","v":1}\n{"k":"b"}\n' >old
    printf '{"v":1.0,"k":"a"}{"k":"b"}' >new
    cat new new >twice
    cat old old >again
    run -1 delta-diff --by=/k -q old new
    assert_equal "$output" ""
    run -0 delta-diff --by=/k -f json --numeric old new
    assert_equal "$output" ""
    run -0 delta-diff --by=/k --exit-zero -f changes old new
    assert_equal "$(jq -c '[.op, .key, .path, .line, .column]' <<<"$output")" '["change","a","/v",1,2]'
    run -2 --separate-stderr delta-diff --by=/k old twice
    assert_one_error delta-diff 'twice:1:27: a second state has the key a'
    run -2 --separate-stderr delta-diff --by=/k again new
    assert_one_error delta-diff 'again:3:1: a second state has the key a'
    for option in --stat --fail-on=add --explain --end-when=/x -fmarkdown -fjson-patch; do
        run -2 --separate-stderr delta-diff --by=/k --ignore=/x $option old new
        assert_one_error delta-diff
    done
}

# ---- Canonical forms and digests -----------------------------------------------------------------

@test "random streams: canonical forms and digests, with keys and without" {
    make_stream 100
    grep -v "$(printf '\t$')" states >those
    cut -f 2- those >values
    delta-diff --canonical --ndjson values | cmp - values
    delta-diff --canonical --keyed states | cmp - states
    delta-diff --ndjson --by=/meta/id --canonical --keyed values | cmp - those
    head -n 5 values | while IFS= read -r value; do
        delta-diff --digest - <<<"$value" | cut -d ' ' -f 1
    done >want
    delta-diff --digest --ndjson values | head -n 5 | cmp - want
    delta-diff --digest --keyed those | head -n 5 | cut -f 2 | cmp - want
    printf '{"k":1,"s":{"p":"x"}}' >one
    run -0 delta-diff --canonical --ndjson --state-from=/s --mask=/p one
    assert_equal "$output" '{"p":"***"}'
    for option in --cache=1M --end-when=/x --time-from=/k --mask=/k -z -ftext; do
        run -2 --separate-stderr delta-diff --canonical --ndjson --by=/k --keyed $option one
        assert_one_error delta-diff
    done
}

# ---- Watching ------------------------------------------------------------------------------------

@test "a watch as kubectl prints it: the end and the return of an object are reported" {
    make_watch
    run -0 --separate-stderr delta-diff "${WATCH[@]}" -f text --ignore=/metadata/resourceVersion watch.json
    assert_equal "$output$stderr" '+ web-1
+ web-2
web-1
  ~ /status/phase  "Pending" -> "Running"
  + /status/podIP  "10.0.0.1"
- web-2
+ web-2
web-2
  ~ /status/phase  "Pending" -> "Running"
3 states added, 1 removed, 2 changed, 1 the same'
}

@test "a watch as changes, at their lines" {
    make_watch
    delta-diff "${WATCH[@]}" -f changes watch.json >changes
    run -0 jq -c '[.op, .key, .path, .line, .column]' changes
    assert_equal "${lines[0]}" '["add","web-1","",3,5]'
    python3 - <<'PY'
import json
text = [""] + open("watch.json").read().split("\n")
for change in map(json.loads, open("changes")):
    name = change["path"].rsplit("/", 1)[-1] or "object"
    assert text[change["line"]][change["column"] - 1:].startswith('"%s"' % name), change
PY
    # Values that share a line, with a state within the line.
    printf '{"k":1,"v":{"a":1}} {"k":1,"v":{"a":2}}{"k":2,"v":{}}{"k":1,"v":{}}' >one
    run -0 delta-diff --ndjson --by=/k --state-from=/v -f changes one
    run -0 jq -c '[.op, .key, .path, .line, .column]' <<<"$output"
    assert_equal "$output" '["add","1","",1,8]
["change","1","/a",1,33]
["add","2","",1,47]
["remove","1","/a",1,33]'
}

@test "an end needs no state, and what was never there does not end" {
    printf '{"k":"a","gone":true}\n{"k":"a","s":1}\n{"k":"a","gone":true}\n{"k":"a","gone":true}\n{"k":"a","s":1}\n' >lines
    run -0 --separate-stderr delta-diff --ndjson --by=/k --state-from=/s --end-when=/gone -f text lines
    assert_equal "$output$stderr" '+ a
- a
+ a
2 states added, 1 removed'
}

@test "the time of a record is that of its line" {
    printf '{"k":1,"t":"2024-05-01T12:00:00Z"}\n{"k":1,"t":5.25}\n' >lines
    run -0 delta-diff --ndjson --by=/k --time-from=/t lines
    assert_equal "$(jq -c .timestamp <<<"$output" | xargs)" "1714564800 5.25"
    run -2 --separate-stderr delta-diff --ndjson --by=/k --time-from=/k --timestamp=3 lines
    assert_one_error delta-diff 'exclude each other'
    printf '{"k":1,"t":"noon"}\n' >lines
    run -2 --separate-stderr delta-diff --ndjson --by=/k --time-from=/t lines
    assert_one_error delta-diff 'lines:1:1: /t: invalid time'
}

@test "each record is out before the next state comes" {
    mkfifo in out
    delta-diff --ndjson --by=/k <in >out 3>&- &
    exec 7>in 8<out
    for n in 1 2 3; do
        printf '{\n"k": %d\n}\n' "$n" >&7
        IFS= read -r -t 20 -u 8 line || fail "nothing came of $n"
        assert_equal "$(jq .key <<<"$line")" "\"$n\""
    done
    exec 7>&-
    wait $!
    exec 8<&-
}

@test "tolerance is held against the state that the key's records led to" {
    printf '%s\n' '{"k":"a","v":10}' '{"k":"b","v":50}' '{"k":"a","v":11}' '{"k":"b","v":52}' \
        '{"k":"a","v":12}' '{"k":"a","v":13}' >lines
    run -0 delta-diff --ndjson --by=/k --tolerance=/v=2 --cache=0 -f text lines
    assert_equal "$output" '+ a
+ b
a
  ~ /v  10 -> 13
2 states added, 1 changed, 3 the same'
}

# ---- Refusals ------------------------------------------------------------------------------------

@test "a bad line: its place in the message, status 2, and what was before it stands" {
    printf '{"k":1}\n{\n "k": 2,\n "x" 3\n}\n' >lines
    run -2 --separate-stderr delta-diff --ndjson --by=/k lines
    assert_one_error delta-diff 'lines:4:6: '
    assert_equal "${#lines[@]}" 1
    printf '{"k":1}\n{"k":2,"x":{}}\n{"x":[]}\n' >lines
    run -2 --separate-stderr delta-diff --ndjson --by=/k lines
    assert_one_error delta-diff 'lines:3:1: /k: the key is missing'
    run -2 --separate-stderr delta-diff --ndjson --by=/k --state-from=/x <lines
    assert_one_error delta-diff 'standard input:1:1: /x: missing'
    run -2 --separate-stderr delta-diff --keyed lines
    assert_one_error delta-diff 'lines:1:1: expected a key, a tab and a value'
}

@test "a masked key is refused, not shown" {
    printf '{"id":{"secret":"hunter2"},"x":1}\n' >lines
    for by in /id /id/secret /x,/id/secret; do
        run -2 --separate-stderr delta-diff --ndjson --by=$by --mask='/**/secret' lines
        assert_one_error delta-diff 'the key is masked'
        [[ $output$stderr != *hunter2* ]] || fail "the secret is shown"
    done
    run -0 delta-diff --ndjson --by=/x --mask='/**/secret' lines
    [[ $output != *hunter2* ]] || fail "the secret is shown"
}

@test "records of another key, without one, or damaged" {
    printf 'a\t{"v":1}\na\t{"v":2}\n' | delta-diff --keyed -t 0 >good
    run -2 --separate-stderr delta-apply --keyed < <(sed 's/^a/b/' good)
    assert_one_error delta-apply 'standard input:1:1: the record has another key'
    run -2 --separate-stderr delta-apply --keyed < <(cut -f 2 good)
    assert_one_error delta-apply 'standard input:1:1: expected a key, a tab and a record'
    run -2 --separate-stderr delta-apply --keyed < <(head -n 1 good; printf 'a\t\n')
    assert_one_error delta-apply 'standard input:2:1: expected a record'
    assert_equal "$output" "$(printf 'a\t{"v":1}')"
    run -2 --separate-stderr delta-apply --keyed < <(printf 'a\tAAA*\n')
    assert_one_error delta-apply 'standard input:1:1: invalid base64'
    run -2 --separate-stderr delta-apply --keyed < <(sed '2s/$/ {}/' good)
    assert_one_error delta-apply 'standard input:2:1: unexpected data after the record'
    run -2 --separate-stderr delta-apply --keyed < <(sed '2s/2/3/' good)
    assert_one_error delta-apply 'standard input:2:1: '
    run -1 --separate-stderr delta-apply --keyed < <(sed -n '1p;2p;2p' good)
    assert_one_error delta-apply 'standard input:3:1: '
    # A packed record that is cut short.
    printf 'a\t{"v":1}\n' | delta-diff --keyed -z -t 0 | cut -c 1-40 >cut
    run -2 --separate-stderr delta-apply --keyed cut
    assert_one_error delta-apply 'cut:1:1: '
}

@test "options without effect are refused" {
    refuse()
    {
        run -2 --separate-stderr "$@" /dev/null
        assert_one_error "$1"
    }
    refuse delta-diff --by=/k --git
    refuse delta-diff --ndjson --by=k
    refuse delta-diff --ndjson --by=/k,k
    refuse delta-diff --ndjson --end-when=/x
    refuse delta-diff --ndjson --by=/k --end-when=x
    refuse delta-diff --ndjson --cache=1M
    refuse delta-diff --ndjson -f text
    refuse delta-diff --ndjson --by=/k --exit-zero
    refuse delta-diff --ndjson --by=/k --brief
    refuse delta-diff --ndjson --by=/k --stat
    refuse delta-diff --ndjson --by=/k -f text -z
    refuse delta-diff --ndjson --by=/k --keyed -f text
    refuse delta-diff --ndjson --by=/k -f markdown
    refuse delta-diff --ndjson --by=/k --state-from=x
    refuse delta-diff /dev/null --state-from=/x
    refuse delta-apply --cache=1M /dev/null
    refuse delta-apply --keyed --reverse
    refuse delta-apply --keyed --indent
}

@test "memory does not grow with the number of states" {
    under_sanitizers && skip "the sanitizers keep freed memory"
    python3 -c '
for round in range(2):
    for n in range(8000):
        print("{\"k\":%d,\"r\":%d,\"x\":[%s]}" % (n, round, ",".join(map(str, range(200)))))' >many
    peak=$(python3 -c '
import resource, subprocess
subprocess.run(["delta-diff", "--ndjson", "--by=/k", "--cache=2M", "many"], stdout=open("records", "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    [ "$peak" -lt 20000 ] || fail "delta-diff: $peak KiB"
    peak=$(python3 -c '
import resource, subprocess
subprocess.run(["delta-apply", "--ndjson", "--cache=2M", "records"], stdout=open("made", "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    [ "$peak" -lt 20000 ] || fail "delta-apply: $peak KiB"
    assert_same_bytes made many
}
