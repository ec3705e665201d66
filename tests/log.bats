# delta-chain log and show: when a place changed, and to what.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    time=1795341600
    for state in '{"a":{"b":1},"s":0}' '{"a":{"b":1},"s":1}' '{"a":{"b":2},"s":2}' \
        '{"a":{"b":2},"s":3,"x":1}' '{"a":{},"s":4,"x":1}' '{"a":{"b":2},"s":4,"x":1}'; do
        time=$((time + 3600))
        echo "$state" | delta-chain add -t $time h
    done
}

# The indices that log lists.
listed()
{
    delta-chain log --json "$@" | jq -r .index | xargs
}

@test "log lists the states in which something that counts changed, compacted or not" {
    for _ in 1 2; do
        assert_equal "$(listed h --only=/a/b)" "0 2 4 5"
        assert_equal "$(listed h --only=/a)" "0 2 4 5"
        assert_equal "$(listed h --ignore=/s)" "0 2 3 4 5"
        assert_equal "$(listed h --only=/x)" "3"
        assert_equal "$(listed h --only=/nothing)" ""
        assert_equal "$(listed h 0..3 --only=/a/b)" "2"
        assert_equal "$(listed h ..3 --only=/a/b)" "0 2"
        assert_equal "$(listed h 2.. --only=/a/b)" "4 5"
        delta-chain compact h
    done
}

@test "-n is the last ones that would be listed, --reverse begins with the last" {
    assert_equal "$(listed h -n 2)" "4 5"
    assert_equal "$(listed h -n 9)" "0 1 2 3 4 5"
    assert_equal "$(listed h -n 2 --only=/a/b)" "4 5"
    assert_equal "$(listed h -n 3 --only=/a/b)" "2 4 5"
    assert_equal "$(listed h ..3 -n 1 --only=/a/b)" "2"
    assert_equal "$(listed h --reverse)" "5 4 3 2 1 0"
    assert_equal "$(listed h --reverse -n 2 --only=/a/b)" "5 4"
    run -2 delta-chain log h -n 0
}

@test "--since and --until are inclusive, and may be local or before now" {
    assert_equal "$(listed h --since=1795348800)" "1 2 3 4 5"
    assert_equal "$(listed h --since=1795348801)" "2 3 4 5"
    assert_equal "$(listed h --until=1795348800)" "0 1"
    assert_equal "$(listed h --since=1795348800 --until=1795352400)" "1 2"
    assert_equal "$(TZ=UTC listed h --since='2026-11-22 12:00')" "1 2 3 4 5"
    assert_equal "$(TZ=America/New_York listed h --since='2026-11-22 12:00')" ""
    echo '{}' | delta-chain add h
    assert_equal "$(listed h --since=-1h -n 1 --only=/a/b)" "6"
    assert_equal "$(listed h --since=1795348800 -n 1 --until=1795352400)" "2"
    run -2 --separate-stderr delta-chain log h --since=sometime
    [[ $stderr == *"invalid time 'sometime'"* ]]
}

@test "-p shows what counts, -f changes gives it to programs, with revision and time" {
    run -0 delta-chain log h -p --only=/a/b -n 2
    assert_equal "$(sed '/^ /d' <<<"$output")" '- /a/b  2
1 removed
+ /a/b  2
1 added'
    run -0 delta-chain log h -f changes --only=/a/b
    assert_equal "$output" '{"op":"add","revision":0,"time":1795345200,"path":"/a","new":{"b":1}}
{"op":"change","revision":2,"time":1795352400,"path":"/a/b","old":1,"new":2}
{"op":"remove","revision":4,"time":1795359600,"path":"/a/b","old":2}
{"op":"add","revision":5,"time":1795363200,"path":"/a/b","new":2}'
    assert_equal "$(delta-chain show h 2 -f changes)" "$(delta-chain log h 2 -f changes)"
    [[ $(delta-chain log h --stat -n 1) == *$'\n /a | '* ]]
    [[ $(delta-chain log h -p -n 2 --mask=/a/b) == *'/a/b  "***"'* ]]
}

