# What people read: delta-diff --format=text and --stat.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# diff_text OLD NEW [OPTION...]: the text between two states given as JSON.
diff_text()
{
    printf '%s' "$1" >old.json
    printf '%s' "$2" >new.json
    shift 2
    delta-diff -f text --exit-zero "$@" old.json new.json
}

# On a terminal of so many columns: screen COLUMNS COMMAND
screen()
{
    command -v script >/dev/null || skip "no script(1)"
    COLUMNS=$1 PAGER=cat TERM=xterm script -qec "$2" /dev/null | tr -d '\r'
}

@test "each kind of change has its mark in the first column, and a count ends the text" {
    run -0 diff_text '{"a":1,"b":2,"l":["x","y","z"]}' '{"a":9,"c":null,"l":["z","x","y"]}'
    assert_equal "$output" '~ /a  1 -> 9
- /b  2
+ /c  null
> /l/0  from /l/2
1 added, 1 removed, 1 changed, 1 moved'
}

@test "equal states give no text, status 0; others status 1" {
    echo '{"a":1,"b":2}' >old.json
    echo '{"b":2, "a":1}' >new.json
    run -0 --separate-stderr delta-diff -f text old.json new.json
    assert_equal "$output$stderr" ""
    echo '{}' >new.json
    run -1 delta-diff -f text old.json new.json
    run -0 delta-diff -f text --exit-zero old.json new.json
}

@test "the whole state is called (root)" {
    run -0 diff_text 1 '"x"'
    assert_equal "${lines[0]}" '~ (root)  1 -> "x"'
}

@test "elements on the way are named, by the key that is inferred or by --array-key" {
    old='{"env":[{"name":"A","v":1},{"name":"LOG","v":1}],"rows":[{"nr":7,"x":{"y":1}}]}'
    new='{"env":[{"name":"A","v":1},{"name":"LOG","v":2}],"rows":[{"nr":7,"x":{"y":2}}]}'
    run -0 diff_text "$old" "$new"
    assert_equal "${lines[0]}" '~ /env/1/v {name=LOG}  1 -> 2'
    assert_equal "${lines[1]}" '~ /rows/0/x/y {nr=7}  1 -> 2'
    run -0 diff_text '[{"nr":7,"b":1,"v":1}]' '[{"nr":7,"b":1,"v":2}]' --array-key==b
    assert_equal "${lines[0]}" '~ /0/v {b=1}  1 -> 2'
}

@test "an element that has its name alone is the same one, however much of it changed" {
    run -0 diff_text '[{"name":"a","p":1,"q":1,"r":1,"s":1},{"name":"b"}]' \
        '[{"name":"b"},{"name":"a","p":2,"q":2,"r":2,"s":2}]'
    assert_equal "$output" '> /1 {name=a}  from /0
~ /1/p {name=a}  1 -> 2
~ /1/q {name=a}  1 -> 2
~ /1/r {name=a}  1 -> 2
~ /1/s {name=a}  1 -> 2
4 changed, 1 moved'
}

@test "elements that are gone have their old index, others the new one" {
    run -0 diff_text '["a","b","c","d"]' '["n","a","d"]'
    assert_equal "$output" '+ /0  "n"
- /1  "b"
- /2  "c"
1 added, 2 removed'
}

@test "a scalar in the place of another is changed, not removed and added" {
    run -0 diff_text '["a",1,"c"]' '["a",2,"c"]'
    assert_equal "${lines[0]}" '~ /1  1 -> 2'
}

@test "a run of elements that moved is one line" {
    run -0 diff_text '[1,2,3,4,5,6,7,8]' '[3,4,5,6,7,8,1,2]'
    assert_equal "$output" '> /6..7  from /0..1
2 moved'
}

@test "of two neighbours that changed places the first moved" {
    run -0 diff_text '["a","b","c"]' '["b","a","c"]'
    assert_equal "$output" '> /1  from /0
1 moved'
    run -0 diff_text '[{"id":1},{"id":2},{"id":3},{"id":4}]' '[{"id":1},{"id":3},{"id":2},{"id":4}]'
    assert_equal "$output" '> /2 {id=2}  from /1
1 moved'
}

