# delta-chain: killed and failed at every system call.
load helpers

# What an error at one of these means is ours to handle; of the others there is nothing to handle.
FAILING="openat,read,pread64,write,lseek,fdatasync,fsync,flock,rename,unlink,fchmod,newfstatat,fcntl"

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    # A leak check traces its own process, which is traced already.
    export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
    # The same bytes are written whenever a command is let go equally far.
    export SOURCE_DATE_EPOCH=1790000000
    strace -o /dev/null -e inject=getpid:retval=1 true 2>/dev/null || skip "strace cannot trace here"
    for i in {0..5}; do
        echo "{\"i\":$i,\"list\":[$((i / 3)),true],\"same\":\"0123456789012345678901234567890\"}"
    done >stream
    echo '{"new":1}' >new.json
    echo '{"next":1}' >next.json
    delta-chain init --max-chain-length=4 whole
    delta-chain add --ndjson whole stream
    cp stream before
    cat stream new.json >after
    next=$(cat next.json)
}

# "NAME COUNT" for each system call that a command makes, but for the loader's and the allocator's:
# the files are the same before and after them.
calls()
{
    cp whole h
    strace -f -o trace "$@" >/dev/null 2>&1
    sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' trace |
        grep -vxE 'execve|exit_group|arch_prctl|set_[a-z_]*|rseq|brk|mmap|munmap|mprotect|access|prlimit64' |
        sort | uniq -c | awk '{ print $2, $1 }'
}

# The history holds the states of one of the files named, has no damage, and takes another state.
# Whether it does is decided by its bytes, and by what lies beside it: once is enough.
check_history()
{
    local what=$1 file got bytes left=(.delta-*)
    shift
    bytes="$* $(sha256sum <h) ${left[*]}"
    [ -z "${checked[$bytes]-}" ] || return 0
    got=$(delta-chain export --states h 2>/dev/null) || fail "$what: cannot be read"
    for file in "$@"; do
        [ "$got" != "$(cat "$file")" ] || break
        file=
    done
    [ -n "$file" ] || fail "$what: holds something else: $got"
    [ -z "${named-}" ] || [ "$(delta-chain get h first)" = "$named" ] || fail "$what: no name"
    # Bytes at the end that were never acknowledged are all that may be wrong.
    delta-chain verify h >verified 2>/dev/null || [[ $(cat verified) == *"unfinished write"* ]] &&
        ! grep -v "unfinished write\|no damage" verified || fail "$what: $(cat verified)"
    delta-chain add h next.json 2>/dev/null || fail "$what: nothing can be added"
    [ "$(delta-chain get h)" = "$next" ] || fail "$what: what was added is not there"
    delta-chain verify h >verified 2>/dev/null || fail "$what, then added to: $(cat verified)"
    checked[$bytes]=1
}

# Runs a command with every call made to fail once, in one way. Acknowledged means done.
fail_each()
{
    local how=$1 old=$2 new=$3 name count n status
    local -A checked=()
    shift 3
    calls "$@" >counts
    while read -r name count; do
        case $how,$name in
        signal*) ;;
        *) [[ ,$FAILING, == *,$name,* ]] || continue ;;
        esac
        for ((n = 1; n <= count; n++)); do
            cp whole h
            status=0
            strace -f -o /dev/null -e inject="$name:$how:when=$n" "$@" >out 2>&1 </dev/null ||
                status=$?
            if [ "$status" -eq 0 ]; then
                check_history "$how at $name $n, acknowledged" "$new"
            else
                check_history "$how at $name $n" "$old" "$new"
            fi
        done
    done <counts
}

@test "add, killed at every system call" {
    fail_each signal=SIGKILL before after delta-chain add h new.json
}

@test "add that makes the file, killed at every system call" {
    : >whole
    : >none
    cp new.json after
    fail_each signal=SIGKILL none after delta-chain add h new.json
}

@test "compact, killed at every system call" {
    fail_each signal=SIGKILL before before delta-chain compact h
}

@test "rebaseline, killed at every system call" {
    tail -3 stream >after
    fail_each signal=SIGKILL before after delta-chain rebaseline --keep=2 h
}

@test "prune, killed at every system call" {
    { sed -n 1p stream; tail -1 stream; } >after
    delta-chain name whole first 0
    named=$(head -n 1 stream)
    fail_each signal=SIGKILL before after delta-chain prune --keep-last=1 h
}

