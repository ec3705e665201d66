# --embedded: strings that hold JSON; --keys-only: structure.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    jq -n '{n:1,s:({a:1,b:{pw:"x1",l:[{id:1,v:1},{id:2,v:2}]}}|tojson)}' >o.json
    jq -n '{n:1,s:({b:{l:[{v:1,id:1},{id:2,v:2}],pw:"x1"},a:1}|tojson+" ")}' >same.json
    jq -n '{n:1,s:({b:{l:[{id:2,v:3},{id:1,v:1}],pw:"x2"},a:1}|tojson)}' >n.json
}

@test "embedded: equal structure is no change, in any format" {
    run -1 delta-diff -q o.json same.json
    run -0 delta-diff -q --embedded=/s o.json same.json
    for format in text changes json packed json-patch merge-patch github; do
        run -0 delta-diff -o out -f "$format" --embedded='/*' o.json same.json
    done
    mkdir p q
    cp o.json p/k.json
    cp same.json q/k.json
    for format in text json github; do
        run -0 delta-diff -f "$format" --embedded='/*' p q
    done
    run -1 delta-diff -q --embedded=/n o.json same.json
}

@test "embedded: what changed inside is shown; a record carries the string" {
    run -1 delta-diff -f changes --embedded=/s o.json n.json
    assert_equal "$(jq -c '[.op,.path,.label]' <<<"$output")" '["change","/s/b/l/0/v","id=2"]
["move","/s/b/l/1","id=1"]
["change","/s/b/pw",null]'
    [[ $output == *'"/s/b/pw"'* && $output != *'"path":"/s"'* ]]
    run -1 delta-diff -f text --embedded=/s --mask=/s/b/pw o.json n.json
    [[ $output == *'/s/b/pw  "***" -> "***"'* && $output != *x1* && $output != *x2* ]] || fail "$output"
    delta-diff --embedded=/s o.json n.json >record || true
    assert_equal "$(delta-apply o.json record)" "$(delta-diff --canonical n.json)"
    # other filters look inside, too
    run -0 delta-diff -q --embedded=/s --ignore=/s/b o.json n.json
    run -0 delta-diff -f text --embedded=/s --ignore=/s/b o.json n.json
    run -1 delta-diff -q --embedded=/s --ignore=/s/b/pw o.json n.json
    run -0 delta-diff -q --embedded=/s --ignore=/s/b/pw --unordered=/s/b/l --ignore='/s/b/l/*/v' o.json n.json
}

# differs STATUS OLD NEW [OPTION]...: the status of each format
differs()
{
    status_wanted=$1
    echo "$2" >o.json
    echo "$3" >n.json
    for format in text changes json; do
        run -"$status_wanted" delta-diff -o out -f "$format" "${@:4}" o.json n.json
    done
    run -"$status_wanted" delta-diff -q "${@:4}" o.json n.json
}

@test "embedded: records, text and -q agree on what counts inside" {
    differs 1 '{"s":"{\"a\":1,\"b\":1}"}' '{"s":"{\"a\":2,\"b\":1}"}' --embedded=/s --only=/s/a
    delta-diff --embedded=/s --only=/s/a o.json n.json >record || true
    assert_equal "$(delta-apply o.json record)" "$(delta-diff --canonical n.json)"
    differs 0 '{"s":"{\"a\":1,\"b\":1}"}' '{"s":"{\"a\":1,\"b\":2}"}' --embedded=/s --only=/s/a
    differs 1 '{"s":"{\"a\":1}"}' '{}' --embedded=/s --only=/s/a
    differs 0 '{"s":"{\"b\":1}","a":1}' '{"a":1}' --embedded=/s --only=/s/a --only=/a
    differs 1 '{"s":"{\"a\":1}"}' '{"s":"{\"b\":2}"}' --embedded=/s --keys-only
    differs 0 '{"s":"{\"a\":1}"}' '{"s":" {\"a\":2}"}' --embedded=/s --keys-only
    differs 0 '{"s":"{\"a\":1}"}' '{"s":"x"}' --keys-only
}

@test "embedded: a string that holds an array or object is the same as that" {
    differs 0 '{"s":"{\"a\":1}"}' '{"s":{"a":1}}' --embedded=/s
    differs 0 '{"s":[1]}' '{"s":"[1.0]"}' --embedded=/s --numeric
    differs 1 '{"s":"{\"a\":1}"}' '{"s":{"a":2}}' --embedded=/s
    differs 1 '{"s":"{\"a\":1}"}' '{"s":{"a":1}}'
    differs 1 '{"s":"1"}' '{"s":1}' --embedded=/s
}

@test "embedded: elements of arrays are paired by what their strings hold" {
    jq -nc '[range(9)|{c:({a:.,b:{k:(.*.)}}|tojson),v:(.%2)}]' >p
    jq -c 'reverse|map(.c|=(fromjson|{b,a}|tojson+" "))' p >q
    differs 0 "$(<p)" "$(<q)" --embedded='/*/c' --unordered=
    differs 1 "$(<p)" "$(<q)" --embedded='/*/c'
    differs 1 "$(<p)" "$(<q)" --unordered=
    differs 0 "$(jq -c 'map(.c)' p)" "$(jq -c 'map(.c)' q)" --embedded='/*' --unordered=
    differs 0 "$(jq -c 'map([.c])' p)" "$(jq -c 'map([.c])' q)" --embedded='/*/*' --unordered=
    # what they hold is no key, and nothing that is ignored in it tells elements apart
    differs 0 '[{"n":"{\"a\":1}"},{"n":"x"}]' '[{"n":"{ \"a\":1}"},{"n":"x"}]' --embedded='/*/n'
    differs 0 '["{\"a\":1,\"t\":1}",[2]]' '[[2],"{\"a\":1,\"t\":2}"]' --embedded='/*' --ignore='/*/t' --unordered=
}