@test "a member that only has another key moved, unless its value says little" {
    run -0 diff_text '{"was":{"a":1},"x":1}' '{"i/s":{"a":1},"y":1}'
    assert_equal "$output" '> /i~1s  from /was
- /x  1
+ /y  1
1 added, 1 removed, 1 moved'
}

@test "a removed member is a renamed one only where no other has its value" {
    local marks old new
    while read -r marks old new; do
        run -0 diff_text "$old" "$new"
        assert_equal "$(printf '%s\n' "${lines[@]}" | sed '$d' | cut -c1 | tr -d '\n')" "$marks"
    done <<'EOF'
> {"a":{"x":1}} {"b":{"x":1}}
-+ {"a":{"x":1},"b":{"x":1}} {"b":{"x":1},"c":{"x":1}}
-+- {"a":{"x":1},"c":{"x":1}} {"b":{"x":1}}
-++ {"a":{"x":1}} {"b":{"x":1},"c":{"x":1}}
-~ {"a":{"x":1},"b":2} {"b":{"x":1}}
-~+ {"a":{"x":1},"b":2} {"b":{"x":1},"c":{"x":1}}
>> {"a":{"x":1},"b":{"x":2}} {"c":{"x":1},"d":{"x":2}}
> {"a":"12345678"} {"b":"12345678"}
-+ {"a":"1234567"} {"b":"1234567"}
> {"a":12345678} {"b":12345678}
-+ {"a":{}} {"b":{}}
-+ {"a":true} {"b":true}
EOF
}

@test "strings of many lines are told line by line, with two lines of context" {
    run -0 diff_text '{"t":"1\n2\n3\n4\n5\n6\n7\n8\n9\n"}' '{"t":"1\n2\n3\n4\nfive\n6\n7\n8\nnine"}'
    assert_equal "$output" '~ /t
    @@ 3
      3
      4
    - 5
    + five
      6
      7
      8
    - 9
    + nine
      \ no newline at the end
1 changed'
}

@test "grep '^-' finds the removals, and no line of a text" {
    diff_text '{"a":1,"t":"- x\n- y\n- z\n"}' '{"t":"- x\n- q\n- z\n"}' >text
    run -0 grep '^-' text
    assert_equal "$output" '- /a  1'
}

@test "nothing in the states steers a terminal" {
    run -0 diff_text '{}' '{"k\u001b[31m":"\u001b]0;x\u0007","c1":"\u009b1m","bidi":"\u202e","del":"\u007f","nl\n":"a"}'
    assert_equal "$(printf '%s' "$output" | LC_ALL=C tr -d '\12\40-\176')" ""
    [[ $output == *'/k\u001b\[31m  "\u001b]0;x\u0007"'* ]]
    [[ $output == *'"\u009b1m"'* && $output == *'"\u202e"'* && $output == *'"\u007f"'* ]]
    run -0 diff_text '{"t":"a\nb\n"}' '{"t":"a\n\u001b[2J\n"}'
    [[ $output == *'    + \u001b[2J'* ]]
}

@test "values are cut on a terminal only, and never by bytes" {
    long=$(printf 'é%.0s' {1..200})
    run -0 diff_text '{}' "{\"k\":\"$long\"}"
    [[ ${lines[0]} == *"$long"* ]]
    run screen 40 "delta-diff -f text --color=never old.json new.json"
    [[ ${lines[0]} == '+ /k  "ééé'*… ]]
    assert_equal "$(printf %s "${lines[0]}" | LC_ALL=C.UTF-8 wc -m)" 40
}

