# Files that are replaced: rights, attributes, descriptors named as files, left-overs, failures.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    echo '{"a":1}' >a
    echo '{"a":2}' >b
    run -1 delta-diff -t 0 -f json -o ab a b
    run -1 delta-diff -t 0 -f json a b
    record=$output
}

# Every way in which a command replaces a file; prints the name of the way.
replace()
{
    case $1 in
    output) delta-apply -o "$2" a ab ;;
    in-place) delta-apply -i "$2" ab ;;
    compact | rebaseline | clear) delta-chain "$1" "$2" ;;
    squash) delta-chain squash "$2" 1..3 ;;
    merge) delta-merge -3 -o "$2" a a b ;;
    esac
}
WAYS="output in-place compact rebaseline squash clear merge"

# A file that the way can replace.
make_file()
{
    case $1 in
    compact | rebaseline | squash | clear) rm -f "$2" && delta-chain add "$2" a b a b ;;
    *) cp a "$2" ;;
    esac
}

@test "an access ACL stays, and nobody gets more rights" {
    for way in $WAYS; do
        make_file "$way" f
        chmod 600 f
        setfacl -m u:1003:rw,g:1004:r f || skip "no ACLs on this file system"
        acl=$(getfacl -c f)
        replace "$way" f
        assert_equal "$way: $(getfacl -c f)" "$way: $acl"
    done
}

@test "a folder's default ACL gives no rights to a file that had none" {
    mkdir folder
    setfacl -d -m u:1003:rwx,g:1004:rwx folder || skip "no ACLs on this file system"
    for way in $WAYS; do
        make_file "$way" f
        chmod 660 f
        mv f folder/f
        setfacl -b folder/f
        acl=$(getfacl -c folder/f)
        assert_equal "$(tr '\n' ' ' <<<"$acl")" 'user::rw- group::rw- other::--- '
        replace "$way" folder/f
        assert_equal "$way: $(getfacl -c folder/f)" "$way: $acl"
    done
}

@test "an ACL that cannot be kept leaves the file to its owner" {
    for way in $WAYS; do
        make_file "$way" f
        chmod 644 f
        setfacl -m u:1003:- f || skip "no ACLs on this file system"
        strace -o /dev/null -e inject=fsetxattr:error=EPERM true 2>/dev/null || skip "no strace"
        export -f replace
        # A leak check traces its own process, which is traced already.
        ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e inject=fsetxattr:error=EPERM \
            bash -c "replace $way f"
        assert_equal "$way: $(stat -c %a f)" "$way: 600"
        [ -z "$(getfacl -s -c f)" ] || fail "$way: an ACL is there"
    done
}

@test "a group that cannot be kept: neither group nor others gain" {
    [ "$(id -u)" -eq 0 ] || skip "not root"
    chmod 777 .
    chmod 755 "$DELTA_BIN" 2>/dev/null || true
    setpriv --reuid 1009 --regid 1009 --clear-groups test -x "$DELTA_BIN/delta-apply" ||
        skip "another user cannot run the commands"
    while read -r before after; do
        cp a f
        chown 1009:1001 f
        chmod "$before" f
        setpriv --reuid 1009 --regid 1009 --clear-groups delta-apply -i f ab
        assert_equal "$before: $(stat -c '%u %g %a' f)" "$before: 1009 1009 $after"
    done <<'ROWS'
640 600
604 600
664 644
646 644
666 666
ROWS
}

@test "extended attributes of users stay" {
    for way in $WAYS; do
        make_file "$way" f
        setfattr -n user.origin -v "host 7" f || skip "no attributes on this file system"
        setfattr -n user.empty f
        setfattr -n user.bytes -v 0x6865726500ff f
        replace "$way" f
        assert_equal "$(getfattr --only-values -n user.origin f)" "host 7"
        assert_equal "$(getfattr --only-values -n user.bytes f | od -An -tx1 | tr -d ' \n')" 6865726500ff
        getfattr -n user.empty f >/dev/null
    done
}

@test "-o that names a descriptor writes to that descriptor" {
    ln -s /dev/stdout link
    for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 /proc/thread-self/fd/1 link; do
        echo yesterday >log
        (
            delta-diff -t 0 -o "$name" a b >>log || true
            echo tomorrow >>log
        )
        assert_equal "$name: $(cat log)" "$name: yesterday
$record
tomorrow"
        (
            echo first
            delta-diff -t 0 -o "$name" a b || true
            echo last
        ) >log
        assert_equal "$name: $(cat log)" "$name: first
$record
last"
    done
    [ -L link ]
    for name in /dev/fd/7 /proc/self/fd/7; do
        exec 7>seven
        echo first >&7
        delta-diff -t 0 -f json -o $name a b || true
        echo last >&7
        exec 7>&-
        assert_equal "$(cat seven)" "first
$record
last"
    done
}

@test "-o that names a descriptor which is not there, or only to be read, fails" {
    cp a copy
    run -2 --separate-stderr delta-diff -t 0 -f json -o /dev/fd/77 a b
    assert_one_error delta-diff "/dev/fd/77"
    run -2 --separate-stderr delta-diff -t 0 -f json -o /dev/fd/8 a b 8<copy
    assert_one_error delta-diff "/dev/fd/8"
    assert_same_bytes a copy
}

