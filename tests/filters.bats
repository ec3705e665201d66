# What counts as a change: --ignore, --only, --mask, --array-key, --unordered, --numeric.

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

# The state that a record made with these options leads to, and whether it applies cleanly.
effective()
{
    delta-diff -t 0 --exit-zero -o change.delta "$@" old.json new.json
    delta-apply old.json change.delta
}

digest()
{
    delta-diff --digest "$1" | cut -d ' ' -f 1
}

@test "--ignore: what was ignored keeps the base's value, and the target digest says so" {
    states '{"a":1,"meta":{"at":1,"by":"x"},"gone":1}' '{"a":2,"meta":{"at":2,"by":"y"},"new":1}'
    run -0 effective --ignore=/meta/at --ignore=/gone --ignore=/new
    assert_equal "$output" '{"a":2,"gone":1,"meta":{"at":1,"by":"y"}}'
    printf '%s' "$output" >effective.json
    [[ $(cat change.delta) == *"\"target\":\"$(digest effective.json)\""* ]]
}

@test "when nothing that counts differs the status is 0, the record and the text are empty" {
    states '{"a":1,"at":1}' '{"a":1,"at":2}'
    run -0 delta-diff -q --ignore=/at old.json new.json
    run -1 delta-diff -q --ignore=/a old.json new.json
    run -0 delta-diff -f text --ignore=/at old.json new.json
    assert_equal "$output" ""
    run -0 delta-diff -f json-patch --ignore=/at old.json new.json
    assert_equal "$output" "[]"
    run -0 delta-diff -q --ignore= old.json new.json
}

