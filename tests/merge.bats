load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return 1
    echo '{"a":1,"b":[1,2,3],"c":"x"}' >s0
    echo '{"a":2,"b":[3,1,2],"c":"x"}' >s1
    echo '{"b":[3,1,2,9],"c":"x","d":{"k":1}}' >s2
    echo '{"a":5,"b":[3,1,2,9],"c":"x","d":{"k":2}}' >s3
    export SOURCE_DATE_EPOCH=1700000000
}

# record I J [OPTION]...: the record from state I to state J, on standard output
record()
{
    local from=$1 to=$2
    shift 2
    delta-diff --exit-zero "$@" "s$from" "s$to"
}

records()
{
    local i
    for i in 0 1 2; do
        record "$i" $((i + 1)) -t $((100 + i)) -m "n=$i" -m "m$i=1" "$@" >"d$i"
    done
}

# What `git config` needs for a commit, in a repository that no setting of this machine reaches.
new_repository()
{
    export HOME=$BATS_TEST_TMPDIR GIT_CONFIG_NOSYSTEM=1
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.c GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.c
    git init -q -b main repository
    cd repository || return 1
    git config merge.json.driver 'delta-merge -3 -o %A %O %A %B'
    echo '*.json merge=json' >.gitattributes
}

@test "records are squashed: the first base, the last target and time, the metadata of all" {
    records
    delta-merge d0 d1 d2 >all
    assert_equal "$(delta-apply s0 all)" "$(delta-diff --canonical s3)"
    run -0 cat all
    [[ $output == *'"timestamp":102,'* ]]
    [[ $output == *'"metadata":{"n":"2","m0":"1","m1":"1","m2":"1"}'* ]]
    [[ $output == *"\"base\":\"$(delta-diff --digest s0 | cut -c 1-32)\""* ]]
    [[ $output == *"\"target\":\"$(delta-diff --digest s3 | cut -c 1-32)\""* ]]
}

@test "a stream on standard input, of either spelling and both" {
    records
    record 1 2 -z --standalone >d1
    cat d0 d1 d2 | delta-merge >all
    assert_equal "$(delta-apply s0 all)" "$(delta-diff --canonical s3)"
    cat d1 d2 | delta-merge d0 - | cmp - all
}

@test "a record may stand over several lines" {
    records
    python3 -c 'import json,sys; json.dump(json.load(open("d0")), sys.stdout, indent=3)' >wide
    delta-merge d0 d1 >all
    cat wide d1 | delta-merge | cmp - all
}

@test "a key that is set and then removed ends removed; removed and then set ends set only" {
    echo '{"a":1}' >s0
    echo '{}' >s1
    echo '{"a":2}' >s2
    record 0 1 >d0
    record 1 2 >d1
    run -0 delta-merge d0 d1
    [[ $output == *'"changes":{"a":2},"removed_keys":[]'* ]]
    record 2 1 >d2
    run -0 delta-merge d0 d1 d2
    [[ $output == *'"changes":{},"removed_keys":["a"]'* ]]
}

@test "records that do not join: status 1, and both are named" {
    records
    run -1 --separate-stderr delta-merge d0 d2
    assert_one_error delta-merge 'd0 and d2 do not join'
    [ -z "$output" ]
    cat d0 d1 d1 >stream
    run -1 --separate-stderr delta-merge stream
    assert_one_error delta-merge 'stream, record 2 and stream, record 3 do not join'
}

@test "changes that do not join, without digests: status 1, with the pointer" {
    echo '{"changes":{},"removed_keys":["x"]}' >p # as the first version wrote it
    echo '{"x":{"y":1,"z":"more than what changes"}}' >s0
    echo '{"x":{"y":2,"z":"more than what changes"}}' >s1
    record 0 1 >q
    run -1 --separate-stderr delta-merge p q
    assert_one_error delta-merge '/x: '
}

