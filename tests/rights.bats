# What replaces a file: its rights, its attributes, and what else has its name.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    echo '{"secret":1}' >base.json
    echo '{"secret":2}' >new.json
    delta-diff --exit-zero base.json new.json >delta
}

# acl FILE: its access ACL, or a skip where there are none.
acl()
{
    getfacl -cp "$1" 2>/dev/null
}

need_acl()
{
    command -v setfacl >/dev/null || skip "setfacl (the package acl) is not installed"
    cp base.json probe
    setfacl -m u:1003:rw probe 2>/dev/null || skip "no ACLs in this file system"
}

@test "an ACL is kept by -i, by -o and by every rewrite of a history" {
    need_acl
    local -a verbs=(compact "rebaseline --keep=1" "squash h 1..2" clear)
    cp base.json f
    chmod 600 f
    setfacl -m u:1003:rw f
    acl f >before
    delta-apply -i f delta
    assert_same_bytes f new.json
    acl f | diff before -
    delta-diff --exit-zero -o f base.json new.json
    acl f | diff before -
    for verb in "${verbs[@]}"; do
        rm -f h
        delta-chain add h base.json
        delta-chain add h new.json
        delta-chain add h base.json
        chmod 600 h
        setfacl -m u:1003:r h
        acl h >before
        read -ra words <<<"$verb"
        [ "${words[1]-}" = --keep=1 ] && words=(rebaseline h)
        [ "${#words[@]}" -gt 1 ] || words+=(h)
        delta-chain "${words[@]}"
        acl h | diff before - || fail "$verb"
    done
}

@test "a file without an ACL gets none from its folder" {
    need_acl
    mkdir folder
    cp base.json folder/f
    chmod 600 folder/f
    setfacl -d -m u:1003:rwx folder
    delta-apply -i folder/f delta
    assert_equal "$(acl folder/f | tr '\n' ' ')" 'user::rw- group::--- other::---  '
}

@test "attributes of the user are kept" {
    python3 -c 'import os, sys; os.setxattr("base.json", "user.origin", b"here\0there")' 2>/dev/null ||
        skip "no extended attributes in this file system"
    delta-apply -i base.json delta
    assert_equal "$(python3 -c 'import os; print(os.getxattr("base.json", "user.origin"))')" \
        "b'here\\x00there'"
}

@test "a group that cannot be kept gets no more than everybody had" {
    [ "$(id -u)" -eq 0 ] || skip "only root can give files away"
    chmod 777 .
    cp base.json f
    chown 1001:4321 f
    chmod 664 f
    cp delta f.delta
    chmod 644 f.delta
    setpriv --reuid 1001 --regid 1001 --clear-groups env PATH="$PATH" delta-apply -i f f.delta
    assert_equal "$(stat -c '%u %g %a' f)" '1001 1001 644'
}

@test "-o that names a descriptor writes to it, where it stands" {
    echo "yesterday's log" >log
    delta-diff --exit-zero -t 0 base.json new.json >record
    delta-diff --exit-zero -t 0 -o /dev/stdout base.json new.json >>log
    assert_equal "$(cat log)" "yesterday's log
$(cat record)"
    for name in /dev/fd/5 /proc/self/fd/5; do
        exec 5>both
        echo first >&5
        delta-diff --exit-zero -t 0 -o $name base.json new.json
        echo last >&5
        exec 5>&-
        assert_equal "$(cat both)" "first
$(cat record)
last"
    done
    ln -s /proc/self/fd/1 link
    delta-diff --exit-zero -t 0 -o link base.json new.json >linked
    assert_same_bytes record linked
    [ -L link ]
    run -2 --separate-stderr delta-diff -o /dev/fd/7 base.json new.json 7<base.json
    assert_one_error delta-diff '/dev/fd/7: cannot write'
    run -2 --separate-stderr delta-diff -o /dev/fd/9 base.json new.json
}

@test "a rewrite leaves every other file alone, whatever its name" {
    delta-chain add x base.json
    delta-chain add x.delta-new new.json
    cp x.delta-new before
    delta-chain compact x
    assert_same_bytes before x.delta-new
    printf 'mine' >.delta-0123456789abcdef
    delta-chain compact x
    assert_equal "$(cat .delta-0123456789abcdef)" mine
    assert_equal "$(find . -name '.delta-*' | wc -l)" 1
}

@test "a rewrite in a sticky folder does not mind the files of others" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    mkdir -m 1777 sticky
    chmod 755 .
    delta-chain add sticky/x base.json
    chown 1001 sticky/x
    echo other >sticky/x.delta-new
    chown 1002 sticky/x.delta-new
    setpriv --reuid 1001 --regid 1001 --clear-groups env PATH="$PATH" delta-chain compact sticky/x
    assert_equal "$(cat sticky/x.delta-new)" other
}

@test "what a killed rewrite has left is removed by the next one" {
    command -v strace >/dev/null || skip "strace is not installed"
    delta-chain add h base.json
    delta-chain add h new.json
    strace -f -qq -o /dev/null -e inject=rename:error=EIO:signal=KILL delta-chain compact h || :
    assert_equal "$(find . -name '.delta-*' | wc -l)" 1
    delta-chain compact h
    assert_equal "$(find . -name '.delta-*' | wc -l)" 0
    delta-chain verify h
}

@test "--ndjson -o: a bad first line leaves the file as it was" {
    echo precious >out
    run -2 delta-diff --ndjson -o out <<<'not json'
    assert_equal "$(cat out)" precious
    run -2 delta-apply --ndjson -o out <<<'not json'
    assert_equal "$(cat out)" precious
    printf '{"a":1}\nnot json\n' | run -2 delta-diff --ndjson -o out
    assert_equal "$(wc -l <out)" 1
}
