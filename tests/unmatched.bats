# Patterns that select nothing are warned of, in every mode that takes them.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# The warnings that are expected, of the command $1: the part after "warning: ", one a line.
warned() {
    local name=$1
    shift
    local expected=''
    for text; do
        expected+="$name: warning: $text"$'\n'
    done
    assert_equal "$stderr" "${expected%$'\n'}"
}

two_directories() {
    mkdir -p old new
    for i in 1 2 3; do
        echo "{\"a\":{\"pw\":$i},\"l\":[{\"id\":1,\"v\":$i}]}" >old/$i.json
        echo "{\"a\":{\"pw\":$i},\"l\":[{\"id\":1,\"v\":9}]}" >new/$i.json
    done
    echo '{"only":1}' >new/4.json
    cp old/3.json new/3.json # the same bytes: read, too
}

@test "directories: what selects nothing in any file" {
    two_directories
    for options in '' '-q' '--stat' '-f text' '-f html' '-f junit' '-f sarif' '-f changes'; do
        # shellcheck disable=SC2086 # words
        run -1 --separate-stderr delta-diff $options --mask=/a/passwd --array-key=/l=id old new
        warned delta-diff '--mask=/a/passwd selects nothing in any file'
        # shellcheck disable=SC2086 # words
        run --separate-stderr delta-diff $options --mask=/a/pw --only=/only old new
        warned delta-diff
    done
    run -1 --separate-stderr delta-diff --array-key=/l=name --array-key=/m=id old new
    warned delta-diff '--array-key=/l=name: no element has this key in any file' \
        '--array-key=/m=id selects nothing in any file'
}

@test "reports of two files" {
    echo '{"a":[{"x":{"n":1}}],"e":[]}' >o.json
    echo '{"a":[{"x":{"n":2}}],"e":[]}' >n.json
    for format in html junit sarif markdown github changes; do
        run -1 --separate-stderr delta-diff -f $format --only=/b --only=/a o.json n.json
        warned delta-diff '--only=/b selects nothing in either state'
        run -1 --separate-stderr delta-diff -f $format --array-key=/a=x/n --array-key=/e=id o.json n.json
        warned delta-diff '--array-key=/a=x/n: no element has this key in either state'
        run -1 --separate-stderr delta-diff -f $format --array-key=/a=/x/n o.json n.json
        warned delta-diff
        run -1 --separate-stderr delta-diff -f $format --array-key=/a=/x/n,y o.json n.json
        warned delta-diff '--array-key=/a=/x/n,y: no element has this key in either state'
    done
}

@test "a key with special characters is found" {
    echo '[{"a*b":1,"c/d":2,"e=f":3}]' >o.json
    echo '[{"a*b":1,"c/d":2,"e=f":4}]' >n.json
    for key in 'a*b' /c~1d; do
        run -1 --separate-stderr delta-diff --array-key="=$key" -f text o.json n.json
        warned delta-diff
    done
    run -1 --separate-stderr delta-diff --array-key='=c/d' -f text o.json n.json
    warned delta-diff
    run -1 --separate-stderr delta-diff --array-key='=a*' -f text o.json n.json
    warned delta-diff '--array-key==a*: no element has this key in either state'
}

@test "single states: --canonical and --digest" {
    echo '{"pw":1}' >s.json
    run -0 --separate-stderr delta-diff --canonical --mask=/password s.json
    warned delta-diff '--mask=/password selects nothing in the state'
    run -0 --separate-stderr delta-diff --digest --mask=/password s.json s.json
    warned delta-diff '--mask=/password selects nothing in any state'
    run -0 --separate-stderr delta-diff --canonical --mask=/pw s.json
    warned delta-diff
}

@test "a stream: at its end" {
    printf '%s\n' '{"a":1}' '{"a":2,"b":1}' '{"a":3}' >stream
    run -0 --separate-stderr delta-diff --ndjson --only=/a --only=/b --mask=/c stream
    warned delta-diff '--mask=/c selects nothing in any state'
    assert_equal "$(wc -l <<<"$output")" 3
    run -0 --separate-stderr delta-diff --ndjson -v --ignore=/c --mask=/b stream
    assert_equal "$(grep -c selects <<<"$stderr")" 1
    [[ $stderr == *'--ignore=/c selects nothing in any state'* ]]
}

