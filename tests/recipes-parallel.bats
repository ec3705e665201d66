#!/usr/bin/env bats
# The recipe for GNU parallel over SSH. A host is an sshd in a network namespace that the test makes,
# whose address is 10.99.N.2, or, where that is not allowed, one on a loopback address.

load helpers
load recipes

stop_engine() {
    local N
    for ((N = 1; N <= ${#HOSTS[@]}; N++)); do
        kill_host "$N"
        [ -z "$NAMESPACE" ] || ip netns delete "$NAMESPACE-$N"
    done
    [ -z "$NAMESPACE" ] || ip netns delete "$NAMESPACE"
}

# The processes of a host.
processes() {
    if [ -n "$NAMESPACE" ]; then
        ip netns pids "$NAMESPACE-$1"
    elif [ -e "/proc/$(<"host$1.pid")" ]; then
        tree "$(<"host$1.pid")"
    fi 2>/dev/null
}

tree() {
    local children child
    echo "$1"
    for children in "/proc/$1/task"/*/children; do
        for child in $(<"$children"); do
            tree "$child"
        done
    done
}

kill_host() {
    local pids
    [ -s "host$1.pid" ] || return 0
    until pids=$(processes "$1") && [ -z "$pids" ]; do
        # shellcheck disable=SC2086 # one word a process
        kill -9 $pids 2>/dev/null || :
        wait "$(<"host$1.pid")" 2>/dev/null || :
    done
    rm "host$1.pid"
}

# inside N COMMAND...: in the namespace of a host.
inside() {
    if [ -n "$NAMESPACE" ]; then
        ip netns exec "$NAMESPACE-$1" "${@:2}"
    else
        "${@:2}"
    fi
}

make_hosts() {
    local N
    for command in ssh ssh-keygen parallel; do
        command -v "$command" >/dev/null || skip "$command is not installed (scripts/setup engines)"
    done
    [ -x /usr/sbin/sshd ] || skip "sshd is not installed (scripts/setup engines)"
    HOSTS=() NAMESPACE='' PORT=$((20000 + $$ % 20000))
    ssh-keygen -q -t ed25519 -N '' -f key
    if [ "$(id -u)" -eq 0 ]; then
        mkdir -p /run/sshd
        ! ip netns add "dr$$" 2>log || NAMESPACE=dr$$
    fi
    # In a chroot they can be made but not entered.
    if [ -n "$NAMESPACE" ] && ! ip netns exec "$NAMESPACE" true 2>>log; then
        ip netns delete "$NAMESPACE"
        NAMESPACE=''
    fi
    if [ -n "$NAMESPACE" ]; then
        PORT=22
        ip -n "$NAMESPACE" link set lo up
    fi
    HERE=(env "PATH=$DIR/bin:$PATH" "PARALLEL_HOME=$DIR/parallel")
    [ -z "$NAMESPACE" ] || HERE=(ip netns exec "$NAMESPACE" "${HERE[@]}")
    for N in 1 2 3; do
        mkdir "host$N"
        if [ -n "$NAMESPACE" ]; then
            HOSTS+=("10.99.$N.2")
            ip netns add "$NAMESPACE-$N"
            ip -n "$NAMESPACE" link add "to$N" type veth peer name eth0 netns "$NAMESPACE-$N"
            ip -n "$NAMESPACE" address add "10.99.$N.1/24" dev "to$N"
            ip -n "$NAMESPACE" link set "to$N" up
            ip -n "$NAMESPACE-$N" address add "10.99.$N.2/24" dev eth0
            ip -n "$NAMESPACE-$N" link set eth0 up
            ip -n "$NAMESPACE-$N" link set lo up
        else
            HOSTS+=("127.0.0.$((10 + N))")
        fi
        start_host "$N" "$DELTA_BIN"
    done
    printf '%s\n' "${HOSTS[@]}" >hosts
    mkdir bin
    printf '#!/bin/sh\nexec %s -p %s -i %s -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"\n' \
        "$(command -v ssh)" "$PORT" "$DIR/key" >bin/ssh
    chmod +x bin/ssh
}

# start_host N PATH: sshd of a host, which finds delta-chain in a folder, and works in hostN.
start_host() {
    local address=${HOSTS[$1 - 1]}
    cat >"host$1.conf" <<CONF
ListenAddress $address:$PORT
HostKey $DIR/key
AuthorizedKeysFile $DIR/key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
SetEnv PATH=$2:/usr/bin:/bin SOURCE_DATE_EPOCH=0
ForceCommand cd $DIR/host$1 && eval "\$SSH_ORIGINAL_COMMAND"
CONF
    inside "$1" /usr/sbin/sshd -D -E "$DIR/host$1.log" -f "host$1.conf" 3>&- 8<&- &
    echo $! >"host$1.pid"
    until_true "${HERE[@]}" timeout 5 bash -c "exec 6<>/dev/tcp/$address/$PORT"
}

# The stores of the hosts hold each key once, with the same states as the store of one machine.
assert_same_stores() {
    local N
    for N in 1 2 3; do
        delta-chain keys "host$N/the store" | sed "s/^/$N\t/"
        delta-chain verify "host$N/the store" >&2
    done >placed
    diff <(delta-chain keys one | sort) <(cut -f 2- placed | sort)
    while IFS=$'\t' read -r N key; do
        diff <(positions one "$key") <(positions "host$N/the store" "$key") || fail "host $N, $key"
    done <placed
    assert_equal "$(cut -f 1 placed | sort -u | wc -l)" 3
}

@test "parallel: a store on each of three hosts, one of which is killed" {
    make_hosts
    # Keys as they come, and an end.
    keys=(a b 'c d' "it's" '"q"' '../e' é ÿ '*' '$HOME' 'k|l' '')
    for ((i = 1; i <= 360; i++)); do
        printf '%s\t{"n":%d,"value":%d}\n' "${keys[i * 7 % 12]}" "$i" $((i % 4))
    done >stream
    delta-chain add --ndjson --keyed --source=stream --seq-from=/n -t 0 one stream

    # The second host dies with a part of its states on the disk.
    kill_host 2
    start_host 2 "$(stalled 10)"
    in_background "${HERE[@]}" parallel-add hosts 'the store' /n stream
    wait_for "${HOSTS[1]}" 10
    kill_host 2
    while IFS= read -r line <&8; do
        :
    done
    wait_group
    assert_equal "$status" 1
    assert_equal "$(delta-chain metrics --json 'host2/the store' | jq .states)" 10
    # The others went on.
    for N in 1 3; do
        [ "$(delta-chain metrics --json "host$N/the store" | jq .states)" -gt 10 ]
    done

    # It comes back, and the stream is sent again; then a part of it.
    start_host 2 "$DELTA_BIN"
    "${HERE[@]}" parallel-add hosts 'the store' /n stream >acks
    assert_equal "$(wc -l <acks)" 360
    assert_same_stores
    tail -n 100 stream | "${HERE[@]}" parallel-add hosts 'the store' /n >acks
    assert_same_stores

    # A fork, of which the others know nothing.
    printf 'a\t{"n":360,"value":"other"}\n%s\t{"n":361}\n' "${keys[@]:1:1}" >stream
    run -1 "${HERE[@]}" parallel-add hosts 'the store' /n stream
    [[ $output == *'fork: another state has position 360'* ]]
    [[ $output == *$'b\t361\t'* ]]
}
