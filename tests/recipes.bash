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