@test "each filter, on each kind of place" {
    while IFS='|' read -r options old new want; do
        [ -n "$options" ] || continue
        states "$old" "$new"
        # shellcheck disable=SC2086 # several options
        run -0 --separate-stderr effective $options
        assert_equal "$options: $output" "$options: $want"
    done <<'ROWS'
--ignore=/x|{"x":1}|{"x":{"y":2}}|{"x":1}
--ignore=/x/y|{"x":{"y":1}}|{"x":3}|{"x":3}
--ignore=/x/y|{"x":{"y":1}}|{}|{}
--ignore=/x/y|{}|{"x":{"y":1}}|{"x":{"y":1}}
--ignore=/*/t|{"a":{"t":1,"v":1},"b":{"t":1}}|{"a":{"t":2,"v":2},"b":{"t":2}}|{"a":{"t":1,"v":2},"b":{"t":1}}
--ignore=/**/t|{"t":1,"a":[{"b":{"t":1,"v":1}}]}|{"t":2,"a":[{"b":{"t":2,"v":2}}]}|{"a":[{"b":{"t":1,"v":2}}],"t":1}
--ignore=/a~1b|{"a/b":1,"c":1}|{"a/b":2,"c":2}|{"a/b":1,"c":2}
--ignore=/l/*/t|{"l":[{"n":1,"t":1},{"n":2,"t":1}]}|{"l":[{"n":2,"t":9},{"n":1,"t":9}]}|{"l":[{"n":2,"t":1},{"n":1,"t":1}]}
--ignore=/l/*/t|{"l":[{"n":1,"t":1}]}|{"l":[{"n":5,"t":7},{"n":1,"t":9}]}|{"l":[{"n":5,"t":7},{"n":1,"t":1}]}
--ignore=/l/0|{"l":[1,2,3]}|{"l":[9,2,4]}|{"l":[1,2,4]}
--ignore=/l/*|{"l":[1,2,3]}|{"l":[4,5]}|{"l":[1,2,3]}
--ignore=/l/2|{"l":[1,2,3]}|{"l":[1,2]}|{"l":[1,2,3]}
--ignore=/**/*Time|{"startTime":1,"a":{"endTime":1,"Timer":1}}|{"startTime":2,"a":{"endTime":2,"Timer":2}}|{"a":{"Timer":2,"endTime":1},"startTime":1}
--ignore=/a\*b|{"a*b":1,"axb":1}|{"a*b":2,"axb":2}|{"a*b":1,"axb":2}
--ignore=/env/[name=LOG]/value|{"env":[{"name":"A","value":1},{"name":"LOG","value":1}]}|{"env":[{"name":"LOG","value":2},{"name":"A","value":2}]}|{"env":[{"name":"LOG","value":1},{"name":"A","value":2}]}
--only=/items/[/metadata/name=x]/v|{"items":[{"metadata":{"name":"x"},"v":1},{"metadata":{"name":"y"},"v":1}]}|{"items":[{"metadata":{"name":"x"},"v":2},{"metadata":{"name":"y"},"v":2}]}|{"items":[{"metadata":{"name":"x"},"v":2},{"metadata":{"name":"y"},"v":1}]}
--ignore=/l/[n=2]|{"l":[{"n":1},{"n":2,"v":1}]}|{"l":[{"n":1}]}|{"l":[{"n":1},{"n":2,"v":1}]}
--only=/p/1|{"p":[10,20,30]}|{"p":[11,25,31]}|{"p":[10,25,30]}
--ignore=/c/*/1|{"c":[["a",1],["b",2]]}|{"c":[["A",5],["b",6]]}|{"c":[["A",1],["b",2]]}
--only=/l/1/v|{"l":[{"id":1,"v":1},{"id":2,"v":1}]}|{"l":[{"id":2,"v":5},{"id":1,"v":6}]}|{"l":[{"id":1,"v":6},{"id":2,"v":1}]}
--only=/a|{"a":1,"b":1}|{"a":2,"b":2}|{"a":2,"b":1}
--only=/a/b|{"a":{"b":1,"c":1}}|{"a":{"b":2,"c":2}}|{"a":{"b":2,"c":1}}
--only=/a/b|{"a":{"c":1}}|{"a":{"c":2,"b":1}}|{"a":{"b":1,"c":1}}
--only=/a/b|{"a":{"b":1,"c":1},"d":1}|{"d":2}|{"d":1}
--only=/a/b|{"a":{"c":1}}|{}|{"a":{"c":1}}
--only=/**/image|{"x":[{"image":1,"n":1}],"y":1}|{"x":[{"image":2,"n":2}],"y":2}|{"x":[{"image":2,"n":1}],"y":1}
--only=/a --only=/b --ignore=/b/t|{"a":1,"b":{"t":1,"v":1},"c":1}|{"a":2,"b":{"t":2,"v":2},"c":2}|{"a":2,"b":{"t":1,"v":2},"c":1}
--numeric|{"a":1,"b":[1e2,{"c":0.5}],"d":1}|{"a":1.0,"b":[100,{"c":5e-1}],"d":1.5}|{"a":1,"b":[1e2,{"c":0.5}],"d":1.5}
--numeric|[1,2,3]|[3.0,1.0,4]|[3,1,4]
--unordered=/l|{"l":[1,2,3]}|{"l":[3,1,2]}|{"l":[1,2,3]}
--unordered=/l|{"l":[1,2,3]}|{"l":[4,3,1]}|{"l":[1,3,4]}
--unordered=/l|{"l":[1,1,2]}|{"l":[2,1]}|{"l":[1,2]}
--unordered=/**|{"l":[[1,2],[3,4]]}|{"l":[[4,3],[2,1]]}|{"l":[[1,2],[3,4]]}
--unordered=/l --numeric|{"l":[1,20]}|{"l":[2e1,1.0]}|{"l":[1,20]}
--unordered=/l --ignore=/l/*/t|{"l":[{"n":1,"t":1},{"n":2,"t":1}]}|{"l":[{"n":2,"t":3},{"n":1,"t":3}]}|{"l":[{"n":1,"t":1},{"n":2,"t":1}]}
--array-key=/l=k --ignore=/l/*/t|{"l":[{"k":1,"t":1,"v":1},{"k":2,"t":2,"v":2}]}|{"l":[{"k":2,"t":9,"v":8},{"k":3,"t":9,"v":1}]}|{"l":[{"k":2,"t":2,"v":8},{"k":3,"t":9,"v":1}]}
--array-key=/l=k --ignore=/l/*/t|{"l":[{"k":1},{"t":"A","v":1},{"t":"B","v":2}]}|{"l":[{"t":"A","v":2},{"k":1},{"t":"C","v":1}]}|{"l":[{"t":"B","v":2},{"k":1},{"t":"A","v":1}]}
--array-key=/l=k --unordered=/l --ignore=/l/*/t|{"l":[{"k":1,"t":1},{"t":2,"v":[1]},{"t":9,"v":[2]}]}|{"l":[{"k":1,"t":4},{"t":7,"v":[2]},{"t":1,"v":[1]}]}|{"l":[{"k":1,"t":1},{"t":2,"v":[1]},{"t":9,"v":[2]}]}
--array-key=/l=k --unordered=/**|{"l":[[1,2,3,4],{"k":1}]}|{"l":[{"k":1},[4,3,2,1]]}|{"l":[[1,2,3,4],{"k":1}]}
--array-key=/l=k --unordered=/**|{"l":[{"k":1,"m":[1,2,3,4]},{"k":1,"m":[5,6]}]}|{"l":[{"k":1,"m":[6,5]},{"k":1,"m":[4,3,2,1]}]}|{"l":[{"k":1,"m":[1,2,3,4]},{"k":1,"m":[5,6]}]}
--array-key=/l=k --numeric|{"l":[[1,2,3],[4,5,6],{"k":1}]}|{"l":[{"k":1},[4.0,5.0,6.0],[1.0,2.0,3.0]]}|{"l":[{"k":1},[4,5,6],[1,2,3]]}
ROWS
}

@test "an inferred key: what lacks it is paired by what counts of it" {
    states "$(jq -nc '[range(40) | {id: "x\(.)", v: .}] + [{l: [1, 2, 3, 4]}, {l: [7, 8]}]')" \
        "$(jq -nc '[range(40) | {id: "x\(.)", v: .}] + [{l: [8, 7]}, {l: [4, 3, 2, 1]}]')"
    delta-diff -q '--unordered=/**' old.json new.json
    run -1 delta-diff -q --unordered= old.json new.json
}

@test "elements are reported as they are compared: what does not count is no change" {
    # All of what they hold would pair the two elements that have a text; what counts of them does not.
    states '{"l":[5,{"v":1,"w":1,"t":"some long text that stays","u":1},{"p":1},8]}' \
        '{"l":[5,{"q":1},{"v":2,"w":2,"t":"some long text that stays","u":2},8,9]}'
    ignored=('--ignore=/l/*/t' '--ignore=/l/*/u')
    run -1 delta-diff -f text old.json new.json
    [[ $output == *'~ /l/2/u  1 -> 2'* ]] || fail "$output"
    run -1 delta-diff -f text "${ignored[@]}" old.json new.json
    [[ $output != *'~ '* ]] || fail "$output"
    delta-diff "${ignored[@]}" old.json new.json >record || true
    assert_equal "$(delta-apply old.json record)" "$(delta-diff --canonical new.json)"
    assert_equal "$(jq '[.. | objects | .changes? // {} | has("u")] | any' record)" false
    run -0 delta-diff -q --fail-on=change "${ignored[@]}" old.json new.json
    run -0 delta-diff -o out --fail-on=change "${ignored[@]}" old.json new.json
    mkdir p q
    cp old.json p/k.json
    cp new.json q/k.json
    run -1 delta-diff -f text "${ignored[@]}" p q
    [[ $output != *'~ /'* ]] || fail "$output"
    jq -c . old.json new.json old.json >states
    run -0 delta-diff --ndjson -f changes "${ignored[@]}" states
    assert_equal "$(jq -r .op <<<"$output" | sort -u)" 'add
remove'
    delta-chain add --ndjson h <states
    run -0 delta-chain log -p "${ignored[@]}" h
    [[ $output != *'~ /'* ]] || fail "$output"
    # A key that is repeated, but not among what is left when what counts is taken.
    states '[{"k":0,"n":"te","b":-17},{"k":0,"a":-17}]' \
        '[{"n":{"x":["text"],"y":"t","z":0e0},"k":0,"b":-17e0},{"k":0,"a":-17.0}]'
    run -1 delta-diff -f text --numeric --array-key==k old.json new.json
    [[ $output != *'~ /0/b'* ]] || fail "$output"
}

@test "--array-key: elements of one key are the same one" {
    states '{"l":[{"k":1,"a":1,"b":1,"c":1},{"k":2,"a":2,"b":2,"c":2}]}' \
        '{"l":[{"k":2,"a":1,"b":1,"c":1},{"k":1,"a":2,"b":2,"c":2}]}'
    run -1 delta-diff -f text --array-key=/l=k old.json new.json
    [[ $output == *'> /l/1 {k=1}  from /l/0'* && $output == *'~ /l/0/a {k=2}  2 -> 1'* ]] || fail "$output"
    run -1 delta-diff -f text --array-key=/l=a old.json new.json
    [[ $output == *'~ /l/0/k'* ]] || fail "$output"
    run -0 effective --array-key=/l=k
    assert_equal "$output" "$(delta-diff --canonical new.json)"
    run -0 effective '--array-key=/**=k'
    assert_equal "$output" "$(delta-diff --canonical new.json)"
}

@test "--mask: the values are nowhere, that they changed is" {
    old='{"db":{"user":"u","password":"SECRET1"},"keys":["SECRET2","k"],"t":"SECRET3\nx\ny\nz\nlong enough to be a text"}'
    new='{"db":{"user":"v","password":"SECRET4"},"keys":["k","SECRET5"],"t":"SECRET6\nx\ny\nz\nlong enough to be a text"}'
    states "$old" "$new"
    for options in "-f json" "-f json -u" "-f text" "--stat" "-f packed" "-f packed --standalone" \
        "-s dict" "-f text --numeric" "-f text --color=always"; do
        # shellcheck disable=SC2086 # several options
        run -1 --separate-stderr delta-diff $options --mask=/db/password '--mask=/keys/*' --mask=/t \
            -o masked old.json new.json
        run -1 grep -a SECRET masked
    done
    run -1 delta-diff -f text --mask=/db/password '--mask=/keys/*' --mask=/t old.json new.json
    [[ $output == *'~ /db/password  "***" -> "***"'* ]] || fail "$output"
    [[ $output == *'~ /db/user  "u" -> "v"'* && $output == *'~ /t  "***" -> "***"'* ]] ||
        fail "$output"
    run -1 delta-diff -f text --mask=/db old.json new.json
    [[ $output == *'~ /db  "***" -> "***"'* ]] || fail "$output"
}

# state SECRET NUMBER: members and elements before and behind what is masked, all in one line.
secret_state()
{
    echo "{\"a\":\"$1\",\"b\":{\"pin\":\"$1\",\"n\":$2},\"l\":[{\"p\":\"$1\",\"n\":$2},7],\"m\":[[\"$1\",$2]],\"z\":$2}"
}

@test "--mask: what is written does not depend on the length of a masked value" {
    export SOURCE_DATE_EPOCH=0
    masks=(--mask=/a --mask=/b/pin '--mask=/l/*/p' '--mask=/m/0/0')
    for secret in 1 123456789 $(printf '%0100d' 1) $(printf '%05000d' 1); do
        mkdir "${#secret}" && cd "${#secret}" || return
        mkdir o n
        secret_state "$secret" 1 >o/f.json
        secret_state "$secret" 2 >n/f.json
        cat o/f.json n/f.json >both
        delta-chain add -t 0 h o/f.json n/f.json
        for format in json packed text changes github markdown junit sarif html; do
            for states in "o/f.json n/f.json" "o n"; do
                # shellcheck disable=SC2086 # two operands
                run -1 delta-diff -o out -f $format "${masks[@]}" $states
                cat out >>../written
            done
        done
        for stream in "" "-f changes"; do
            # shellcheck disable=SC2086 # an option and its value
            delta-diff --ndjson $stream "${masks[@]}" both >>../written
        done
        for verb in "log -p" show "show --html" "show -f changes" blame \
            "export --records" "export --states"; do
            # shellcheck disable=SC2086 # a verb with options
            delta-chain $verb "${masks[@]}" h >>../written
        done
        delta-chain delta "${masks[@]}" h 1 >>../written
        delta-chain diff "${masks[@]}" h 0 1 >>../written
        cd ..
        [ -e first ] || cp written first
        cmp written first
        rm written
    done
}

