load helpers

# Arrays in merges: which element is which, and the options that say so.

setup()
{
    cd "$BATS_TEST_TMPDIR" || return 1
}

# states BASE OURS THEIRS
states()
{
    echo "$1" >base
    echo "$2" >ours
    echo "$3" >theirs
}

# both OPTION...: the result of -3, and of two records with and without their base
concurrent()
{
    delta-diff --exit-zero -o one.record base ours
    delta-diff --exit-zero -o two.record base theirs
    delta-merge --concurrent -o both.record "$@" one.record two.record && delta-apply base both.record
}

# merges_to RESULT [OPTION]...: whichever side is ours
merges_to()
{
    local result=$1 sides
    shift
    for sides in 'ours theirs' 'theirs ours'; do
        # shellcheck disable=SC2086 # two files
        run -0 delta-merge -3 "$@" base $sides
        assert_equal "$output" "$result"
    done
}

# keeps_ours [OPTION]...: both sides did the same, and what is ours stays as it is written
keeps_ours()
{
    run -0 delta-merge -3 "$@" base ours theirs
    assert_equal "$output" "$(jq -c . ours)"
    run -0 delta-merge -3 "$@" base theirs ours
    assert_equal "$output" "$(jq -c . theirs)"
}

# conflicts [OPTION]...: whichever side is ours
conflicts()
{
    run -1 --separate-stderr delta-merge -3 "$@" base theirs ours
    run -1 --separate-stderr delta-merge -3 "$@" base ours theirs
}

@test "equal neighbours: what both sides did goes in once" {
    states '["d","b","b","e"]' '["d","b","e"]' '["x","d","b","e"]'
    merges_to '["x","d","b","e"]'
    run -0 concurrent --base=base
    assert_equal "$output" '["x","d","b","e"]'
    states '["d","b","e"]' '["d","b","b","e"]' '["x","d","b","b","e"]'
    merges_to '["x","d","b","b","e"]'
}

@test "equal neighbours: a removal that can be read in two ways is a conflict" {
    states '["b","b","e"]' '["b","e"]' '["x","b","e"]'
    run -1 --separate-stderr delta-merge -3 --conflicts=found base ours theirs
    assert_one_error delta-merge 'conflict at .root.: its elements cannot be matched'
    grep -q '"kind": "uncertain"' found
    run -1 --separate-stderr concurrent
    [ -z "$output" ]
}

@test "an edit of an element that the other side replaced is a conflict that names it" {
    states '{"u":[{"id":1,"role":"user","on":true},{"id":2,"role":"user","on":false}]}' \
        '{"u":[{"id":2,"role":"user","on":false},{"id":9,"role":"user","on":true}]}' \
        '{"u":[{"id":1,"role":"admin","on":true},{"id":2,"role":"user","on":false}]}'
    run -1 --separate-stderr delta-merge -3 --conflicts=found base ours theirs
    assert_one_error delta-merge 'conflict at /u/0 .id=1.: ours removed it, theirs changed it'
    grep -q '"label": "id=1"' found
    run -1 --separate-stderr concurrent
    assert_one_error delta-merge 'conflict at /u'
    run -1 --separate-stderr concurrent --base=base
    assert_one_error delta-merge 'conflict at /u/0 .id=1.: ours removed it, theirs changed it'
}

@test "keys of several parts and below the element" {
    states '[{"m":{"ns":"a","n":"x"},"v":1},{"m":{"ns":"b","n":"x"},"v":1}]' \
        '[{"m":{"ns":"b","n":"x"},"v":1},{"m":{"ns":"a","n":"x"},"v":2}]' \
        '[{"m":{"ns":"a","n":"x"},"v":1},{"m":{"ns":"b","n":"x"},"v":3}]'
    run -0 delta-merge -3 --array-key==/m/ns,/m/n base ours theirs
    assert_equal "$output" '[{"m":{"ns":"b","n":"x"},"v":3},{"m":{"ns":"a","n":"x"},"v":2}]'
    run -1 delta-diff -f text --array-key==/m/ns,/m/n base ours
    [[ $output == *'~ /1/v'* && $output == *'> /'* ]] || fail "$output"
    run -2 --separate-stderr delta-merge -3 --array-key==a,,b base ours theirs
    assert_one_error delta-merge 'empty member name'
    run -2 --separate-stderr delta-merge -3 --array-key==/a~2 base ours theirs
    assert_one_error delta-merge 'invalid pointer'
}