@test "show leaves out states of a range in which nothing counts, and a named one never" {
    assert_equal "$(delta-chain show h --only=/a/b | grep -c ^state)" 4
    assert_equal "$(delta-chain show h 1..3 --only=/a/b | grep ^state | cut -c1-7)" "state 2"
    [[ $(delta-chain show h 3 --only=/a/b) == *"no changes" ]]
}

@test "delta and diff under filters lead to what counts" {
    delta-chain diff h 0 5 --only=/a/b | delta-apply <(delta-chain get h 0) >got
    assert_equal "$(cat got)" '{"a":{"b":2},"s":0}'
    delta-chain diff h ..5 --ignore=/s | delta-apply <(delta-chain get h 0) >got
    assert_equal "$(cat got)" '{"a":{"b":2},"s":0,"x":1}'
    assert_equal "$(delta-chain delta h 3 --only=/a -f text)" ""
    run -2 delta-chain delta h 0 --only=/a
}

@test "options that would have no effect are refused" {
    for options in "--json -p" "--json -f changes" "-p -f changes" "--width=20" "--mask=/a"; do
        # shellcheck disable=SC2086 # several options
        run -2 --separate-stderr delta-chain log $options h
        [[ $stderr == *"no effect: "* ]]
    done
    run -2 --separate-stderr delta-chain log -p --stat h
    assert_one_error delta-chain 'no effect: -p with --stat'
    for options in "--html --stat" "--stat -f changes" "--html --width=9"; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr delta-chain show $options h
        [[ $stderr == *"no effect: "* ]]
    done
}

@test "a damaged state is named, and the others are compared and listed" {
    for n in {1..40}; do echo "{\"n\":$n}"; done | delta-chain add --ndjson d
    size=$(stat -c %s d)
    printf '\377\377\377\377' | dd of=d bs=1 seek=$((size / 2)) conv=notrunc status=none
    run --separate-stderr delta-chain log d --only=/n --json
    [ "$status" -ne 0 ]
    [ -n "$stderr" ]
    assert_equal "$(jq -s 'map(.index) | [min, max]' -c <<<"$output")" "[0,39]"
    [ "$(wc -l <<<"$output")" -lt 40 ]
}

@test "a history that cannot be read says nothing of filters" {
    run -2 --separate-stderr delta-chain log --only=/a absent
    assert_one_error delta-chain "absent: "
}

@test "--mask: neither digests nor sizes tell of what is masked" {
    echo '{"user":"bob","pin":"1234"}' >1.json
    echo '{"user":"bob","pin":"98765"}' >2.json
    delta-chain add -t 0 pins 1.json 2.json
    for verb in 'log -p' 'log -f changes' show 'show -f changes' 'show --html' 'export --records' 'export --states' \
        'delta' 'diff' 'blame'; do
        range=
        case $verb in diff) range='0 1' ;; delta) range=1 ;; esac
        # shellcheck disable=SC2086 # words
        run delta-chain $verb --mask=/pin pins $range
        [[ $status -le 1 && -n $output ]] || fail "$verb: $output"
        for state in 1.json 2.json; do
            digest=$(delta-diff --digest $state)
            [[ $output != *"${digest:0:8}"* ]] || fail "$verb shows the digest: $output"
        done
        [[ $output != *1234* && $output != *98765* ]] || fail "$verb: $output"
    done
    run -0 delta-chain show --mask=/pin pins 1
    [[ $output == *"$(delta-diff --digest --mask=/pin 2.json | cut -d' ' -f1), after "* ]] || fail "$output"
    [[ $output == *$'\nbytes     26\n'* ]] || fail "$output"
}

@test "no result is an empty file of -o, and an error leaves it alone" {
    jq -nc '{a: 1}' | delta-chain add -t 60 one
    for verb in "log --until=1970-01-01T00:00:30Z" "log --only=/b" "show --ignore=/a" "blame --only=/b" name \
        "prune -n --keep-last=1" "export --states --since=tip"; do
        echo stale >out
        # shellcheck disable=SC2086 # words
        delta-chain $verb -o out one 2>/dev/null
        [ -e out ] && [ ! -s out ] || fail "$verb: $(cat out)"
        echo precious >out
        # shellcheck disable=SC2086
        run -2 delta-chain $verb -o out missing
        assert_equal "$(cat out)" precious
    done
}