@test "--mask of the root: nothing is told, with -u neither" {
    echo '{"same":"SECRET","a":"SECRET 1"}' >old.json
    echo '{"same":"SECRET","a":"SECRET 2"}' >new.json
    for options in "" -z; do
        for mask in '' '/**'; do
            run -1 --separate-stderr delta-diff $options -u --mask="$mask" -o masked old.json new.json
            run -1 grep -a SECRET masked
        done
    done
}

@test "--mask: an element that moves is masked where it stood and where it stands" {
    old='[{"s":"SECRET","v":1,"t":"much the same"},{"n":1},{"n":2}]'
    for secret in SECRET SECRET2; do
        states "$old" '[{"n":1},{"n":2},{"s":"'$secret'","v":1,"t":"much the same","w":1}]'
        for pattern in /0/s /2/s; do
            delta-diff -f text --exit-zero --mask="$pattern" -o masked old.json new.json
            [[ $(cat masked) == '> /2  from /0'* ]] || fail "$(cat masked)"
            run -1 grep SECRET masked
        done
    done
}

@test "a masked record has no target, says that it is masked, and is refused by apply" {
    states '{"p":1,"q":1}' '{"p":2,"q":2}'
    delta-diff -t 0 --exit-zero --mask=/p -o masked.delta old.json new.json
    [[ $(cat masked.delta) == *'"changes":{"p":"***","q":2}'*'"masked":true'* ]]
    for member in base target original_size compression_ratio; do
        [[ $(cat masked.delta) != *"\"$member\""* ]] || fail "$member: $(cat masked.delta)"
    done
    delta-diff -z --exit-zero --mask=/p -o masked.packed old.json new.json
    run -0 delta-merge -f text masked.packed
    [[ $output == *'~ /p'*'***'* ]] || fail "$output"
    for format in json packed; do
        delta-diff -f $format --exit-zero --mask=/p -o masked.delta old.json new.json
        run -2 --separate-stderr delta-apply old.json masked.delta
        assert_one_error delta-apply masked
    done
}