@test "--by-time sorts" {
    records
    delta-merge d0 d1 d2 >all
    delta-merge --by-time d2 d0 d1 | cmp - all
    cat d1 d2 d0 | delta-merge --by-time | cmp - all
    echo '{"changes":{"a":2},"removed_keys":[]}' >timeless
    run -2 --separate-stderr delta-merge --by-time d0 timeless d2
    assert_one_error delta-merge 'timeless has no timestamp'
}

@test "records that carry bytes or are bound need the base, and say so" {
    records
    record 0 1 -z >bound
    record 0 1 -s reference >bytes
    for first in bound bytes; do
        run -2 --separate-stderr delta-merge "$first" d1
        assert_one_error delta-merge "$first.*--base"
        delta-merge --base=s0 "$first" d1 d2 >all
        assert_equal "$(delta-apply s0 all)" "$(delta-diff --canonical s3)"
    done
    run -1 --separate-stderr delta-merge --base=s3 bytes d1
    assert_one_error delta-merge 'different base'
    echo '{"x":{"y":1,"z":"more than what changes"}}' >s4
    echo '{"x":{"y":2,"z":"more than what changes"}}' >s5
    echo '{"changes":{"a":7},"removed_keys":[]}' >plain
    run -1 --separate-stderr delta-merge --base=s4 plain <(record 4 5)
    assert_one_error delta-merge 'different base'
    delta-merge --base=- bound d1 <s0 >all
    assert_equal "$(delta-apply s0 all)" "$(delta-diff --canonical s2)"
}

@test "a full record absorbs what follows it, and replaces what comes before" {
    records
    for strategy in none compress; do
        record 0 1 -s "$strategy" >full
        delta-merge full d1 d2 >all
        grep -q "\"strategy\":\"$strategy\"" all
        assert_equal "$(delta-apply --no-base all)" "$(delta-diff --canonical s3)"
        record 1 2 -s "$strategy" >full
        delta-merge d0 full d2 >all
        grep -q "\"base\":\"$(delta-diff --digest s0 | cut -c 1-32)\"" all
        assert_equal "$(delta-apply s0 all)" "$(delta-diff --canonical s3)"
        run -1 delta-apply s1 all
    done
}

@test "one record is converted, either way" {
    for strategy in dict reference compress none binary; do
        record 0 1 -s "$strategy" -t 5 >plain
        record 0 1 -s "$strategy" -t 5 -z --standalone >standing
        delta-merge -f json plain | cmp - plain
        delta-merge -z --standalone plain | cmp - standing
        delta-merge standing >back
        assert_equal "$(delta-apply s0 back)" "$(delta-diff --canonical s1)"
    done
    record 0 1 -t 5 >plain
    record 0 1 -t 5 -z -s dict >bound
    delta-merge --base=s0 bound | cmp - plain
    delta-merge --base=s0 -z plain | cmp - bound
    run -2 --separate-stderr delta-merge bound
    assert_one_error delta-merge -- --base
    run -1 --separate-stderr delta-merge --base=s1 plain
    assert_one_error delta-merge 'different base'
}

@test "other formats" {
    records
    delta-merge -f json-patch --base=s0 d0 d1 d2 >patch
    delta-apply s0 patch | cmp - <(delta-diff --canonical s3)
    delta-merge -f merge-patch --base=s0 d0 d1 >patch
    delta-apply -f merge-patch s0 patch | cmp - <(delta-diff --canonical s2)
    delta-merge -f bsdiff --base=s0 d0 >patch
    delta-apply -f bsdiff s0 patch | cmp - <(delta-diff --canonical s1)
    delta-merge -f bsdiff --base=s0 d0 d1 >patch
    delta-apply -f bsdiff s0 patch | cmp - <(delta-diff --canonical s2)
    # Such a patch has no way back, and reversible records need none there.
    delta-diff -r s0 s1 >r0 || true
    delta-diff -r s1 s2 >r1 || true
    delta-merge -f bsdiff --base=s0 r0 | delta-apply -f bsdiff s0 | cmp - <(delta-diff --canonical s1)
    delta-merge -f bsdiff --base=s0 r0 r1 | cmp - patch
    delta-merge -f text --base=s0 d0 | cmp - <(delta-diff --exit-zero -f text s0 s1)
    for format in json-patch merge-patch bsdiff; do
        run -2 --separate-stderr delta-merge -f "$format" d0
        assert_one_error delta-merge -- --base
    done
    run -2 delta-merge -f text -z d0
}

