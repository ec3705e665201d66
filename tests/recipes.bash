# What the tests of recipes share:  load recipes
#
# A folder that servers of other users get at, in which each test works, and how something is stopped
# in the middle: a command is held at a known point, and then killed. Nothing depends on how long
# anything takes.
RECIPES=$TOP/scripts/recipes

setup()
{
    DIR=$(mktemp -d)
    chmod 755 "$DIR"
    cd "$DIR" || return
    PATH=$RECIPES:$PATH
    PIDS=()
}

teardown()
{
    local pid
    exec 7>&- 8<&- 9<&-
    for pid in "${PIDS[@]}"; do
        kill -9 -- "-$pid" || :
    done 2>/dev/null
    stop_engine || :
    cd / && rm -rf "$DIR"
}

# fill STORE KEY...: 40 states of each key: values that come and go within one moment, strings that
# are special in SQL, Lua and shells, and that look like the members of a record.
fill()
{
    local store=$1 key i
    shift
    for key; do
        for ((i = 1; i <= 40; i++)); do
            # shellcheck disable=SC2016 # $1 is meant to be stored
            printf '%s\t{"value":%d,"it'"'"'s":"\\ud800\\u0000 \\\\ é $1 {:1}","source":"x","seq":7,"base":"ff","target":"ff"}\n' \
                "$key" $((i * i % 3))
        done
    done | delta-chain add --ndjson --keyed -t 0 "$store"
}

# change STORE KEY VALUE [OPTION]...
change()
{
    printf '{"value":"%s"}' "$3" | delta-chain add -t 0 --key="$2" "${@:4}" "$1"
}

# Exactly the states and positions of another store.
assert_same_store()
{
    local key
    diff <(delta-chain keys "$1") <(delta-chain keys "$2") || fail "$2 has other keys"
    while IFS= read -r key; do
        diff <(positions "$1" "$key") <(positions "$2" "$key") || fail "$2, $key: other states"
    done < <(delta-chain keys "$1")
    delta-chain verify "$2"
}

# Of each state what its record says, which the digest of the state is a part of.
positions()
{
    delta-chain export --records --key="$2" "$1" .. | jq -c '[.source, .seq, .target, .timestamp]'
}

# in_background COMMAND...: what it writes is read from descriptor 8; its group's number is in GROUP.
in_background()
{
    rm -f pipe
    mkfifo pipe
    setsid "$@" >pipe 2>>log 3>&- &
    GROUP=$!
    PIDS+=("$GROUP")
    exec 8<pipe
}

# Waits until a line that matches came the Nth time on descriptor 8.
wait_for()
{
    local pattern=$1 count=$2 line
    while [ "$count" -gt 0 ]; do
        IFS= read -r -t 60 line <&8 || fail "only $(($2 - count)) lines with $pattern came: $(cat log)"
        [[ $line != *$pattern* ]] || count=$((count - 1))
    done
}

# until_true COMMAND...: waits for a state of a server that only asking shows.
until_true()
{
    local i
    for ((i = 0; i < 600; i++)); do
        ! "$@" >>log 2>&1 || return 0
        sleep 0.1
    done
    fail "never: $*: $(tail -n 5 log)"
}

# Waits for the group to end; its exit status is in status. (run waits in a subshell, which knows the
# status only where this shell had it before.)
wait_group()
{
    status=0
    # shellcheck disable=SC2034 # it is what the caller reads
    wait "$GROUP" || status=$?
}

kill_group()
{
    kill -9 -- "-$GROUP"
    wait "$GROUP" 2>/dev/null || :
    exec 8<&-
}

# stalled LINES: a folder with a delta-chain that gets so many lines of its input and then waits.
stalled()
{
    mkdir -p "$DIR/stalled"
    cat >"$DIR/stalled/delta-chain" <<STALLED
#!/bin/bash
case \$1 in
add | add-delta) { head -n $1; sleep 600; } | '$DELTA_BIN/delta-chain' "\$@" ;;
*) exec '$DELTA_BIN/delta-chain' "\$@" ;;
esac
STALLED
    chmod +x "$DIR/stalled/delta-chain"
    echo "$DIR/stalled"
}

# consumers_at_once ENGINE PREFIX: of the recipes ENGINE-put and ENGINE-follow. Two consumers, one of
# them twice over, follow while a log grows, and one begins late from nothing; what each says is in
# its NAME.log.*. Keys are told with PREFIX.
consumers_at_once()
{
    local put=$1-put follow=$1-follow prefix=$2 jobs=() name job
    fill store a b
    "$put" store a ..20 >out
    for name in one other; do
        "$follow" "$name" >"$name.log.0"
    done
    "$put" store >out &
    jobs+=($!)
    for name in one one other; do
        "$follow" "$name" >"$name.log.${#jobs[@]}" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job"
    done
    change store a new
    delta-chain add --ndjson --keyed -t 0 store <<<$'b\t'
    "$put" store >out
    assert_equal "$(sort out)" "${prefix}a"$'\t1 added\n'"${prefix}b"$'\t1 added'
    for name in one other late; do
        "$follow" "$name" >"$name.log.last"
        assert_same_store store "$name"
    done
}

# producers_fork ENGINE SUFFIX: of two producers that fork, the second is refused with status 1.
# Numbers are told with SUFFIX; the function records_of tells how many records the log of a key has.
producers_fork()
{
    local put=$1-put follow=$1-follow suffix=$2 name
    fill store a
    "$put" store a ..20
    for name in second others; do
        "$follow" "$name"
    done
    change second a second
    fill second b
    "$put" second
    # The first one has gone another way from the same state.
    run -1 "$put" store
    # shellcheck disable=SC2154 # run sets it
    [[ $output == *"22$suffix does not follow 22$suffix"* ]]
    assert_equal "$(records_of a)" 22
    # It cannot become a replica either.
    run -1 "$follow" store
    [[ $output == *fork* ]]
    # One that made the same state has another history all the same.
    change others a second
    run -1 "$put" others a
    [[ $output == *"22$suffix does not follow 22$suffix"* ]]
    # And so has one whose base is the tip's state, but an earlier occurrence of it; whether there is
    # a record of the same number or not.
    cp -r second third
    delta-chain get --key=a second 20 | delta-chain add -t 0 --key=a second
    delta-chain get --key=a second 21 | delta-chain add -t 0 --key=a --source=s --seq=30 second
    "$put" second a
    cp -r third fourth
    cp -r third fifth
    change third a third
    change fourth a fourth --source=s --seq=25
    change fifth a fifth --source=t --seq=99
    for name in third fourth fifth; do
        run -1 "$put" "$name" a
        [[ $output == *"does not follow 30$suffix"* ]]
        run -1 "$put" "$name" a tip~1..
        [[ $output == *"does not follow 30$suffix"* ]]
    done
    # A key that is refused does not keep the others back.
    change third b third
    run -1 "$put" third
    [[ $output == *$'b\t1 added'* ]]
    "$follow" replica
    assert_equal "$(delta-chain get --key=b replica)" '{"value":"third"}'
    delta-chain verify replica
}