@test "a key that is repeated or missing: as in an array without a key" {
    states '{"p":[{"port":53,"proto":"UDP"},{"port":53,"proto":"TCP"}]}' \
        '{"p":[{"port":53,"proto":"UDP"},{"port":53,"proto":"TCP"},{"port":9,"proto":"TCP"}]}' \
        '{"p":[{"port":53,"proto":"TCP"}]}'
    run -0 delta-merge -3 --array-key=/p=port base ours theirs
    assert_equal "$output" '{"p":[{"port":53,"proto":"TCP"},{"port":9,"proto":"TCP"}]}'
    states '{"p":[{"n":"a"},{"z":1}]}' '{"p":[{"n":"a","x":1},{"z":1}]}' '{"p":[{"n":"a"},{"z":2}]}'
    run -0 delta-merge -3 --array-key=/p=n base ours theirs
    assert_equal "$output" '{"p":[{"n":"a","x":1},{"z":2}]}'
}

@test "what both sides add under given keys is in one order, numbers by value" {
    states '[{"id":1}]' '[{"id":1},{"id":10}]' '[{"id":1},{"id":9}]'
    run -1 delta-merge -3 base ours theirs
    merges_to '[{"id":1},{"id":9},{"id":10}]' --array-key==id
    states '[{"id":1}]' '[{"id":1},{"id":2,"a":1}]' '[{"id":1},{"id":2.0,"a":1}]'
    run -1 --separate-stderr delta-merge -3 --array-key==id base ours theirs
    [[ $stderr == *'both sides'* ]]
}

@test "two lists that both sides added" {
    states '{}' '{"k":["b","x"]}' '{"k":["c","x"]}'
    run -1 delta-merge -3 base ours theirs
    run -0 delta-merge -3 --prefer=union base ours theirs
    assert_equal "$output" '{"k":["b","x","c"]}'
    states '{}' '{"p":[{"n":"a","v":1}]}' '{"p":[{"n":"b","v":1},{"n":"a","v":1}]}'
    run -0 delta-merge -3 --array-key=/p=n base ours theirs
    assert_equal "$output" "$(cat theirs)"
}