@test "-m and -t" {
    records
    run -0 delta-merge -m n=new -m 'q=a=b' -t 7.25 d0 d1
    [[ $output == *'"timestamp":7.25,'* ]]
    [[ $output == *'"metadata":{"n":"new","m0":"1","m1":"1","q":"a=b"}'* ]]
    run -0 delta-merge -m n=new d0
    [[ $output == *'"metadata":{"n":"new","m0":"1"}'* ]]
}

@test "empty input: status 2 and a line" {
    run -2 --separate-stderr delta-merge </dev/null
    assert_one_error delta-merge 'empty'
    : >empty
    records
    run -2 --separate-stderr delta-merge d0 empty
    assert_one_error delta-merge 'empty: empty'
    [ -z "$output" ]
}

@test "a damaged record names its place" {
    records
    { cat d0; echo '{"format":"delta-record/1","strategy":'; } >bad
    run -2 --separate-stderr delta-merge bad
    assert_one_error delta-merge 'bad:[23]:'
    head -c -20 <(record 0 1 -z) >bad
    run -2 --separate-stderr delta-merge --base=s0 bad
    assert_one_error delta-merge 'bad'
}

@test "a masked record is refused" {
    delta-diff --help | grep -q -- --mask || skip "delta-diff makes no masked records"
    record 0 1 --mask=/a >masked
    record 1 2 >d1
    run -2 --separate-stderr delta-merge masked d1
    assert_one_error delta-merge 'masked'
}

@test "reversible records: the squash is reversible, --invert turns it round" {
    records --reversible
    delta-merge d0 d1 d2 >all
    assert_equal "$(delta-apply -R s3 all)" "$(delta-diff --canonical s0)"
    delta-merge --invert all >back
    delta-merge --invert d0 d1 d2 | cmp - back
    assert_equal "$(delta-apply s3 back)" "$(delta-diff --canonical s0)"
    assert_equal "$(delta-apply -R s0 back)" "$(delta-diff --canonical s3)"
    delta-merge --invert back >forth
    assert_equal "$(delta-apply s0 forth)" "$(delta-diff --canonical s3)"
    delta-merge --base=s0 --invert -z d0 d1 d2 >packed
    assert_equal "$(delta-apply s3 packed)" "$(delta-diff --canonical s0)"
    delta-merge --invert -z --standalone d0 >packed
    assert_equal "$(delta-apply s1 packed)" "$(delta-diff --canonical s0)"
    record 0 1 -z --reversible >bound
    delta-merge --base=s0 --invert bound >back
    assert_equal "$(delta-apply s1 back)" "$(delta-diff --canonical s0)"
}

@test "a record that is not reversible says so" {
    records
    run -2 --separate-stderr delta-merge --invert d0
    assert_one_error delta-merge 'not reversible'
    record 0 1 --reversible >d0
    run -2 --separate-stderr delta-merge --invert d0 d1
    assert_one_error delta-merge 'not reversible'
}

