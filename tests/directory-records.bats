# Records of directories, each with the path as its key, and their application to a directory; and
# /dev/null as an absent state.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p a/x b/x b/new/deep
    printf '{\n    "n": 1,\n    "list": [1, 2, 3]\n}\n' >a/x/c.json
    printf '{"list":[1,2,4],"n":1}' >b/x/c.json
    echo '{"s":1}' | tee a/same.json >b/same.json
    echo '{"old":1}' >a/removed.json
    echo '{"k":"v"}' >b/new/deep/added.json
}

# The files of two directories hold the same states.
assert_same_states()
{
    run -0 delta-diff -q "$1" "$2"
}

@test "directories: a record for each file that differs, with the path as key" {
    run -1 delta-diff a b
    assert_equal "$(jq -r '.key+" "+.strategy' <<<"$output")" 'new/deep/added.json none
removed.json removed
x/c.json dict'
    assert_equal "$(jq -r 'select(.strategy=="removed")|.base' <<<"$output")" \
        "$(delta-diff --digest a/removed.json | cut -d' ' -f1)"
    assert_equal "$(jq -c 'select(.strategy=="removed")|.target' <<<"$output")" null
    run -0 delta-diff a a
    assert_equal "$output" ""
}

@test "directories: JSON and packed records lead from one to the other" {
    for options in "" -z "-z -s reference" "-s binary" "-z --standalone" -r "-z19 -m k=v -u"; do
        rm -rf c
        cp -r a c
        # shellcheck disable=SC2086
        run -1 --separate-stderr delta-diff $options -o records a b
        run -0 --separate-stderr delta-apply -n c records
        assert_same_states a c
        run -0 --separate-stderr delta-apply -i c records
        assert_equal "$output$stderr" ""
        assert_same_states b c
        [ ! -e c/removed.json ]
    done
    # what did not change keeps its layout
    assert_equal "$(cat c/x/c.json)" '{
    "n": 1,
    "list": [1, 2, 4]
}'
    assert_equal "$(cat c/new/deep/added.json)" '{
  "k": "v"
}'
}

@test "directories: several records of one file apply in order; from standard input" {
    cp -r a c
    delta-diff a b >one || true
    mkdir d
    cp -r b/. d
    echo '{"list":[],"n":2}' >d/x/c.json
    rm d/new/deep/added.json
    delta-diff b d >two || true
    cat one two | delta-apply -i c
    assert_same_states d c
}

@test "directories: a record that does not fit: status 1, each is reported, nothing is written" {
    delta-diff a b >records || true
    cp -r a c
    echo '{"old":2}' >c/removed.json
    echo '{"n":7}' >c/x/c.json
    cp -r c before
    run -1 --separate-stderr delta-apply -i c records
    [[ $stderr == *c/removed.json*c/x/c.json* ]] || fail "$stderr"
    run -0 diff -r before c
    # a file that is missing, and one that is there already
    rm c/removed.json
    cp b/x/c.json c/x/c.json
    mkdir -p c/new/deep
    echo '{}' >c/new/deep/added.json
    rm -rf before
    cp -r c before
    run -1 --separate-stderr delta-apply -i c records
    [[ $stderr == *'records:1:1: key "new/deep/added.json": the file exists already'* ]] ||
        fail "$stderr"
    [[ $stderr == *'records:2:1: key "removed.json": no such file'* ]] || fail "$stderr"
    run -0 diff -r before c
}

@test "directories: --in-place=SUFFIX keeps the old files, those that were removed too" {
    delta-diff a b >records || true
    cp -r a c
    run -0 delta-apply --in-place=.old c records
    run -0 cmp a/x/c.json c/x/c.json.old
    run -0 cmp a/removed.json c/removed.json.old
}

# record KEY FILE: the record of an added file under this key
record()
{
    mkdir -p r1 r2
    cp "$2" r2/k.json
    delta-diff r1 r2 >r || true
    jq -c --arg key "$1" 'del(.checksum)|.key=$key' r >unsigned
    jq -c --arg sum "$(delta-diff --digest unsigned | cut -d' ' -f1)" '.checksum=$sum' unsigned
}

@test "directories: a key stays inside: no .., no absolute path, no symbolic link out of it" {
    mkdir -p c outside
    echo '{"k":1}' >state
    echo '{}' >outside/there.json
    ln -s ../outside c/link
    ln -s ../outside/there.json c/file.json
    ln -s ../outside/missing.json c/dangling.json
    mkdir c/folder.json
    for key in ../x.json "$PWD/outside/x.json" a/../../x.json link/x.json file.json \
        dangling.json folder.json . .. '' a//b.json ./x.json x.json/ link/../x.json; do
        record "$key" state >records
        run -2 --separate-stderr delta-apply -i c records
        [[ $stderr == *'does not name a file inside c' ]] || fail "$key: $stderr"
    done
    assert_equal "$(cat outside/there.json)" '{}'
    assert_equal "$(ls outside)" there.json
    [ ! -e x.json ]
    record good/x.json state >records
    run -0 delta-apply -i c records
    run -0 jq -c . c/good/x.json
    assert_equal "$output" '{"k":1}'
}