@test "--prefer=POINTER=SIDE resolves conflicts there" {
    states '{"a":1,"b":{"c":1},"d":1}' '{"a":2,"b":{"c":2},"d":2}' '{"a":3,"b":{"c":3},"d":3}'
    run -1 --separate-stderr delta-merge -3 --prefer=/a=theirs --prefer=/b/*=ours base ours theirs
    assert_equal "$output" '{"a":3,"b":{"c":2},"d":2}'
    assert_one_error delta-merge 'conflict at /d'
    run -0 delta-merge -3 --prefer=/a=theirs --prefer=ours base ours theirs
    assert_equal "$output" '{"a":3,"b":{"c":2},"d":2}'
    run -0 delta-merge -3 --prefer==theirs --prefer=/b=ours base ours theirs
    assert_equal "$output" '{"a":3,"b":{"c":2},"d":3}'
    states '{"l":[1,2,3]}' '{"l":[1,7,2,3]}' '{"l":[1,8,2,3]}'
    run -0 delta-merge -3 --prefer=/l=union base ours theirs
    assert_equal "$output" '{"l":[1,7,8,2,3]}'
    states '{"t":"a\nb\nc\n"}' '{"t":"a\nB\nc\n"}' '{"t":"a\nx\nc\n"}'
    run -0 delta-merge -3 --prefer=/t=theirs base ours theirs
    assert_equal "$output" '{"t":"a\nx\nc\n"}'
    for wrong in both a=ours /a=both /a=; do
        run -2 --separate-stderr delta-merge -3 --prefer="$wrong" base ours theirs
        assert_one_error delta-merge "invalid value '$wrong'"
    done
}

@test "--numeric: another spelling is not a change, and ours stays" {
    states '{"a":1.0,"b":1,"c":[1,2.50]}' '{"a":2.0,"b":1.0,"c":[1,2.5]}' '{"a":1,"b":1e0,"c":[1.0,2.50,3]}'
    run -1 delta-merge -3 base ours theirs
    run -0 delta-merge -3 --numeric base ours theirs
    assert_equal "$output" '{"a":2.0,"b":1.0,"c":[1,2.5,3]}'
    run -0 concurrent --numeric --base=base
    run -2 --separate-stderr concurrent --numeric
    assert_one_error delta-merge -- '--base'
    run -2 --separate-stderr delta-merge --numeric one.record
    assert_one_error delta-merge -- '--numeric'
}

@test "--unordered: both sides' elements, in any order" {
    states '["a","b","c"]' '["c","b","x","a"]' '["y","a","c"]'
    run -1 delta-merge -3 base ours theirs
    run -0 delta-merge -3 --unordered= base ours theirs
    assert_equal "$(python3 -c 'import json, sys; print(sorted(json.loads(sys.argv[1])))' "$output")" "['a', 'c', 'x', 'y']"
    # What takes the place of an element is another one.
    states '["a"]' '["x"]' '["y"]'
    run -0 delta-merge -3 --unordered= base ours theirs
    assert_equal "$(jq -c . <<<"$output")" '["x","y"]'
    states '[["a"]]' '[5,5]' '[5]'
    run -0 delta-merge -3 --unordered= base ours theirs
    assert_equal "$output" '[5,5]'
    # The lines of a text have an order, whatever the pattern matches.
    states '{"t":"a\nb\nc\n"}' '{"t":"a\nx\nb\nc\n"}' '{"t":"a\ny\nb\nc\n"}'
    local pattern
    for pattern in /t '/**'; do
        run -1 --separate-stderr delta-merge -3 "--unordered=$pattern" base ours theirs
        assert_equal "$output" '{"t":"a\nx\nb\nc\n"}'
    done
}

@test "--unordered: equal elements, of which both sides keep as many in another order" {
    # Both replaced one "a" by "b": one "a" stays.
    states '["a","x","a"]' '["b","x","a"]' '["x","a","b"]'
    keeps_ours --unordered=
    # Both changed one of two: the other one stays as it is.
    states '[{"n":0},"x","y",{"n":0}]' '[{"a":1,"n":0},"x",[],"y",{"n":0}]' '["x",{"a":1,"n":0},{"n":0},"y",[]]'
    for key in '' --array-key==n; do
        run -0 delta-merge -3 --unordered= $key base ours theirs
        assert_equal "$output" "$(jq -c . ours)"
    done
}

@test "--unordered: what both sides made of an element, or of two, is there once" {
    states '[{"n":0,"l":[1,2,3],"s":"text"},"z"]' '[{"n":1,"l":[1,2,3],"s":"text"},"z","o"]' \
        '[{"n":1,"l":[1,2,3],"s":"text"},"z","t"]'
    run -0 delta-merge -3 --unordered= base ours theirs
    assert_equal "$output" '[{"n":1,"l":[1,2,3],"s":"text"},"z","o","t"]'
    states '[{"n":0,"l":[1,2,3],"s":"text"},{"n":5,"l":[1,2,3],"s":"text"}]' \
        '[{"n":1,"l":[1,2,3],"s":"text"},{"n":5,"l":[1,2,3],"s":"text"}]' \
        '[{"n":0,"l":[1,2,3],"s":"text"},{"n":1,"l":[1,2,3],"s":"text"}]'
    run -0 delta-merge -3 --unordered= base ours theirs
    assert_equal "$output" '[{"n":1,"l":[1,2,3],"s":"text"}]'
    # Ours made a 2 of the 1 that theirs has, so that the other 2 seems to have moved; both are kept.
    alike() { jq -nc --argjson kinds "$1" '$kinds | map({n: ., l: [1, 2, 3], s: "text"})'; }
    states "$(alike '[4,3,4,1,4,2]')" "$(alike '[2,4,4,3,4,2]')" "$(alike '[4,1,4,4,4,2]')"
    run -0 delta-merge -3 --unordered= base ours theirs
    assert_equal "$(jq -c 'map(.n) | sort' <<<"$output")" '[2,2,4,4,4,4]'
}

@test "--unordered: where an element is counts for nothing, whatever the others became" {
    local base='{"name":"te","a":"te","b":"te"}' both='{"name":"te","a":"te","b":-17}' one='{"name":"te","a":"te"}' \
        same='{"id":19,"name":"te","a":"te","b":"te"}' theirs
    # Two of base became one of both and one; which of both was there may depend on the order.
    for theirs in "$both,$both,$same,$one" "$both,$one,$both,$same" "$both,$both,$one,$same"; do
        states "[{},$base,$base,$same,$both]" "[$both,$both,$same,$one]" "[$theirs]"
        keeps_ours --unordered=
    done
    # Theirs removed what ours may have moved.
    states "[{},$base,$base,$same,$both]" "[$one,$both,$same,$both]" "[$one,$both]"
    merges_to "[$one,$both,$both]" --unordered=
}

@test "what is beside an element that both sides added stays beside it" {
    local key ours theirs
    ours='[{"k":1},{"k":4},{"k":2},{"k":5}]' theirs='[{"k":1},{"k":2},{"k":3}]'
    for key in '' --array-key==k; do
        states '[{"k":1}]' '[{"k":1},{"k":3},{"k":2}]' '[{"k":1},{"k":2}]'
        merges_to "$(cat ours)" $key
        # In two orders: what is between depends on the side.
        states '[{"k":1}]' '[{"k":1},{"k":3},{"k":2}]' '[{"k":1},{"k":2},{"k":3}]'
        conflicts $key
    done
    states '[{"k":1}]' "$ours" "$theirs"
    merges_to '[{"k":1},{"k":4},{"k":2},{"k":3},{"k":5}]' --array-key==k
}

# ids N...: elements with these
ids()
{
    jq -nc '$ARGS.positional | map({id: tonumber})' --args "$@"
}

@test "elements that both sides moved are there once, in their order, whatever else a side did" {
    # Of two that changed places, either was moved; one side removed or moved another one besides.
    local base ours theirs
    while IFS=: read -r base ours theirs; do
        # shellcheck disable=SC2086 # words
        states "$(ids $base)" "$(ids $ours)" "$(ids $theirs)"
        merges_to "$(cat ours)" --array-key==id
    done <<'ROWS'
0 1 2:2 1:0 2 1
0 1 2 3:2 1 3:0 2 1 3
0 1 2:2 1 0:2 0 1
0 1 2 3:2 1:2 0 1
0 1 2 3 4:2 0 3 4:2 0 1 3 4
0 1 2 3 4:0 1 3 2:0 1 3 2 4
0 1 2 3 4 5 6 7 8:0 1 3 4 5 7 8 6 2:0 1 3 4 5 6 7 8 2
ROWS
    states "$(ids 0 1 2 3)" "$(ids 0 2 3 1)" '[{"id":0},"s",{"id":1}]'
    merges_to '[{"id":0},"s",{"id":1}]' --array-key==id
}

@test "an element that equals another one, which was moved, is no edit of what is like it" {
    states '[{"id":0,"a":2.5},{"id":0,"n":1,"a":2.5},{"id":2,"b":"tex"},{"id":0,"a":2.5}]' \
        '[{"id":0,"a":2.5},{"id":0,"a":2.5},{"b":["tex","te"],"id":0,"n":1,"a":2.5},{"b":"tex","id":2}]' \
        '[{"a":"[1]","id":0},{"id":0,"a":2.5},{"b":["tex","te"],"id":0,"n":1,"a":2.5},{"b":"tex","id":2}]'
    conflicts
}

@test "--unordered: as many equal elements as the side with more added, whichever it is" {
    states '[{"k":0},[7]]' '[{"k":0},[5],[7]]' '[[5],{"k":0},[5],[7]]'
    local sides
    for sides in 'ours theirs' 'theirs ours'; do
        run -0 delta-merge -3 --unordered= base $sides
        assert_equal "$(jq -c sort <<<"$output")" '[[5],[5],[7],{"k":0}]'
        # Both put one at the same place, and one of them another one elsewhere.
        run -0 delta-merge -3 --unordered= --array-key==k base $sides
        assert_equal "$(jq -c sort <<<"$output")" '[[5],[5],[7],{"k":0}]'
    done
}

@test "a key that a state has several of identifies none of them" {
    # Each side changed another one of two.
    states '[{"k":9},{"k":1},{"k":9}]' '[{"k":9},{"k":1},{"k":9,"a":1}]' '[{"k":9,"b":1},{"k":1},{"k":9}]'
    merges_to '[{"k":9,"b":1},{"k":1},{"k":9,"a":1}]' --array-key==k
    # Both may have changed the same one.
    states '[{"k":2},{"k":2}]' '[{"k":2},{"k":2,"a":1}]' '[{"k":2,"b":1},{"k":2,"b":1}]'
    conflicts --array-key==k
    states '[{"k":0,"v":1},{"k":0,"v":2}]' '[{"k":0,"v":3},{"k":0,"v":4}]' '[{"k":0,"v":4},{"k":0,"v":3}]'
    run -0 delta-merge -3 --unordered= --array-key==k base ours theirs
    assert_equal "$output" "$(jq -c . ours)"
    # Added by one side.
    states '[{"k":8},{"k":9}]' '[{"k":1,"v":1},{"k":1,"v":2},{"k":8},{"k":9}]' '[{"k":8},{"k":1,"w":1},{"k":9}]'
    merges_to '[{"k":1,"v":1},{"k":1,"v":2},{"k":8},{"k":1,"w":1},{"k":9}]' --array-key==k
    # Those of a key that each side added one of are one, at the same place at least.
    states '[{"k":9}]' '[{"k":1,"v":1},{"k":9}]' '[{"k":1,"w":1},{"k":9}]'
    run -0 delta-merge -3 --array-key==k base ours theirs
    assert_equal "$output" '[{"k":1,"v":1,"w":1},{"k":9}]'
}

@test "in an array with a key, what it does not identify: a further state is the result, or a conflict" {
    # Theirs is ours with one more element, or one more member. An alignment of the 0s, of {"k":1} or of
    # what is alike may be another one for each side.
    local row sides
    while read -r row; do
        eval "states $row"
        for sides in 'ours theirs' 'theirs ours'; do
            run --separate-stderr delta-merge -3 --array-key==k base $sides
            [[ $status -eq 1 || ($status -eq 0 && $output == "$(cat theirs)") ]]
        done
    done <<'ROWS'
'[0,{"k":1},{"k":2},{"k":3}]' '[0,{"k":1},0,{"k":2},0,{"k":3}]' '[{},0,{"k":1},0,{"k":2},0,{"k":3}]'
'[{"k":0},{"k":1},{"k":1},{"k":2}]' '[{"k":1}]' '[[5],{"k":1}]'
'[{"n":"t","b":"s"},{"k":1},{"a":"t","b":"t"},{"n":"text","b":"t"},{"k":4}]' '[{"n":"t","b":"s"},{"k":1},{"a":"t","b":"t"},{"b":"te","n":"text"},{"k":4}]' '[{"n":"t","b":"s"},{"k":1},{"n":"text","a":"t","b":"t"},{"b":"te","n":"text"},{"k":4}]'
ROWS
}

@test "a repeated key does not say which element an edit belongs to" {
    # Ours removed the first, and added another of its key.
    states '[{"k":0,"v":1},{"k":0,"w":2}]' '[{"k":0,"w":2},{"k":0,"z":9}]' '[{"k":0,"v":1,"x":1},{"k":0,"w":2}]'
    conflicts --array-key==k
}

@test "--numeric: a side that writes numbers differently made no other change, where keys repeat" {
    states '[{"k":0,"n":"te","b":-17},{"k":0,"a":-17}]' \
        '[{"n":{"x":["text"],"y":"t","z":0e0},"k":0,"b":-17e0},{"k":0,"a":-17.0}]' \
        '[{"n":{"x":["text"],"y":"t","z":0},"k":0,"b":-17},{"k":0,"a":-17}]'
    run -0 delta-merge -3 --numeric --array-key==k base ours theirs
    run -0 delta-merge -3 --numeric --array-key==k base theirs ours
}

@test "--numeric: equal numbers, written in several ways, of elements that became alike" {
    states '[{"m":"te","n":"te","b":"te"},{"m":"te","n":"te","b":-17}]' \
        '[{"m":"te","n":"te","b":-17e0},{"b":-17.0,"m":"te","n":"te"}]' \
        '[{"b":-17,"m":"te","n":"te"},{"m":"te","n":"te","b":-17}]'
    run -0 delta-merge -3 --numeric --unordered= base ours theirs
    assert_equal "$(jq -c 'map(.b == -17)' <<<"$output")" '[true,true]'
    run -0 delta-merge -3 --numeric --unordered= base theirs ours
    assert_equal "$(jq -c 'map(.b == -17)' <<<"$output")" '[true,true]'
}

@test "--numeric: what theirs adds stays as it is written" {
    states '[1, 2]' '[1.0, 2]' '[1, 2, {"id": 7, "of": 1e0}]'
    run -0 delta-merge -3 --numeric base ours theirs
    assert_equal "$(tr -d ' \n' <<<"$output")" '[1.0,2,{"id":7,"of":1e0}]'
}

@test "--unordered: an array in another order is the same one, wherever it is" {
    states '[{"l":[1,2]},{"l":[2,1],"m":[[1,2]]}]' '[{"l":[2,1]},{"m":[[2,1]],"l":[1,2]}]' '[{"l":[1,2],"n":1}]'
    run -0 delta-merge -3 --unordered='/**' base ours theirs
    assert_equal "$output" '[{"l":[2,1],"n":1}]'
    run -0 delta-merge -3 --unordered='/**' base theirs ours
    assert_equal "$output" '[{"l":[1,2],"n":1}]'
    # Only there: an array whose order counts has changed.
    run -1 --separate-stderr delta-merge -3 --unordered='/*/l' base ours theirs
    states '{"l":[1,2],"o":[1,2]}' '{"l":[2,1],"o":[2,1]}' '{"l":[1,2,3],"o":[1,2,3]}'
    run -1 --separate-stderr delta-merge -3 --unordered=/l base ours theirs
    assert_equal "$(jq -c .l <<<"$output")" '[2,1,3]'
    [[ $stderr == *' /o'* && $stderr != *' /l'* ]]
}