@test "merges of states and of records" {
    echo '{"l":[{"id":1,"v":1}]}' >b.json
    echo '{"l":[{"id":1,"v":2}]}' >o.json
    echo '{"l":[{"id":1,"v":1}],"m":[{"k":1}]}' >t.json
    run -0 --separate-stderr delta-merge -3 --array-key=/l=id --array-key=/m=k b.json o.json t.json
    warned delta-merge
    run -0 --separate-stderr delta-merge -3 --array-key=/l=name --array-key=/n=k b.json o.json t.json
    warned delta-merge '--array-key=/l=name: no element has this key in any of the three states' \
        '--array-key=/n=k selects nothing in any of the three states'
    run -1 delta-diff -o 1.record b.json o.json
    run -1 delta-diff -o 2.record b.json t.json
    run -0 --separate-stderr delta-merge --concurrent --base=b.json --array-key=/m=k --array-key=/n=k 1.record 2.record
    warned delta-merge '--array-key=/n=k selects nothing in any state'
    # without the base it is not known
    run -0 --separate-stderr delta-merge --concurrent --array-key=/n=k 1.record 2.record
    warned delta-merge
    # the options of a merge driver are for many files
    run -0 --separate-stderr delta-merge --git --array-key=/n=k b.json o.json t.json 7 path
    warned delta-merge
}

@test "histories: log, show, blame, delta, diff and export" {
    printf '%s\n' '{"a":1}' '{"a":2,"b":1}' '{"a":3}' '{"a":4}' >stream
    delta-chain init h
    delta-chain add h --ndjson stream
    for words in 'log' 'log -p' 'log -n1 --json' 'log -f changes' show 'show --html' 'export --records' \
        'export --states'; do
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr delta-chain ${words%% *} h ${words#"${words%% *}"} --only=/b --only=/a --ignore=/c
        warned delta-chain
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr delta-chain ${words%% *} h ${words#"${words%% *}"} --only=/a --only=/c/*
        warned delta-chain '--only=/c/* selects nothing in any state'
    done
    run -0 --separate-stderr delta-chain blame h --only=/b --only=/a
    warned delta-chain '--only=/b selects nothing in the state'
    run -0 --separate-stderr delta-chain delta h 1 --mask=/c --mask=/b
    warned delta-chain '--mask=/c selects nothing in either state'
    run -0 --separate-stderr delta-chain diff h 0 3 --mask=/b --mask=/a
    warned delta-chain '--mask=/b selects nothing in either state'
    cp h i
    run -0 --separate-stderr delta-chain log h i --only=/b --only=/c
    warned delta-chain '--only=/c selects nothing in any state'
}

@test "add --skip-equal: once for all states, of files, lines and stores" {
    printf '%s\n' '{"a":1,"k":"x"}' '{"a":2,"b":1,"k":"y"}' '{"a":3,"k":"x"}' >stream
    local add=(delta-chain add --skip-equal --ignore=/c)
    run -0 --separate-stderr "${add[@]}" --ndjson --only=/a --only=/b --only=/d --array-key=/l=id h stream
    warned delta-chain '--only=/d selects nothing in any state' \
        '--array-key=/l=id selects nothing in any state'
    assert_equal "$(delta-chain export --states h | wc -l)" 3
    head -1 stream >1.json
    sed -n 2p stream >2.json
    run -0 --separate-stderr "${add[@]}" --only=/b --only=/d i 1.json 2.json
    warned delta-chain '--only=/d selects nothing in any state'
    run -0 --separate-stderr "${add[@]}" --ndjson --by=/k --only=/b --only=/d store stream
    warned delta-chain '--only=/d selects nothing in any state'
    run -0 --separate-stderr "${add[@]}" --ndjson --only=/b store stream
    warned delta-chain
    sed 's/^/key\t/' stream >lines
    run -0 --separate-stderr "${add[@]}" --ndjson --keyed --only=/b --only=/d keyed lines
    warned delta-chain '--only=/d selects nothing in any state'
    run -0 --separate-stderr "${add[@]}" --key=x --only=/b store 1.json
    warned delta-chain '--only=/b selects nothing in any state'
    # the state is a part of the line
    echo '{"state":{"a":1},"b":2}' >line
    run -0 --separate-stderr "${add[@]}" --ndjson --state-from=/state --only=/a --only=/b j line
    warned delta-chain '--only=/b selects nothing in any state'
    # with -v the others, too
    run -0 --separate-stderr "${add[@]}" -v --only=/a h 1.json
    [[ $stderr == *'--ignore=/c selects nothing in any state'* && $stderr != *'--only'* ]]
    # what is not in a file of rules
    echo '--only=/d' >rules
    run -0 --separate-stderr "${add[@]}" --rules=./rules h 1.json
    warned delta-chain
}