@test "--concurrent joins two records of one base" {
    local long='"an element that is longer than what is said of it"'
    echo '{"l":[1,2,'"$long"',3],"o":{"x":1,"y":1},"k":1}' >s0
    echo '{"l":[0,1,2,'"$long"',3],"o":{"x":2,"y":1},"k":1}' >s1
    echo '{"l":[1,2,'"$long"',4],"o":{"x":1,"y":2},"n":5}' >s2
    local want='{"l":[0,1,2,'"$long"',4],"n":5,"o":{"x":2,"y":2}}'
    record 0 1 -m who=one -t 5 >one
    record 0 2 -m who=two -t 4 >two
    delta-merge --concurrent one two >both
    run ! grep '"target"' both
    assert_equal "$(delta-apply s0 both)" "$want"
    grep -q '"timestamp":5,' both
    grep -q '"who":"two"' both
    delta-merge --concurrent --base=s0 one two >both
    grep -q '"target"' both
    assert_equal "$(delta-apply s0 both)" "$want"
    record 0 1 -z >one
    record 0 2 -z >two
    delta-merge --concurrent --base=s0 -z one two >both
    assert_equal "$(delta-apply s0 both)" "$want"
}

@test "--concurrent with conflicts: status 1, no record, unless they are settled" {
    records
    record 0 1 >one
    record 0 3 >two
    run -1 --separate-stderr delta-merge --concurrent --conflicts=found one two
    [[ ${stderr_lines[0]} == *"/a: both"* ]]
    [[ ${stderr_lines[1]} == *"/b: both"* ]]
    [ -z "$output" ]
    grep -q '"pointer": "/a"' found
    delta-merge --concurrent --prefer=theirs one two >both
    assert_equal "$(delta-apply s0 both | cut -c 1-6)" '{"a":5'
    run -1 --separate-stderr delta-merge --concurrent d0 d1
    assert_one_error delta-merge 'different bases'
    run -1 --separate-stderr delta-merge --concurrent --base=s3 d0 d0
    assert_one_error delta-merge 'different base'
    run -2 delta-merge --concurrent d0
    run -2 delta-merge --concurrent d0 d1 d2
}

@test "three-way: what differs merges, in the layout of OURS" {
    printf '{\n  "name": "x",\n  "list": [1, 2, 3],\n  "deps": {\n    "b": "1"\n  }\n}\n' >base
    printf '{\n\t"name" : "x",\n\t"deps": {"b":"1",   "c":"2"},\n\t"list": [ 1,2,3,4 ]\n}' >ours
    printf '{\n  "name": "y",\n  "list": [0, 1, 2, 3],\n  "deps": {\n    "a": "3"\n  }\n}\n' >theirs
    printf '{\n\t"name" : "y",\n\t"deps": {"c":"2",   "a":"3"},\n\t"list": [ 0,1,2,3,4 ]\n}' >want
    delta-merge -3 base ours theirs >got
    assert_same_bytes got want
    delta-merge -3 base ours base >got
    assert_same_bytes got ours
    delta-merge -3 -o ours base ours theirs
    assert_same_bytes ours want
}

@test "three-way: conflicts" {
    echo '{"a":1,"b":{"x":1},"c":3}' >base
    echo '{"a":2,"c":3}' >ours
    echo '{"a":3,"b":{"x":2},"c":4}' >theirs
    run -1 --separate-stderr delta-merge -3 --conflicts=found base ours theirs
    assert_equal "$output" '{"a":2,"c":4}'
    assert_equal "${#stderr_lines[@]}" 2
    [[ ${stderr_lines[0]} == "delta-merge: "*"/a: "* ]]
    [[ ${stderr_lines[1]} == "delta-merge: "*"/b: "* ]]
    assert_equal "$(delta-diff --canonical found)" '[{"base":1,"kind":"changed","ours":2,"pointer":"/a","theirs":3},{"base":{"x":1},"kind":"removed/changed","pointer":"/b","theirs":{"x":2}}]'
    run -2 --separate-stderr delta-merge -3 --conflicts=- base ours theirs
    assert_one_error delta-merge "name a file"
    run -0 --separate-stderr delta-merge -3 --prefer=ours --conflicts=found base ours theirs
    assert_equal "$output" '{"a":2,"c":4}'
    [ -z "$stderr" ]
    assert_equal "$(cat found)" '[]'
    run -0 delta-merge -3 --prefer=theirs base ours theirs
    assert_equal "$output" '{"a":3,"b":{"x":2},"c":4}'
    run -1 --separate-stderr delta-merge -3 --prefer=union base ours theirs
    assert_equal "$output" '{"a":2,"b":{"x":2},"c":4}'
    assert_one_error delta-merge '/a: '
}