@test "--unordered: arrays in elements that became alike" {
    states '[{"n":"x","l":[2]},{"l":[1]},{"l":1},{"l":[2,1],"m":1}]' \
        '[{"l":1},{"n":"x","l":[2,2]},{"l":[1,1,2]},{"l":[2,1,1]}]' \
        '[{"n":"x","l":[2,2]},{"l":1},{"l":[1,2,1]},{"l":[1,2,1]}]'
    run -0 delta-merge -3 --unordered='/**' base ours theirs
    assert_equal "$(jq -c 'map(.l | arrays | sort) | sort' <<<"$output")" '[[1,1,2],[1,1,2],[2,2]]'
}

@test "many elements that both sides added" {
    python3 - <<'PY'
import json
json.dump([{"id": -1}], open("base", "w"))
for side in ("ours", "theirs"):
    json.dump([{"id": -1}] + [{"id": f"{side}{i}"} for i in range(100000)], open(side, "w"))
PY
    run -0 delta-merge -3 -o out --array-key==id base ours theirs
    assert_equal "$(python3 -c 'import json; print(len(json.load(open("out"))))')" 200001
}

@test "two equally long common orders that lead to different merges are a conflict" {
    states '"a\ne\na\ne\ne\nx\ny\nc\n"' '"e\na\ne\na\ne\nq\np\ny\nc\n"' '"a\ne\nn\ne\ne\nx\ny\nc\n"'
    run -1 --separate-stderr delta-merge -3 base ours theirs
    assert_one_error delta-merge 'conflict at .root.'
}