@test "directories: a link to a file inside is that file" {
    rm a/removed.json
    ln -s same.json a/inner.json
    ln -s same.json b/inner.json
    echo '{"s":2}' >b/same.json
    delta-diff --include=inner.json a b >records || true
    run -0 delta-apply -i a records
    [ -L a/inner.json ]
    assert_equal "$(cat a/same.json)" '{"s":2}'
}

@test "directories: usage of delta-apply" {
    delta-diff a b >records || true
    run -2 --separate-stderr delta-apply a records
    assert_one_error delta-apply 'a: is a directory'
    run -2 --separate-stderr delta-apply -i -R a records
    run -2 --separate-stderr delta-apply -i -f json-patch a records
    run -2 --separate-stderr delta-apply -i a /dev/null
    assert_one_error delta-apply 'expected a record'
    delta-diff a/x/c.json b/x/c.json >single || true
    run -2 --separate-stderr delta-apply -i a single
    assert_one_error delta-apply 'the record has no key'
}

@test "directories: a name that is not UTF-8 cannot be a key, and is shown in text" {
    printf '{}' >"b/$(printf '\377').json"
    run -2 --separate-stderr delta-diff a b
    assert_one_error delta-diff 'the file name is not UTF-8'
    run -1 --separate-stderr delta-diff -f text a b
}

@test "directories: a masked value is in no record" {
    for options in "" -z; do
        # shellcheck disable=SC2086
        run -1 delta-diff $options --mask=/k --mask=/old -o records a b
        run -1 grep -ac '"v"' records
        run -2 --separate-stderr delta-apply -n a records
    done
}

@test "/dev/null is an absent state: a full record, or one of the removal" {
    run -1 delta-diff -o added /dev/null b/same.json
    run -0 delta-apply --no-base added
    assert_equal "$output" '{"s":1}'
    run -1 delta-diff -z -o added /dev/null b/same.json
    run -0 delta-apply --no-base added
    assert_equal "$output" '{"s":1}'
    run -1 delta-diff -o removed a/same.json /dev/null
    run -0 jq -r '.strategy' removed
    assert_equal "$output" removed
    run -2 --separate-stderr delta-apply a/same.json removed
    assert_one_error delta-apply 'removes the state'
    run -1 --separate-stderr delta-apply a/x/c.json removed
    run -1 delta-diff -q a/same.json /dev/null
    run -0 delta-diff -q --fail-on=add,change a/same.json /dev/null
    run -1 delta-diff -f text /dev/null a/same.json
    assert_equal "$output" '+ (root)  {"s":1}
1 added'
    run -1 delta-diff -f text a/same.json /dev/null
    assert_equal "${lines[0]}" '- (root)  {"s":1}'
    run -2 delta-diff /dev/null /dev/null
    run -2 delta-diff -f json-patch /dev/null a/same.json
    run -2 --separate-stderr delta-diff -s binary /dev/null a/same.json
    run -2 delta-diff /dev/null missing.json
}

@test "merging: one record for each key, a removal too" {
    mkdir p q e
    echo 1 >one
    echo 2 >two
    cp one p/k.json
    cp two q/k.json
    delta-diff p q >first || true
    delta-diff q e >second || true
    run -0 delta-merge first second
    assert_equal "$(jq -c '[.strategy,.key,.target]' <<<"$output")" '["removed","k.json",null]'
    # three days of a directory in one stream: the same as from the first to the last
    cp -r b c
    echo '{"list":[],"n":2}' >c/x/c.json
    rm c/new/deep/added.json
    echo '{"s":3}' >c/same.json
    cp -r c d
    echo '{"again":1}' >d/removed.json
    for options in "" "-z --standalone"; do
        for pair in a:b b:c c:d; do
            # shellcheck disable=SC2086
            delta-diff $options "${pair%:*}" "${pair#*:}" >"$pair" || true
        done
        # shellcheck disable=SC2086
        delta-merge $options a:b b:c c:d >merged
        rm -rf copy
        cp -r a copy
        run -0 delta-apply -i copy merged
        assert_same_states d copy
        cat a:b b:c c:d | delta-merge >again
        assert_equal "$(jq -r .key again | sort)" "$(jq -r .key again | sort -u)"
    done
    run -0 delta-merge -f text a:b b:c
    [[ $output == *'- removed.json'* && $output == *$'\nx/c.json\n  ~ '* ]] || fail "$output"
    run -0 delta-merge -f changes a:b b:c
    assert_equal "$(jq -r .key <<<"${lines[-1]}")" same.json
}

@test "merging: what is for one state is refused for several keys" {
    delta-diff a b >first || true
    for options in '--base=a/same.json' '-f bsdiff'; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr delta-merge $options first
        assert_one_error delta-merge 'records of one key'
    done
    run -2 --separate-stderr delta-merge --concurrent first first
    assert_one_error delta-merge 'records of one key'
    # what does not join names the records
    delta-diff b a >back || true
    run -1 --separate-stderr delta-merge back back
    assert_one_error delta-merge 'do not join'
}