@test "--mask over a stream masks the first, full record too" {
    run -0 delta-diff --ndjson -t 0 --mask=/p <<<'{"p":"SECRET","n":1}
{"p":"SECRET2","n":1}'
    [[ $output != *SECRET* && ${lines[0]} == *'"p":"***"'* && ${lines[1]} == *'"p":"***"'* ]]
}

@test "--mask does not go with what would carry the values, or set the mark" {
    states 1 2
    for options in "-f json-patch" "-f merge-patch" "-r" "-s binary" "-s compress" "-s none" \
        "-s reference" "-f bsdiff"; do
        # shellcheck disable=SC2086 # several options
        run -2 --separate-stderr delta-diff $options --mask=/p old.json new.json
        assert_one_error delta-diff
    done
}

@test "a stream diffs against what its records make" {
    run -0 delta-diff --ndjson -t 0 --ignore=/at -o stream <<<'{"n":1,"at":1}
{"n":1,"at":2}
{"n":2,"at":3}
{"n":2,"at":4}'
    run -0 delta-apply --ndjson stream
    assert_equal "$output" '{"at":1,"n":1}
{"at":1,"n":1}
{"at":1,"n":2}
{"at":1,"n":2}'
}

@test "filters go with every strategy: the record applies, and leads to the same state" {
    states '{"a":1,"t":1,"l":[1,2]}' '{"a":2,"t":2,"l":[2,1]}'
    for strategy in auto dict binary reference compress none; do
        for packed in "" -z; do
            # shellcheck disable=SC2086 # may be none
            run -0 effective -s $strategy $packed --ignore=/t --unordered=/l
            assert_equal "$strategy: $output" "$strategy: "'{"a":2,"l":[1,2],"t":1}'
        done
    done
}