@test "of two neighbours that were exchanged either may be the moved one: its removal conflicts" {
    states '[{"id":1},{"id":2},{"id":3},{"id":4}]' '[{"id":1},{"id":3},{"id":4}]' \
        '[{"id":1},{"id":3},{"id":2},{"id":4}]'
    run -1 --separate-stderr delta-merge -3 base ours theirs
    assert_one_error delta-merge 'conflict at /1 .id=2.: ours removed it, theirs moved it'
}

@test "a member that is unique by chance is no key where two others together say something else" {
    states '[{"r":"east","p":"p4","v":3,"t":"text 1"}]' '[{"r":"east","p":"p4","v":9,"t":"text 1"}]' \
        '[{"r":"east","p":"p5","v":3,"t":"text 3"}]'
    run -1 --separate-stderr delta-merge -3 base ours theirs
    assert_one_error delta-merge 'conflict at .root.'
}

@test "--concurrent without a base: an edit of several members may be of another element" {
    local kept='{"r":"east","p":"p6","v":3,"on":true,"d":"a long text that makes a patch worth while, and more of it"}'
    local tail='"d":"another long text that makes a patch worth while, and more"}'
    states "{\"a\":[$kept,{\"r\":\"north\",\"p\":\"p7\",\"v\":1,\"on\":true,$tail]}" \
        "{\"a\":[$kept,{\"r\":\"west\",\"p\":\"p8\",\"v\":1,\"on\":true,$tail]}" \
        "{\"a\":[$kept,{\"r\":\"north\",\"p\":\"p7\",\"v\":1,\"on\":\"off\",$tail]}"
    run -1 --separate-stderr concurrent
    assert_one_error delta-merge 'conflict at /a/1: its elements cannot be matched with certainty'
    run -0 concurrent --array-key=/a=v
    [[ $output == *'"on":"off","p":"p8"'* ]]
}