@test "three-way: --array-key leaves lists alone whose elements have no names" {
    echo '[1,2,3]' >base
    echo '[0,1,2,3]' >ours
    echo '[1,2,3,4]' >theirs
    run -0 --separate-stderr delta-merge -3 --array-key==id base ours theirs
    assert_equal "$output" '[0,1,2,3,4]'
    assert_equal "$stderr" \
        'delta-merge: warning: --array-key==id: no element has this key in any of the three states'
}

@test "three-way: --array-key" {
    echo '{"users":[{"id":1,"n":"a"},{"id":2,"n":"b"}]}' >base
    echo '{"users":[{"id":1,"n":"A"},{"id":2,"n":"b"},{"id":3,"n":"c"}]}' >ours
    echo '{"users":[{"id":2,"n":"B"},{"id":1,"n":"a"},{"id":4,"n":"d"}]}' >theirs
    run -1 delta-merge -3 base ours theirs
    run -0 delta-merge -3 --array-key=/users=id base ours theirs
    assert_equal "$(delta-diff --canonical <(echo "$output"))" '{"users":[{"id":2,"n":"B"},{"id":3,"n":"c"},{"id":1,"n":"A"},{"id":4,"n":"d"}]}'
    run -2 delta-merge -3 --array-key=users=id base ours theirs
}

@test "three-way: standard input, an empty base, what is not a state" {
    echo '{"a":1}' >base
    echo '{"a":1,"b":2}' >ours
    echo '{"a":3}' >theirs
    run -0 delta-merge -3 - ours theirs <base
    assert_equal "$output" '{"a":3,"b":2}'
    run -1 --separate-stderr delta-merge -3 /dev/null ours theirs
    assert_equal "$output" '{"a":1,"b":2}'
    assert_one_error delta-merge '/a: both sides added it'
    run -2 --separate-stderr delta-merge -3 base /dev/null theirs
    assert_one_error delta-merge
    run -2 delta-merge -3 base ours
    run -2 delta-merge -3 -z base ours theirs
    run -2 delta-merge --prefer=ours d0
}

@test "git: a merge that lines cannot do" {
    command -v git >/dev/null || skip "no git"
    new_repository
    echo '{"version": "1.0", "dependencies": {"a": "1", "b": "1"}}' >package.json
    git add . && git commit -qm base
    git checkout -qb theirs
    echo '{"version": "1.0", "dependencies": {"a": "1", "b": "2"}}' >package.json
    git commit -qam theirs
    git checkout -q main
    echo '{"version": "1.1", "dependencies": {"a": "1", "b": "1", "c": "1"}}' >package.json
    git commit -qam ours
    run -1 git -c merge.json.driver=false merge -q theirs
    git merge --abort || git reset -q --hard
    run -0 git merge -q --no-edit theirs
    assert_equal "$(cat package.json)" '{"version": "1.1", "dependencies": {"a": "1", "b": "2", "c": "1"}}'
    [ -z "$(git status --porcelain)" ]
}

@test "git: a conflict is reported as one, and ours stays in the file" {
    command -v git >/dev/null || skip "no git"
    new_repository
    printf '{\n  "a": 1,\n  "b": 1\n}\n' >f.json
    git add . && git commit -qm base
    git checkout -qb theirs
    printf '{\n  "a": 2,\n  "b": 2\n}\n' >f.json
    git commit -qam theirs
    git checkout -q main
    printf '{\n  "a": 3,\n  "b": 1\n}\n' >f.json
    git commit -qam ours
    run -1 git merge theirs
    [[ $output == *"CONFLICT (content): Merge conflict in f.json"* ]]
    [[ $output == *"/a: both sides changed it"* ]]
    assert_equal "$(git status --porcelain f.json)" 'UU f.json'
    assert_equal "$(cat f.json)" $'{\n  "a": 3,\n  "b": 2\n}'
}