@test "what is no pointer is refused in one line" {
    states 1 2
    for option in --ignore=a --only=~ --mask=x --unordered=/~2 --array-key=/l --array-key=l=k; do
        run -2 --separate-stderr delta-diff $option old.json new.json
        assert_one_error delta-diff
    done
}

@test "random states and filters lead to what an independent oracle says" {
    run -0 python3 "$BATS_TEST_DIRNAME/random/filters.py" 150 20261125
}

@test "--mask: [m=v] masks an element that either side selects" {
    states '{"l":[{"id":1,"kind":"Secret","v":"HIDE1"},{"id":2,"kind":"Map","v":"HIDE2"},{"id":3,"kind":"Map","v":"seen"}]}' \
        '{"l":[{"id":1,"kind":"Map","v":"HIDE3"},{"id":2,"kind":"Secret","v":"HIDE4"},{"id":3,"kind":"Map","v":"shown"}]}'
    for format in json text; do
        run -1 delta-diff -f $format '--mask=/l/[kind=Secret]/v' old.json new.json
        [[ $output == *shown* && $output != *HIDE* ]] || fail "$output"
    done
}

@test "--mask: a masked member is not the label of its element" {
    states '{"l":[{"name":"HIDE","v":1,"w":1}]}' '{"l":[{"name":"HIDE","v":2,"w":1}]}'
    run -1 delta-diff -f text '--mask=/l/*/name' old.json new.json
    assert_equal "${lines[0]}" '~ /l/0/v  1 -> 2'
}