@test "embedded: strings that hold no array or object are strings" {
    for pair in '"a b"|"a  b"' '"1"|"1.0"' '"{\"a\":1}"|"{\"a\":1"' '"[1]"|"1"' '"{\"a\":1,\"a\":1}"|"{\"a\":1}"'; do
        echo "{\"s\":${pair%%|*}}" >o.json
        echo "{\"s\":${pair##*|}}" >n.json
        run -1 delta-diff -f text --embedded=/s o.json n.json
        run -0 delta-diff -q --embedded=/s o.json o.json
    done
}

@test "embedded: a mask below the string holds in every output" {
    long=$(printf 'w%.0s' {1..400})
    jq -n --arg l "$long" '{n:1,s:({l:$l,pw:"hunter1",q:[{pw:"hunter3"}]}|tojson)}' >o.json
    jq -n --arg l "$long" '{n:2,s:({l:$l,pw:"hunter2",q:[{pw:"hunter4"}]}|tojson)}' >n.json
    mkdir p q
    cp o.json p/k.json
    cp n.json q/k.json
    for mask in /s/pw,/s/q '/**/pw,/**/q' '/s/*,/n'; do
        masks=(--embedded=/s --mask="${mask%,*}" --mask="${mask#*,}")
        for format in text changes json packed html github markdown junit sarif; do
            for states in "o.json n.json" "p q" "/dev/null n.json" "o.json /dev/null"; do
                # shellcheck disable=SC2086 # two operands
                delta-diff --force -o out -f "$format" "${masks[@]}" $states || [ $? -eq 1 ] || continue
                run ! grep -q hunter out
            done
        done
        delta-diff -f json --include-unchanged "${masks[@]}" o.json <(jq -c '.n=7' o.json) >out || true
        run ! grep -q hunter out
    done
    # what is not masked is still told
    run -1 delta-diff -f json --embedded=/s --mask=/s/pw --mask=/s/q o.json n.json
    assert_equal "$(jq -c '.changes | .n, (.s|fromjson|del(.l))' <<<"$output")" '2
{"pw":"***","q":"***"}'
}

@test "embedded: a change inside has the place of the string" {
    printf '{\n "n": 1,\n "s": "{\\"a\\":[1]}"}\n' >o.json
    printf '{\n "n": 1,\n "s": "{\\"a\\":[1,2],\\"b\\":3}"}\n' >n.json
    run -1 delta-diff -f changes --embedded=/s o.json n.json
    assert_equal "$(jq -c '[.path,.line,.column]' <<<"$output")" '["/s/a/1",3,2]
["/s/b",3,2]'
    run -1 delta-diff -f github --embedded=/s o.json n.json
    [[ ${lines[0]} == '::error file=n.json,line=3,col=2::+ /s/a/1'* ]] || fail "$output"
}

@test "embedded: JSON in JSON in JSON goes no deeper than a state may" {
    python3 - <<'EOF'
import json
for name, leaf in (("o", 1), ("n", 2)):
    text = str(leaf)
    for level in range(14):
        text = "[" * 2000 + (json.dumps(text) if level else text) + "]" * 2000
    open(name + ".json", "w").write(text)
EOF
    for format in text changes json; do
        run -1 delta-diff -o out -f "$format" --embedded='/**' o.json n.json
        run -1 delta-diff -o out -f "$format" --embedded='/**' --mask='/**/x' o.json n.json
    done
    run -1 delta-diff -q --embedded='/**' --ignore='/**/x' o.json n.json
}

@test "embedded: of a stream, and called by git" {
    jq -c . o.json same.json n.json >states
    run -0 delta-diff --ndjson -f changes --embedded=/s states
    [[ $output == *'"/s/b/pw"'* ]]
    assert_equal "$(jq -r 'select(.line==2)|.path' <<<"$output")" ''
}

@test "keys-only: scalars in the place of scalars do not count" {
    echo '{"a":1,"b":{"c":"x","d":[1,2,3]},"l":[{"id":1,"v":1},{"id":2,"v":2}]}' >o.json
    echo '{"a":null,"b":{"c":7,"d":[4,5,6]},"l":[{"id":1,"v":9},{"id":2,"v":8}]}' >n.json
    run -0 delta-diff -f text --keys-only o.json n.json
    echo '{"a":[],"b":{"c":7,"e":1,"d":[4,5]},"l":[{"id":2,"v":2,"w":1}]}' >n.json
    run -1 delta-diff -f changes --keys-only o.json n.json
    assert_equal "$(jq -r '.op+" "+.path' <<<"$output" | sort)" 'add /b/e
add /l/0/w
change /a
remove /b/d/2
remove /l/0'
    # the record leads to the old values, in the new structure
    delta-diff --keys-only o.json n.json >record || true
    assert_equal "$(delta-apply o.json record)" \
        '{"a":[],"b":{"c":"x","d":[1,2],"e":1},"l":[{"id":2,"v":2,"w":1}]}'
    delta-apply o.json record >made.json
    run -0 delta-diff -q --keys-only n.json made.json
    run -2 delta-diff --canonical --keys-only o.json
    run -2 delta-diff --digest --embedded=/a o.json
}