@test "[member=value] in patterns selects by the value in base, ours or theirs" {
    states '{"i":[{"id":1,"k":"A","v":1},{"id":2,"k":"B","v":1}]}' \
        '{"i":[{"id":1,"k":"A","v":2},{"id":2,"k":"B","v":2}]}' \
        '{"i":[{"id":1,"k":"A","v":3},{"id":2,"k":"B","v":3}]}'
    run -1 --separate-stderr delta-merge -3 '--prefer=/i/[k=A]=theirs' base ours theirs
    assert_equal "$output" '{"i":[{"id":1,"k":"A","v":3},{"id":2,"k":"B","v":2}]}'
    assert_one_error delta-merge 'conflict at /i/1/v'
    run -0 delta-merge -3 '--prefer=/i/[k=A]/v=theirs' '--prefer=/**/[k=B]=ours' base ours theirs
    assert_equal "$output" '{"i":[{"id":1,"k":"A","v":3},{"id":2,"k":"B","v":2}]}'
    run -0 concurrent --base=base '--prefer=/i/[k=A]=theirs' --prefer=ours
    assert_equal "$output" '{"i":[{"id":1,"k":"A","v":3},{"id":2,"k":"B","v":2}]}'

    # One side alone has the value.
    states '{"a":{"k":"A","v":1}}' '{"a":{"k":"B","v":2}}' '{"a":{"k":"A","v":3}}'
    run -0 delta-merge -3 '--prefer=/[k=B]=ours' base ours theirs
    assert_equal "$output" '{"a":{"k":"B","v":2}}'
    run -1 delta-merge -3 '--prefer=/[k=C]=ours' base ours theirs

    # What both sides added, a member and an element, and what one of them removed.
    states '{"l":[{"id":1,"k":"A"}]}' '{"l":[],"x":{"k":"A","v":1}}' '{"l":[{"id":1,"k":"A","v":2}],"x":{"k":"A","v":2}}'
    run -0 delta-merge -3 '--prefer=/**/[k=A]=theirs' base ours theirs
    assert_equal "$output" '{"l":[{"id":1,"k":"A","v":2}],"x":{"k":"A","v":2}}'
    states '[{"id":1}]' '[{"id":1},{"id":2,"k":"A","v":1}]' '[{"id":1},{"id":2,"k":"A","v":2}]'
    run -0 delta-merge -3 --array-key==id '--prefer=/[k=A]/v=theirs' base ours theirs
    assert_equal "$output" '[{"id":1},{"id":2,"k":"A","v":2}]'

    # An element moved to two places, whose value each state has in its own way.
    states '[{"id":1,"k":"A"},{"id":2},{"id":3},{"id":4}]' \
        '[{"id":2},{"id":3},{"id":4},{"id":1,"k":"B"}]' \
        '[{"id":2},{"id":1,"k":"C"},{"id":3},{"id":4}]'
    local value
    for value in A B C; do
        run -0 delta-merge -3 "--prefer=/[k=$value]=theirs" base ours theirs
        assert_equal "$output" '[{"id":2},{"id":1,"k":"C"},{"id":3},{"id":4}]'
    done
    run -1 delta-merge -3 '--prefer=/[k=D]=theirs' base ours theirs
}