@test "--canonical and --digest take --mask and refuse what has no effect" {
    echo '{"b":1,"password":"HIDE"}' >a
    run -0 delta-diff --canonical --mask=/password a
    assert_equal "$output" '{"b":1,"password":"***"}'
    echo "$output" >masked
    assert_equal "$(delta-diff --digest --mask=/password a | cut -d ' ' -f 1)" "$(digest masked)"
    for mode in --canonical --digest; do
        for option in --ignore=/b --only=/b --array-key=/l=k --unordered=/l --numeric -q --stat \
            --exit-zero -z -r -u -mA=B --shallow -sdict -ftext --width=10 -t0; do
            run -2 --separate-stderr delta-diff $mode $option a
            [[ $stderr == *'has no effect'* || $stderr == *' are for '* ]] || fail "$option: $stderr"
        done
    done
    run -2 delta-diff -q -z a a
    run -2 delta-diff --width=10 -f json a a
}

# at_terminal COMMAND...: what it writes to a terminal.
at_terminal()
{
    TERM=dumb PAGER=cat COLUMNS=80 python3 -c '
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" </dev/null
}

@test "at a terminal the difference is text, but for options that records have" {
    states '{"a":1}' '{"a":2}'
    run -1 at_terminal delta-diff old.json new.json
    [[ $output == *'~ /a  1 -> 2'* ]] || fail "$output"
    for options in -fjson -r -t0 -u -mA=B --shallow -sdict; do
        run -1 at_terminal delta-diff $options old.json new.json
        [[ $output == *'{"format":"delta-record/1"'* ]] || fail "$options: $output"
    done
    run -0 at_terminal delta-diff --canonical old.json
    [[ $output == *'{"a":1}'* ]]
    run -1 at_terminal delta-diff -o out old.json new.json
    grep -q '"format"' out
    run -1 delta-diff old.json new.json
    [[ $output == *'"format"'* ]]
}