@test "name, killed at every system call" {
    cp before after
    delta-chain name whole first 0
    named=$(head -n 1 stream)
    fail_each signal=SIGKILL before after delta-chain name h other 3
}

@test "squash, killed at every system call" {
    { sed -n 1,3p stream; sed -n 6p stream; } >after
    fail_each signal=SIGKILL before after delta-chain squash h 2..5
}

@test "clear, killed at every system call" {
    : >after
    fail_each signal=SIGKILL before after delta-chain clear h
}

@test "add-delta, killed at every system call" {
    delta-diff <(tail -1 stream) new.json >record || true
    fail_each signal=SIGKILL before after delta-chain add-delta h record
}

@test "import and add of a stream, killed at every system call" {
    local status
    delta-chain add whole new.json
    delta-chain export --records whole >records
    : >whole
    : >none
    fail_each signal=SIGKILL none after delta-chain import h records
    fail_each signal=SIGKILL none after delta-chain add --ndjson h after
}

@test "init, killed at every system call" {
    calls delta-chain init g >counts
    while read -r name count; do
        for ((n = 1; n <= count; n++)); do
            rm -f g
            { strace -f -o /dev/null -e inject="$name:signal=SIGKILL:when=$n" delta-chain init g; } 2>/dev/null || :
            # There is none, or an empty one.
            [ ! -e g ] || delta-chain verify g >/dev/null
            delta-chain add g new.json
            assert_equal "$(delta-chain get g)" "$(cat new.json)"
        done
    done <counts
}

@test "a file that is replaced, killed at every system call" {
    echo '{"a":1,"b":[1,2,3]}' >old.json
    delta-diff old.json new.json >record || true
    local command name count n
    for command in "delta-apply -i f record" "delta-diff --exit-zero -t 0 -o f old.json next.json" \
        "delta-merge -o f record" "delta-chain export --states -o f whole"; do
        cp old.json f
        # shellcheck disable=SC2086 # words of a command
        calls $command >counts
        cp f wanted
        cmp -s old.json f && fail "$command: writes nothing"
        while read -r name count; do
            for ((n = 1; n <= count; n++)); do
                cp old.json f
                # shellcheck disable=SC2086
                { strace -f -o /dev/null -e inject="$name:signal=SIGKILL:when=$n" $command >out; } 2>/dev/null || :
                cmp -s f old.json || cmp -s f wanted || fail "$command, killed at $name $n: $(cat f)"
            done
        done <counts
    done
}

@test "add, no space left at every system call" {
    fail_each error=ENOSPC before after delta-chain add h new.json
}

@test "add, input/output error at every system call" {
    fail_each error=EIO before after delta-chain add h new.json
}

@test "compact, no space left at every system call" {
    fail_each error=ENOSPC before before delta-chain compact h
}

@test "rebaseline, input/output error at every system call" {
    tail -3 stream >after
    fail_each error=EIO before after delta-chain rebaseline --keep=2 h
}

@test "prune and name, input/output error at every system call" {
    delta-chain name whole first 0
    cp before after
    named=$(head -n 1 stream)
    fail_each error=EIO before after delta-chain name h other 3
    { sed -n 1p stream; tail -1 stream; } >after
    fail_each error=EIO before after delta-chain prune --keep-last=1 h
}

@test "a failed sync is not taken for a state" {
    cp whole h
    run -2 strace -o /dev/null -e inject=fdatasync:error=EIO delta-chain add h new.json
    assert_equal "$(delta-chain export --states h)" "$(cat before)"
    [ "$(stat -c %s h)" -gt "$(stat -c %s whole)" ]
    delta-chain verify h
    delta-chain add h new.json
    assert_equal "$(delta-chain export --states h)" "$(cat after)"
    # States before and after the void are found by their index.
    for i in {0..5}; do
        assert_equal "$(delta-chain get h "$i")" "$(sed -n $((i + 1))p stream)"
    done
}

@test "writes that are cut short at every byte" {
    under_sanitizers && skip "the sanitizers write files of their own"
    local size grown
    local -A checked=()
    size=$(stat -c %s whole)
    cp whole h
    delta-chain add h new.json
    grown=$(stat -c %s h)
    for ((most = size; most < grown; most++)); do
        cp whole h
        if (trap '' XFSZ && prlimit --fsize="$most" delta-chain add h new.json) 2>/dev/null; then
            fail "$most bytes were enough"
        fi
        # The state's record may fit where the keyframe behind it does not.
        check_history "cut at $most" before after
    done
}