@test "[member=value] above an array: its key, and whether its order counts" {
    states '{"i":[{"id":1,"k":"A","l":[{"h":"p","n":"a"},{"h":"q","n":"a"}]}]}' \
        '{"i":[{"id":1,"k":"A","l":[{"h":"p","n":"b"},{"h":"q","n":"a"}]}]}' \
        '{"i":[{"id":1,"k":"A","l":[{"h":"q","n":"c"},{"h":"p","n":"a"}]}]}'
    run -1 delta-merge -3 base ours theirs
    run -0 delta-merge -3 '--array-key=/i/[k=A]/l=h' base ours theirs
    assert_equal "$output" '{"i":[{"id":1,"k":"A","l":[{"h":"q","n":"c"},{"h":"p","n":"b"}]}]}'
    run -1 delta-merge -3 '--array-key=/i/[k=B]/l=h' base ours theirs
    states '{"i":[{"id":1,"k":"A","l":[1]}]}' '{"i":[{"id":1,"k":"A","l":[1,2]}]}' '{"i":[{"id":1,"k":"A","l":[1,3]}]}'
    run -0 delta-merge -3 '--unordered=/i/[k=A]/l' base ours theirs
    assert_equal "$output" '{"i":[{"id":1,"k":"A","l":[1,2,3]}]}'
    run -1 delta-merge -3 '--unordered=/i/[k=B]/l' base ours theirs
    run -0 delta-merge -3 '--prefer=/i/[id=1]/l=union' base ours theirs
    assert_equal "$output" '{"i":[{"id":1,"k":"A","l":[1,2,3]}]}'
}

@test "names that were exchanged: whose change it is, is not known" {
    states '[{"host":"a","port":80,"up":true},{"host":"b","port":443,"up":false},{"host":"c","port":22,"up":true}]' \
        '[{"host":"b","port":80,"up":true},{"host":"a","port":443,"up":false},{"host":"c","port":22,"up":true}]' \
        '[{"host":"a","port":80,"up":true},{"host":"b","port":443,"up":false,"n":1},{"host":"c","port":22,"up":true}]'
    conflicts
    [[ $stderr == *'cannot be matched with certainty'* ]]
    run -0 delta-merge -3 --array-key==host base ours theirs
    assert_equal "$output" \
        '[{"host":"b","port":80,"up":true,"n":1},{"host":"a","port":443,"up":false},{"host":"c","port":22,"up":true}]'
    # with an id there is no doubt
    states '[{"id":1,"host":"a","port":80},{"id":2,"host":"b","port":443}]' \
        '[{"id":1,"host":"b","port":80},{"id":2,"host":"a","port":443}]' \
        '[{"id":1,"host":"a","port":80},{"id":2,"host":"b","port":444}]'
    run -0 delta-merge -3 base ours theirs
    assert_equal "$output" '[{"id":1,"host":"b","port":80},{"id":2,"host":"a","port":444}]'
}