@test "a value that is cut beside a long place has a line of its own" {
    diff_text '{"a-long-name-of-a-key":{}}' '{"a-long-name-of-a-key":{"and-another":"value value"}}' >whole
    assert_equal "$(head -n 1 whole)" '+ /a-long-name-of-a-key/and-another  "value value"'
    run screen 40 "delta-diff -f text --color=never old.json new.json"
    assert_equal "${lines[0]}" "+ /a-long-name-of-a-key/and-another"
    assert_equal "${lines[1]}" '    "value value"'
}

@test "what two cut strings begin with gives way to what differs" {
    start=$(printf 'x%.0s' {1..100})
    diff_text "{\"k\":\"$start one\"}" "{\"k\":\"$start two\"}" >whole
    run screen 60 "delta-diff -f text --color=never old.json new.json"
    [[ ${lines[0]} == *'one" -> '*'two"' ]] || fail "$output"
}

@test "colour by --color and NO_COLOR, never in a pipe" {
    run -0 diff_text '{"a":1}' '{"a":2}'
    [[ $output != *$'\33'* ]]
    run -0 diff_text '{"a":1}' '{"a":2}' --color=always
    [[ ${lines[0]} == $'\33[33m~ /a\33[m  \33[31m1\33[m -> \33[32m2\33[m' ]] || fail "$output"
    run screen 80 "delta-diff -f text old.json new.json"
    [[ $output == *$'\33[33m'* ]]
    run screen 80 "NO_COLOR=1 delta-diff -f text old.json new.json"
    [[ $output != *$'\33'* ]]
}

@test "an element that stays is not shown as replaced, although another one like it was" {
    run -0 diff_text '[1,"a","a",2]' '["a",null,2,1]'
    assert_equal "$output" '~ /1  "a" -> null
> /3  from /0
1 changed, 1 moved'
    run -0 diff_text '["x","x","y"]' '["y","x","x"]'
    assert_equal "$output" '> /0  from /2
1 moved'
}