@test "-o that names a descriptor of the command itself fails: what it reads is not replaced" {
    delta-chain add h a b
    for key in k l; do echo "{\"id\":\"$key\"}"; done | delta-chain add --ndjson --by=/id store
    tar cf before h store a b ab
    for number in 3 4 5 6 7 8 9; do
        for command in "chain get h" "chain log h" "chain export --states h" "chain verify h" \
            "chain get store --key=k" "chain export --at=now store" "chain keys store" \
            "diff -t 0 a b" "apply a ab" "merge ab"; do
            for name in /dev/fd /proc/self/fd /proc/thread-self/fd; do
                # bats has descriptors of its own.
                run -2 bash -c "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
                    exec delta-$command -o $name/$number"
            done
        done
    done
    tar df before
}

@test "-o that names a descriptor of another process appends to its file, or writes to its pipe" {
    echo yesterday >log
    sleep 1000 7>>log 3>&- &
    other=$!
    delta-diff -t 0 -f json -o /proc/$other/fd/7 a b || true
    kill $other
    assert_equal "$(cat log)" "yesterday
$record"
    # That of the shell that runs the command.
    echo yesterday >log
    bash -c 'delta-diff -t 0 -f json -o /proc/$$/fd/1 a b; echo tomorrow' >>log
    assert_equal "$(cat log)" "yesterday
$record
tomorrow"
    bash -c 'delta-diff -t 0 -f json -o /proc/$$/fd/1 a b; exit 0' | cat >log
    assert_equal "$(cat log)" "$record"
}

@test "what is named as a descriptor is not replaced in place" {
    echo '{"a":1,"b":[1,2,3]}' >long
    run -1 delta-diff -t 0 -f json -o shorter long a
    cp long copy
    run -2 --separate-stderr delta-apply -i /dev/fd/7 shorter 7<>copy
    assert_one_error delta-apply "/dev/fd/7: cannot be replaced"
    run -2 --separate-stderr delta-apply -i /dev/stdin shorter 0<>copy
    assert_one_error delta-apply "/dev/stdin: cannot be replaced"
    assert_same_bytes long copy
}

@test "a history that is named as a descriptor is not rewritten through it" {
    delta-chain add h a b
    cp h copy
    run -2 delta-chain compact /dev/fd/7 7<>h
    assert_same_bytes h copy
}

@test "a rewrite touches no file but its own" {
    delta-chain add x a b
    delta-chain add x.delta-new a
    delta-chain add .delta-0123456789abcdef a b
    cp x .delta-1123456789abcdef
    cp x.delta-new copy
    printf mine >.delta-2123456789abcdef
    delta-chain compact x
    assert_same_bytes x.delta-new copy
    assert_equal "$(cat .delta-2123456789abcdef)" mine
    assert_equal "$(find . -name '.delta-*' | wc -l)" 3
    [ -e .delta-0123456789abcdef ] && [ -e .delta-1123456789abcdef ]
    delta-chain verify x
}

@test "what a killed rewrite leaves is removed by the next" {
    strace -o /dev/null -e inject=getpid:retval=1 true 2>/dev/null || skip "strace cannot trace here"
    delta-chain add x a b
    ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e inject=rename:error=EIO:signal=SIGKILL \
        delta-chain compact x || true
    assert_equal "$(find . -name '.delta-*' | wc -l)" 1
    delta-chain compact x
    assert_equal "$(find . -name '.delta-*' | wc -l)" 0
    delta-chain verify x
    assert_equal "$(delta-chain export --states x | wc -l)" 2
}

@test "a rewrite beside another user's file in a sticky folder" {
    [ "$(id -u)" -eq 0 ] || skip "not root"
    delta-chain add x a b
    chmod 1777 .
    chown 1001 x
    setpriv --reuid 1001 --regid 1001 --clear-groups test -x "$DELTA_BIN/delta-chain" ||
        skip "another user cannot run the commands"
    setpriv --reuid 1002 --regid 1002 --clear-groups sh -c 'echo other >x.delta-new'
    setpriv --reuid 1001 --regid 1001 --clear-groups delta-chain compact x
    assert_equal "$(cat x.delta-new)" other
}

@test "a stream that fails before its first result leaves the file of -o alone" {
    echo precious >out
    run -2 delta-diff --ndjson -o out <<<'not json'
    assert_equal "$(cat out)" precious
    run -2 delta-apply --ndjson -o out <<<'not json'
    assert_equal "$(cat out)" precious
    run -2 delta-apply --no-base --ndjson -o out <<<'not json'
    assert_equal "$(cat out)" precious
    mkdir one two
    echo '{' >one/a.json
    echo '{}' >two/a.json
    run -2 delta-diff -o out one two
    assert_equal "$(cat out)" precious
    # What was written before a failure stands.
    run -2 delta-diff --ndjson -t 0 -o out <<<'{"a":1}
not json'
    [ "$(wc -l <out)" -eq 1 ] && [ "$(cat out)" != precious ]
}

@test "a folder that cannot be synced: status and message are true" {
    strace -o /dev/null -e inject=getpid:retval=1 true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0
    for way in $WAYS; do
        make_file "$way" f
        cp f old
        export -f replace
        # The file is synced first, then the folder.
        status=0
        strace -f -o /dev/null -e inject=fsync:error=EIO:when=2+ bash -c "replace $way f" 2>message ||
            status=$?
        assert_equal "$way: $status" "$way: 2"
        grep -q "replaced, but a power loss may bring the old file back" message || fail "$way: $(cat message)"
        case $way in output | in-place | merge) ! cmp -s f old || fail "$way: not replaced" ;; esac
        make_file "$way" f
        cp f old
        status=0
        strace -f -o /dev/null -e inject=fsync:error=EIO:when=1 bash -c "replace $way f" 2>message ||
            status=$?
        assert_equal "$way: $status" "$way: 2"
        assert_same_bytes f old
        [ "$(grep -c replaced message)" -eq 0 ] || fail "$way: $(cat message)"
    done
}