@test "git: what is no JSON is a conflict, and the file is left alone" {
    command -v git >/dev/null || skip "no git"
    new_repository
    echo '{"a": 1}' >f.json
    git add . && git commit -qm base
    git checkout -qb theirs
    echo '{"a": 2' >f.json
    git commit -qam theirs
    git checkout -q main
    echo '{"a": 1, "b": 1}' >f.json
    git commit -qam ours
    run -1 git merge theirs
    [[ $output == *"CONFLICT (content): Merge conflict in f.json"* ]]
    assert_equal "$(git status --porcelain f.json)" 'UU f.json'
    assert_equal "$(cat f.json)" '{"a": 1, "b": 1}'
}

@test "git: both sides add one file" {
    command -v git >/dev/null || skip "no git"
    new_repository
    git add . && git commit -qm base
    git checkout -qb theirs
    echo '{"a": 1, "b": {"x": 1}}' >f.json
    git add . && git commit -qm theirs
    git checkout -q main
    echo '{"a": 1, "b": {"y": 1}}' >f.json
    git add . && git commit -qm ours
    run -0 git merge -q --no-edit theirs
    assert_equal "$(cat f.json)" '{"a": 1, "b": {"y": 1, "x": 1}}'
}

@test "many records are squashed in memory that the result bounds" {
    under_sanitizers && skip "memory is not limited under the sanitizers"
    python3 - <<'PYTHON'
import json
state = {"key%d" % i: "a value of some length" for i in range(60)}
with open("states", "w") as out:
    out.write(json.dumps(state) + "\n")
    for i in range(20000):
        state["key%d" % (i * 7 % 60)] = "value %d" % i
        out.write(json.dumps(state) + "\n")
PYTHON
    delta-diff --ndjson states | tail -n +2 >stream
    head -n 1 states >s0
    tail -n 1 states >s1
    (
        ulimit -v 100000
        delta-merge stream
    ) >all
    assert_equal "$(delta-apply s0 all)" "$(delta-diff --canonical s1)"
    [ "$(wc -c <all)" -lt 4000 ]
}

# The versions of mime-db that scripts/fetch-data has fetched, oldest first.
real_states()
{
    local cache=${BENCH_DATA:-${XDG_CACHE_HOME:-$HOME/.cache}/delta-tools}
    find "$cache" -path '*/mime-db@*/db.json' 2>/dev/null | sort -V
}

@test "a chain of real states: all records squashed are one that leads from the first to the last" {
    mapfile -t states < <(real_states)
    [ "${#states[@]}" -ge 2 ] || skip "scripts/fetch-data mime-db@VERSION fetches them"
    local i before=
    for i in "${states[@]}"; do
        [ -z "$before" ] || delta-diff --exit-zero -r "$before" "$i" >>records
        [ -z "$before" ] || delta-diff --exit-zero -z "$before" "$i" >>packed
        before=$i
    done
    delta-merge records >all
    delta-apply "${states[0]}" all | cmp - <(delta-diff --canonical "$before")
    delta-apply -R "$before" all | cmp - <(delta-diff --canonical "${states[0]}")
    delta-merge --invert records | delta-apply "$before" | cmp - <(delta-diff --canonical "${states[0]}")
    delta-merge --base="${states[0]}" packed | delta-apply "${states[0]}" |
        cmp - <(delta-diff --canonical "$before")
    delta-merge -3 "${states[0]}" "$before" "${states[0]}" | cmp - "$before"
    delta-merge -3 "${states[0]}" "$before" "$before" | cmp - "$before"
}