@test "--width: a cut shows what differs" {
    long=$(printf 'word %.0s' {1..600})
    states "{\"a\":\"$long one $long\"}" "{\"a\":\"$long two $long\"}"
    run -1 delta-diff --width=80 old.json new.json
    [[ $output == *'word  one'*'word  two'* ]] || fail "$output"
    line=${lines[0]//…/.} # bytes are counted
    [ "${#line}" -le 80 ] || fail "${#line} columns"
    run -1 delta-diff --width=0 old.json new.json
    [ "${#lines[0]}" -gt 6000 ]
}

@test "a pointer that text shows is a pattern for its place" {
    states '{"a*b":{"[k=v]":1,"x,y":1,"p\\q/~":1}}' '{"a*b":{"[k=v]":2,"x,y":2,"p\\q/~":2}}'
    run -1 delta-diff -f text old.json new.json
    pointers=$(sed -n 's/^~ \([^ ]*\)  .*/\1/p' <<<"$output")
    [ "$(wc -l <<<"$pointers")" -eq 3 ] || fail "$output"
    while read -r pointer; do
        options+=("--ignore=$pointer")
        run -1 delta-diff -f text --only="$pointer" old.json new.json
        assert_equal "${lines[0]}" "~ $pointer  1 -> 2"
    done <<<"$pointers"
    run -0 delta-diff -q "${options[@]}" old.json new.json
}

@test "text: a no-break space is seen" {
    printf '"a b"' >old.json
    printf '"a\302\240b"' >new.json
    run -1 delta-diff -f text old.json new.json
    [[ $output == *'"a b" -> "a\u00a0b"'* ]] || fail "$output"
}

@test "--tolerance: numbers within a bound are the same, and keep the old text" {
    states '{"load":[1.00,2],"n":200,"s":"1"}' '{"load":[1.5,2.6],"n":209,"s":"2"}'
    run -1 delta-diff -f text --tolerance='/load/*=0.5' --tolerance=/n=5% old.json new.json
    assert_equal "$(grep '^~' <<<"$output")" "$(printf '~ /load/1  2 -> 2.6\n~ /s  "1" -> "2"')"
    run -1 delta-diff --tolerance='/**=0.5' -o record old.json new.json
    run -0 delta-apply old.json record
    assert_equal "$output" '{"load":[1.00,2.6],"n":209,"s":"2"}'
    run -0 delta-diff -q --ignore=/s --tolerance='/**=9' old.json new.json
    run -2 --separate-stderr delta-diff --tolerance=/n=x old.json new.json
    assert_one_error delta-diff "invalid tolerance: expected a number or a percentage such as 5%, not 'x'"
    run -2 --separate-stderr delta-diff --tolerance=/n old.json new.json
    assert_one_error delta-diff "--tolerance: invalid value '/n' .expected POINTER=N.%.."
    run -2 --separate-stderr delta-diff --canonical --tolerance=/n=1 old.json
    assert_one_error delta-diff '--tolerance has no effect with --canonical'
}

@test "--tolerance in a stream: compared with the state last led to, so that drift is seen" {
    printf '{"v":%s}\n' 10 10.4 10.8 11.2 11.5 >stream
    delta-diff --ndjson --tolerance=/v=1 stream >records
    run -0 delta-apply --ndjson records
    assert_equal "$(tr '\n' ' ' <<<"$output")" '{"v":10} {"v":10} {"v":10} {"v":11.2} {"v":11.2} '
}

@test "a pattern that selects nothing in either state is warned of" {
    echo '{"a":{"pw":1},"l":[{"id":1}],"s":"{\"pw\":1}"}' >o.json
    echo '{"a":{"pw":2},"l":[{"id":1}],"s":"{\"pw\":2}","n":1}' >n.json
    for format in text json json-patch; do
        [ $format = json-patch ] || run -1 --separate-stderr delta-diff -o out -f $format --mask=/a/passwd o.json n.json
        [ $format = json-patch ] || assert_equal "$stderr" \
            'delta-diff: warning: --mask=/a/passwd selects nothing in either state'
        run -1 --separate-stderr delta-diff -o out -f $format --only='/**/x' --only=/a --array-key=/m=id --array-key=/l=id o.json n.json
        assert_equal "$stderr" "delta-diff: warning: --only=/**/x selects nothing in either state
delta-diff: warning: --array-key=/m=id selects nothing in either state"
    done
    # in one of them is enough, within a string, too; what rules say and --ignore are no mistakes
    for options in --mask=/a/pw --mask=/n '--mask=/s/pw --embedded=/s' '--mask=/l/[id=1]' '--only=/**/pw' --ignore=/x; do
        # shellcheck disable=SC2086 # words
        run -1 --separate-stderr delta-diff -o out $options o.json n.json
        assert_equal "$stderr" ''
    done
    echo --mask=/x >rules
    run -1 --separate-stderr delta-diff -q --rules=./rules o.json n.json
    assert_equal "$stderr" ''
    run -1 --separate-stderr delta-diff -q --mask=/x /dev/null n.json
    [[ $stderr == *'--mask=/x selects nothing'* ]]
}

@test "--unordered: indices, and positions in the text, are those of the new state" {
    echo '{"l":[{"id":1,"v":1,"in":[1,2]},{"id":2,"v":2},{"id":3,"v":3},{"id":5,"v":5}]}' >old.json
    printf '%s\n' '{"l":[' '{"id":3,"v":3},' '{"id":4,"v":4},' '{"id":1,"v":7,"in":[2,3,1]},' \
        '{"id":2,"v":2}]}' >new.json
    run -1 delta-diff -f text --unordered=/l --unordered='/l/*/in' old.json new.json
    assert_equal "$output" '+ /l/2/in/1 {id=1}  3
~ /l/2/v {id=1}  1 -> 7
- /l/3 {id=5}  {"id":5,"v":5}
+ /l/1 {id=4}  {"id":4,"v":4}
2 added, 1 removed, 1 changed'
    run -1 delta-diff -f github --unordered=/l --only='/l/*/v' --only='/l/[id=4]' old.json new.json
    assert_equal "$output" '::error file=new.json,line=4,col=9::~ /l/2/v {id=1}  1 -> 7
::error file=new.json,line=1,col=2::- /l/3 {id=5}  {"id":5,"v":5}
::error file=new.json,line=3,col=1::+ /l/1 {id=4}  {"id":4,"v":4}'
    # elements that do not count keep their places in the record, but not in what is shown
    run -1 delta-diff -f text --ignore='/l/[id=5]' --ignore='/l/[id=4]' old.json new.json
    [[ $output == *'~ /l/2/v {id=1}  1 -> 7'* ]]
}