@test "--stat: a bar for each top-level path, scaled" {
    printf '{"a":1,"list":[],"gone":1}' >old.json
    printf '{"a":2,"list":[%s]}' "$(seq -s , 1 200)" >new.json
    run -1 delta-diff --stat old.json new.json
    assert_equal "${lines[0]}" ' /a    |   1 ~'
    assert_equal "${lines[1]}" ' /gone |   1 -'
    [[ ${lines[2]} == ' /list | 200 +++++++++'* && ${#lines[2]} -le 80 ]]
    assert_equal "${lines[3]}" '200 added, 1 removed, 1 changed'
    run -0 --separate-stderr delta-diff --stat old.json old.json
    assert_equal "$output$stderr" ""
    jq -c ".\"$(printf 'e%.0s' {1..80})\" = 1" new.json >long.json
    for width in 30 35 50 70; do
        run -1 delta-diff --stat --width=$width old.json long.json
        for line in "${lines[@]:0:4}"; do
            [ "$(sed 's/…/./' <<<"$line" | wc -c)" -le $((width + 1)) ] || fail "$width: $line"
        done
        [[ ${lines[1]} == ' /ee'*'e… |   1 +' ]]
    done
}

@test "--stat of an array sums up what has over 20 lines" {
    jq -nc '[range(30) | {id: ., a: 1, b: 1}]' >old.json
    jq -nc '[range(30) | {id: ., a: 2, b: (if . == 7 or . == 29 then 2 else 1 end)}]' >new.json
    run -1 delta-diff --stat old.json new.json
    assert_equal "${#lines[@]}" 21
    assert_equal "${lines[0]}" ' /0          |  1 ~'
    assert_equal "${lines[7]}" ' /7          |  2 ~~'
    assert_equal "${lines[17]}" ' /17         |  1 ~'
    assert_equal "${lines[18]}" ' /29         |  2 ~~'
    assert_equal "${lines[19]}" ' (11 others) | 11 ~~~~~~~~~~~'
    assert_equal "${lines[20]}" '32 changed'
    # 20 lines are shown as they are; members of an object always.
    run -1 delta-diff --stat <(jq -c '.[:20]' old.json) <(jq -c '.[:20]' new.json)
    assert_equal "${lines[19]}" ' /19 | 1 ~'
    run -1 delta-diff --stat <(jq -c 'map({key: "\(.id)", value: .a}) | from_entries' old.json) \
        <(jq -c 'map({key: "\(.id)", value: .a}) | from_entries' new.json)
    assert_equal "${#lines[@]}" 31
}

@test "text does not go with what only records have" {
    echo 1 >a.json
    for options in "-f text -z" "-f text -r" "--stat -u" "-f text -m a=b" "--ndjson -f text" "--test"; do
        # shellcheck disable=SC2086 # several options
        run -2 --separate-stderr delta-diff $options a.json
        [ -n "$stderr" ]
    done
}

@test "very many changes are told in time that grows with them" {
    { printf '['; seq -s , 1 60000; printf ']'; } >old.json
    { printf '['; seq -s , 60000 -1 1; printf ']'; } >new.json
    run -1 timeout 60 delta-diff -f text -o out.txt old.json new.json
    assert_equal "$(tail -n 1 out.txt)" "59999 moved"
    { printf '['; seq -s , 100001 160000; printf ']'; } >new.json
    run -1 timeout 60 delta-diff -f text -o out.txt old.json new.json
    assert_equal "$(tail -n 1 out.txt)" "60000 changed"
}

@test "labels: composite and nested keys, any case of letters, metadata.name" {
    cd "$BATS_TEST_TMPDIR" || return 1
    echo '{"i":[{"metadata":{"namespace":"n","name":"a"},"v":1},{"metadata":{"namespace":"m","name":"a"},"v":1}],"k":[{"Key":"x","v":1}]}' >old.json
    echo '{"i":[{"metadata":{"namespace":"n","name":"a"},"v":1},{"metadata":{"namespace":"m","name":"a"},"v":2}],"k":[{"Key":"x","v":2}]}' >new.json
    run -1 delta-diff -f text --array-key=/i=/metadata/namespace,/metadata/name old.json new.json
    [[ $output == *'/i/1/v {namespace=m, name=a}  1 -> 2'* ]] || fail "$output"
    [[ $output == *'/k/0/v {Key=x}  1 -> 2'* ]] || fail "$output"
    run -1 delta-diff -f text old.json new.json
    [[ $output == *'/i/1/v {namespace=m}  1 -> 2'* ]] || fail "$output"
    run -1 delta-diff -f changes --array-key=/i=/metadata/namespace,/metadata/name old.json new.json
    [[ $output == *'"label":"namespace=m, name=a"'* ]] || fail "$output"
}

@test "strings that differ only in Unicode normalisation do not look alike" {
    run -0 diff_text '{"a":"caf\u00e9 \u4e2d","b":"\u212b","c":"\u00e9x"}' '{"a":"cafe\u0301 \u4e2d","b":"\u00c5","c":"\u00e9y"}'
    assert_equal "$output" '~ /a  "caf\u00e9 中" -> "cafe\u0301 中"
~ /b  "\u212b" -> "\u00c5"
~ /c  "éx" -> "éy"
3 changed'
    run -0 diff_text '{"l":"é 1\ncaf\u00e9\nx\n"}' '{"l":"é 1\ncafe\u0301\ny\n"}'
    assert_equal "$output" '~ /l
      é 1
    - caf\u00e9
    - x
    + cafe\u0301
    + y
1 changed'
    run -0 diff_text '{"k\u00e9":[1,2,3]}' '{"ke\u0301":[1,2,3]}'
    assert_equal "$output" '> /ke\u0301  from /k\u00e9
1 moved'
    # Marks that a lone surrogate follows, in another order, and within containers.
    run -0 diff_text '{"a":["e\u0301\u0323"],"b":"\u00e9\ud800"}' '{"a":["e\u0323\u0301"],"b":"e\u0301\ud800"}'
    assert_equal "$output" '~ /a/0  "e\u0301\u0323" -> "e\u0323\u0301"
~ /b  "\u00e9\ud800" -> "e\u0301\ud800"
2 changed'
}

@test "labels: what was inferred is shown like a given key, for every kind of change" {
    old='[{"sku":"a","n":1},{"sku":"b","n":2},{"sku":"c","n":3},{"sku":"d","n":4}]'
    new='[{"sku":"d","n":4},{"sku":"a","n":1},{"sku":"b","n":5},{"sku":"e","n":6}]'
    run -0 diff_text "$old" "$new"
    assert_equal "$output" '> /0 {sku=d}  from /3
~ /2/n {sku=b}  2 -> 5
- /2 {sku=c}  {"sku":"c","n":3}
+ /3 {sku=e}  {"sku":"e","n":6}
1 added, 1 removed, 1 changed, 1 moved'
    run -0 diff_text "$old" "$new" --array-key==sku
    [[ ${lines[0]} == '> /0 {sku=d}  from /3' && ${lines[2]} == '- /2 {sku=c}  '* ]] || fail "$output"

    # Two members together, two levels down; the id though there is a name.
    run -0 diff_text '[{"m":{"ns":"x","app":"p"},"v":1},{"m":{"ns":"x","app":"q"},"v":1},{"m":{"ns":"y","app":"p"},"v":1}]' \
        '[{"m":{"ns":"x","app":"p"},"v":1},{"m":{"ns":"x","app":"q"},"v":1},{"m":{"ns":"y","app":"p"},"v":2}]'
    assert_equal "${lines[0]}" '~ /2/v {ns=y, app=p}  1 -> 2'
    run -0 diff_text '[{"id":1,"name":"a"},{"id":2,"name":"b"}]' '[{"id":1,"name":"b"},{"id":2,"name":"a"}]'
    assert_equal "$output" '~ /0/name {id=1}  "a" -> "b"
~ /1/name {id=2}  "b" -> "a"
2 changed'

    # A record beside its base; what is masked names nothing.
    echo "$old" >old.json
    echo "$new" >new.json
    delta-diff --exit-zero -o record.json old.json new.json
    run -0 delta-merge -f text --base=old.json record.json
    [[ $output == *'~ /2/n {sku=b}  2 -> 5'* ]] || fail "$output"
    run -1 delta-diff -f text --mask=/*/sku old.json new.json
    [[ $output != *'{sku='* ]] || fail "$output"
}

@test "a reversible record shows its old values without the base" {
    cat >old.json <<'END'
{"a":1,"b":{"x":1,"y":[1,2,{"k":1,"v":"old"}]},"gone":"bye","l":[{"id":1,"v":1},{"id":2,"v":2},{"id":3,"v":3}],"s":"some long text that is changed in the middle only, and is long enough for a change of its text"}
END
    cat >new.json <<'END'
{"a":2,"b":{"x":1,"y":[1,5,{"k":1,"v":"new"}]},"l":[{"id":3,"v":3},{"id":1,"v":7},{"id":4,"v":4}],"new":"hi","s":"some long text that is altered in the middle only, and is long enough for a change of its text"}
END
    for options in '' '-z --standalone'; do
        # shellcheck disable=SC2086 # words
        run -1 delta-diff -r $options -o record old.json new.json
        run -0 delta-merge -f text record
        assert_equal "$output" '~ /a  1 -> 2
~ /b/y/1  2 -> 5
~ /b/y/2/v  "old" -> "new"
- /gone  "bye"
- /l/1 {id=2}  {"id":2,"v":2}
> /l/1 {id=1}  from /l/0
~ /l/1/v {id=1}  1 -> 7
+ /l/2 {id=4}  {"id":4,"v":4}
+ /new  "hi"
~ /s  text changed
      …
    - "chang"
    + "alter"
      …
2 added, 2 removed, 5 changed, 1 moved'
    done
    run -1 delta-diff -o record old.json new.json
    run -0 delta-merge -f text record
    [[ $output == *"~ /a  -> 2"$'\n'* ]]
}
