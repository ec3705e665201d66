#!/usr/bin/env bats
# The recipe for Slurm, with a controller and three nodes on this machine. It runs at night only
# (scripts/nightly slurm): Slurm needs half a minute to start and to give up a node.

load helpers
load recipes

stop_engine() {
    local name
    for name in n1 n2 n3; do
        kill_node "$name"
    done
    kill_daemon slurmctld
    kill_daemon munged
}

start_daemon() {
    local name=$1
    shift
    "$@" >>"$name.log" 2>&1 3>&- &
    echo $! >"$name.pid"
}

kill_daemon() {
    [ -s "$1.pid" ] || return 0
    kill -9 "$(<"$1.pid")" || :
    rm "$1.pid"
}

# A node, and the jobs on it with what watches over them.
kill_node() {
    local environ pid
    kill_daemon "$1"
    for environ in $(grep -lsz "^SLURMD_NODENAME=$1\$" /proc/[0-9]*/environ); do
        pid=${environ//[!0-9]/}
        grep -qsz "^SLURM_CONF=$DIR/" "$environ" || continue
        kill -9 "$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")" "$pid"
    done 2>/dev/null || :
}

start_node() {
    start_daemon "$1" slurmd -D -N "$1"
}

make_slurm() {
    local command name host
    [ -n "${NIGHTLY-}" ] || skip "only at night (scripts/nightly slurm)"
    [ "$(id -u)" -eq 0 ] || skip "not root: no slurmd"
    PATH=$PATH:/usr/sbin
    for command in munged slurmctld slurmd sbatch; do
        command -v "$command" >/dev/null || skip "$command is not installed (scripts/setup nightly)"
    done
    host=$(hostname -s)
    mkdir state munge
    head -c 128 /dev/urandom >munge/key
    chmod 400 munge/key
    cat >slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$DIR/munge/socket
SlurmctldPort=$((20000 + $$ % 20000))
SlurmctldPidFile=$DIR/slurmctld.its-pid
SlurmdPidFile=$DIR/%n.its-pid
SlurmdSpoolDir=$DIR/spool-%n
StateSaveLocation=$DIR/state
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName=n[1-3] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((40001 + $$ % 20000))-$((40003 + $$ % 20000))] CPUs=1
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
    export SLURM_CONF=$DIR/slurm.conf
    start_daemon munged munged -F --force --key-file=munge/key --socket=munge/socket \
        --log-file=munge/log --pid-file=munge/pid --seed-file=munge/seed
    until_true munge -S munge/socket -n
    start_daemon slurmctld slurmctld -D
    for name in n1 n2 n3; do
        start_node "$name"
    done
    until_true is_idle 3
}

is_idle() {
    [ "$(sinfo -h -N -o %T | grep -cx idle)" -eq "$1" ]
}

# Ten states of each task are on the disk.
are_held() {
    [ "$(cat first.? 2>/dev/null | wc -l)" -eq 30 ]
}

@test "slurm: an array job, one node of which is killed" {
    make_slurm
    keys=(a b 'c d' "it's" '"q"' '../e' é ÿ '*' '$HOME' 'k|l' '')
    for ((i = 1; i <= 360; i++)); do
        printf '%s\t{"n":%d,"value":%d}\n' "${keys[i * 7 % 12]}" "$i" $((i % 4))
    done >stream
    export SOURCE_DATE_EPOCH=0
    delta-chain add --ndjson --keyed --source=stream --seq-from=/n -t 0 one stream

    PATH=$(stalled 10):$PATH sbatch -Q --array=0-2 --output="$DIR/first.%a" "$RECIPES/slurm-add" store /n stream
    until_true are_held
    kill_node n2
    scancel --me
    until_true is_idle 2
    assert_equal "$(delta-chain metrics --json store | jq .states)" 30

    # The other two nodes do all, and then again, with the third.
    run -0 sbatch -Q --wait --array=0-2 --output="$DIR/second.%a" "$RECIPES/slurm-add" store /n stream
    assert_equal "$(cat second.? | wc -l)" 360
    assert_same_store one store
    start_node n2
    until_true is_idle 3
    run -0 sbatch -Q --wait --array=0-2 --output="$DIR/third.%a" "$RECIPES/slurm-add" store /n stream
    assert_same_store one store
    printf 'a\t{"n":360,"value":"other"}\n' >stream
    run -1 sbatch -Q --wait --array=0-2 --output="$DIR/fork.%a" "$RECIPES/slurm-add" store /n stream
    grep -q 'fork: another state has position 360' fork.?
}
