# Allocations and system calls that fail: a sample of what `make faults` runs in full.
load helpers

setup()
{
    if under_sanitizers; then skip "nothing can be preloaded under sanitizers"; fi
}

faults()
{
    run -0 "$TOP/tests/faults/run" "$@" "$DELTA_BIN/tests/faults.so"
    [[ $output =~ ^[0-9]+\ runs,\ 0\ of\ them\ wrong$ ]] || fail "$output"
}

@test "an allocation that fails: the right result, or status 2 and one line" {
    faults --sample=4 --kinds=allocations
}

@test "a system call that fails or is short: nothing is lost or incomplete" {
    faults --sample=2 --kinds=ENOSPC,EIO,EINTR,short
}

@test "every allocation on the way through zstd's dictionary" {
    faults --only='delta-diff -z' --kinds=allocations
}
