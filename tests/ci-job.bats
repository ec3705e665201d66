# What a job of continuous integration does: two directories of snapshots, a file of rules,
# annotations and a summary. Every line and column is checked by opening the file there.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    # 200 snapshots, each laid out in one of several ways; `expected` has a line for each change that
    # counts: file, kind, pointer.
    python3 - <<'PY'
import copy, json, os, random

r = random.Random(15)
layouts = [dict(indent=2), dict(indent=4), dict(indent=1, separators=(",", " : ")), dict()]
expected = []

def service(n):
    return {"name": f"service-{n}", "replicas": r.randrange(9), "generated": r.random(),
            "labels": {f"l{i}": f"ünï-{i}" for i in range(5)},
            "ports": [{"name": f"p{i}", "port": 8000 + i} for i in range(4)],
            "nested": {"a/b": {"~": [1, 2, {"deep": True}]}}}

for n in range(200):
    folder = f"team-{n % 7}"
    os.makedirs(f"old/{folder}", exist_ok=True)
    os.makedirs(f"new/{folder}", exist_ok=True)
    name = f"{folder}/s{n:03}.json"
    old = service(n)
    new = copy.deepcopy(old)
    new["generated"] = r.random()  # noise
    if n % 13 == 0:
        new["replicas"] += 1
        expected.append((name, "~", "/replicas"))
    if n % 17 == 0:
        new["labels"]["added"] = "x"
        expected.append((name, "+", "/labels/added"))
    if n % 19 == 0:
        new["ports"][2]["port"] = 1
        expected.append((name, "~", "/ports/2/port"))
    if n % 23 == 0:
        new["nested"]["a/b"]["~"][2]["deep"] = False
        expected.append((name, "~", "/nested/a~1b/~0/2/deep"))
    for side, value in (("old", old), ("new", new)):
        keys = list(value)
        r.shuffle(keys)
        with open(f"{side}/{name}", "w") as f:
            json.dump({k: value[k] for k in keys}, f, **layouts[r.randrange(4)], ensure_ascii=n % 2)
with open("expected", "w") as f:
    for change in sorted(expected):
        print(*change, file=f)
PY
    printf '# set by the generator\n--ignore=/generated\n[team-3/*]\n--ignore=/labels\n' >rules
    grep -v '^team-3/.* /labels' expected >counted
}

@test "CI: annotations stand at the lines and columns of what changed" {
    run -1 --separate-stderr delta-diff --rules=./rules -f github old new
    printf '%s\n' "$output" >annotations
    [ "$(wc -l <counted)" -gt 30 ]
    [ "$(wc -l <counted)" -lt 50 ]
    python3 - <<'PY'
import json, re
got = []
for line in open("annotations"):
    m = re.fullmatch(r"::error file=new/([^,]*),line=(\d+),col=(\d+)::([+~]) (\S+)(?: \{.*?\})?  .*\n", line)
    assert m, line
    name, row, column, kind, pointer = m[1], int(m[2]), int(m[3]), m[4], m[5]
    text = open("new/" + name, "rb").read().split(b"\n")[row - 1][column - 1:].decode()
    step = pointer.rsplit("/", 1)[1].replace("~1", "/").replace("~0", "~")
    assert re.match(json.dumps(step) + r"\s*:", text), (line, text)
    got.append(f"{name} {kind} {pointer}\n")
assert sorted(got) == sorted(open("counted")), (got, open("counted").read())
PY
}

@test "CI: the summary in markdown names each file that changed, and no other" {
    run -1 --separate-stderr delta-diff --rules=./rules -f markdown old new
    assert_equal "$(grep -o '<code>[^<]*' <<<"$output" | sed 's/<code>//')" \
        "$(cut -d' ' -f1 counted | sort -u)"
    files=$(cut -d' ' -f1 counted | sort -u | wc -l)
    assert_equal "${lines[0]}" "**$files files changed, $((200 - files)) the same**"
    [ "${#output}" -lt 65536 ]
}

@test "CI: without rules everything differs, and annotations are bounded" {
    run -1 --separate-stderr delta-diff -f github old new
    assert_equal "${#lines[@]}" 51
    [[ ${lines[50]} == '::notice::'*'200 files changed' ]]
    run -0 delta-diff --rules=./rules -f github --fail-on=remove,move old new
    [[ ${lines[0]} == ::notice* ]]
}