@test "what both sides added under one key, at different places" {
    states '[{"id":1},{"id":2},{"id":3}]' '[{"id":1},{"id":9},{"id":2},{"id":3}]' \
        '[{"id":1},{"id":2},{"id":9},{"id":3}]'
    conflicts
    states '[{"id":1},{"id":2},{"id":3}]' '[{"id":1},{"id":9},{"id":2},{"id":3}]' \
        '[{"id":1},{"id":9},{"id":2},{"id":3},{"id":4}]'
    merges_to "$(cat theirs)"
}

@test "what both sides added without a key, at different places" {
    words='"aaaaaaaa","bbbbbbbb","cccccccc","dddddddd","eeeeeeee"'
    states "{\"k\":[$words]}" "{\"k\":[\"new\",$words]}" \
        '{"k":["aaaaaaaa","bbbbbbbb","new","cccccccc","dddddddd","eeeeeeee"]}'
    for sides in 'ours theirs' 'theirs ours'; do
        # shellcheck disable=SC2086
        run -1 --separate-stderr delta-merge -3 base $sides
        assert_one_error delta-merge 'conflict at /k: its elements cannot be matched with certainty'
    done
    run -1 --separate-stderr concurrent
    assert_one_error delta-merge 'conflict at /k: its elements cannot be matched with certainty'
    run -1 --separate-stderr concurrent --base=base
    assert_one_error delta-merge 'conflict at /k: its elements cannot be matched with certainty'
    run -0 delta-merge -3 --prefer=theirs base ours theirs
    assert_equal "$output" "$(cat theirs)"
}

# rooms COUNT: elements that a text identifies, and so do two other members together; in ours the
# last is another one with the same text, in theirs the last has changed
rooms()
{
    local n list=()
    for ((n = 1; n < $1; n++)); do
        list+=("{\"r\":\"east\",\"p\":\"p$n\",\"v\":1,\"s\":$n,\"t\":\"text $n\"}")
    done
    local kept
    kept=$(IFS=,; echo "${list[*]}")
    states "[$kept,{\"r\":\"north\",\"p\":\"p7\",\"v\":4,\"s\":70,\"t\":\"text 0\"}]" \
        "[{\"r\":\"south\",\"p\":\"p7\",\"v\":4,\"s\":61,\"t\":\"text 0\"},$kept]" \
        "[$kept,{\"r\":\"north\",\"p\":\"p7\",\"v\":5,\"s\":70,\"t\":\"text 0\"}]"
}

@test "a string is a key without doubt from eight elements on" {
    rooms 7
    run -1 --separate-stderr delta-merge -3 base ours theirs
    [[ $stderr == *'cannot be matched with certainty'* ]]
    rooms 8
    run -0 delta-merge -3 base ours theirs
    [[ $output == '[{"r":"south","p":"p7","v":5,"s":61,'* ]] || fail "$output"
}

@test "equal neighbours at the start: an insertion before them, a replacement before them" {
    states '["b","b","e"]' '["b","e"]' '["x","b","b","e"]'
    merges_to '["x","b","e"]'
    run -0 concurrent --base=base
    assert_equal "$output" '["x","b","e"]'
    # both added one, and theirs replaced what is before them
    states '[1,"s","s",2]' '[1,"s","s","s",2]' '[9,"s","s","s",2]'
    merges_to '[9,"s","s","s",2]'
}

@test "equal neighbours at the start: both added one, theirs behind another addition" {
    states '["b","e"]' '["b","b","e"]' '["x","b","b","e"]'
    merges_to '["x","b","b","e"]'
    run -0 concurrent --base=base
    assert_equal "$output" '["x","b","b","e"]'
}

@test "two members that are unique by chance do not join elements that are unlike: a conflict" {
    states '[{"a":2,"b":1,"c":0,"d":0,"on":true,"sku":"n1"},{"a":2,"b":2,"c":2,"d":2,"on":true,"sku":"n2"},{"a":0,"b":1,"c":1,"d":0,"on":true,"sku":"n3"}]' \
        '[{"a":2,"b":1,"c":0,"d":2,"on":true,"sku":"n4"},{"a":2,"b":1,"c":0,"d":0,"on":true,"sku":"n1"},{"a":0,"b":1,"c":1,"d":0,"on":true,"sku":"n5"}]' \
        '[{"a":2,"b":1,"c":0,"d":0,"on":true,"sku":"n1"},{"a":2,"b":1,"c":0,"d":2,"on":true,"sku":"n4"},{"a":0,"b":1,"c":1,"d":0,"on":true,"sku":"n5"}]'
    conflicts
}
