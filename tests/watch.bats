#!/usr/bin/env bats
# A watch stream as `kubectl get --watch --output-watch-events -o json` prints it: indented values,
# one after another, and in the middle a list anew. As text, as records, and into a store.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cat >watch.py <<'PY'
"""Two pods and a job; the connection breaks, and the watch begins anew with what is there."""
import json
def event(type, name, rv, phase, **more):
    pod = {"apiVersion": "v1", "kind": "Pod",
           "metadata": {"name": name, "namespace": "default", "resourceVersion": str(rv), **more},
           "status": {"phase": phase}}
    print(json.dumps({"type": type, "object": pod}, indent=4))
event("ADDED", "web-1", 101, "Pending")
event("ADDED", "web-2", 102, "Running")
event("MODIFIED", "web-1", 103, "Running")
event("ADDED", "job-1", 104, "Running")
event("DELETED", "job-1", 105, "Succeeded")
# The list anew: the same versions again.
event("ADDED", "web-1", 103, "Running")
event("ADDED", "web-2", 102, "Running")
event("MODIFIED", "web-2", 106, "Failed", labels={"app": "web"})
event("DELETED", "web-2", 107, "Failed")
event("ADDED", "web-2", 108, "Pending")
PY
    python3 watch.py >stream
}

BY=--by=/object/metadata/namespace,/object/metadata/name
END=--end-when=/type=DELETED
FROM=--state-from=/object

@test "the stream is what kubectl prints" {
    [ "$(head -n 2 stream)" = '{
    "type": "ADDED",' ]
    [ "$(jq -s length stream)" -eq 10 ]
}

@test "as text: a heading for each object, its end and its return" {
    run -0 delta-diff --ndjson "$BY" "$END" "$FROM" -f text stream
    [ "$output" = '+ ["default","web-1"]
+ ["default","web-2"]
["default","web-1"]
  ~ /metadata/resourceVersion  "101" -> "103"
  ~ /status/phase  "Pending" -> "Running"
+ ["default","job-1"]
- ["default","job-1"]
["default","web-2"]
  + /metadata/labels  {"app":"web"}
  ~ /metadata/resourceVersion  "102" -> "106"
  ~ /status/phase  "Running" -> "Failed"
- ["default","web-2"]
+ ["default","web-2"]
4 states added, 2 removed, 2 changed, 2 the same' ] || fail "$output"
}

watch() {
    delta-chain add --ndjson "$BY" "$END" "$FROM" --source=cluster \
        --seq-from=/object/metadata/resourceVersion -t 0 "$@"
}

@test "into a store: the list anew adds nothing; the end and the return are states" {
    watch --ack store stream >acks
    [ "$(cut -f 1,2,3 acks | tr '\t\n' ' ;')" = '["default","web-1"] 101 0;["default","web-2"] 102 0;["default","web-1"] 103 1;["default","job-1"] 104 0;["default","job-1"] 105 1;["default","web-1"] 103 1;["default","web-2"] 102 0;["default","web-2"] 106 1;["default","web-2"] 107 2;["default","web-2"] 108 3;' ] ||
        fail "$(<acks)"
    states() { delta-chain log --json store --key="[\"default\",\"$1\"]" | jq -c '[.seq,.ended]' | tr '\n' ' '; }
    [ "$(states web-1)" = '[101,null] [103,null] ' ]
    [ "$(states web-2)" = '[102,null] [106,null] [107,true] [108,null] ' ]
    [ "$(states job-1)" = '[104,null] [105,true] ' ]
    [ "$(delta-chain get store --key='["default","web-2"]' | jq -r .status.phase)" = Pending ]
    # What is there now: the job is gone.
    [ "$(delta-chain export --at=now store | cut -f 1 | sort | tr '\n' ' ')" = '["default","web-1"] ["default","web-2"] ' ]
    # The whole watch again, and any rest of it: nothing.
    cp -r store before
    watch store stream
    for from in 1 4 6 9; do
        jq --indent 4 -s ".[$from:][]" stream | watch store
    done
    diff -r store before
    delta-chain verify store
}

@test "log and show tell of the end, and that what comes later begins anew" {
    watch store stream
    key='--key=["default","web-2"]'
    [ "$(delta-chain log store "$key" | grep -c '  ended$')" -eq 1 ]
    [ "$(delta-chain log -f changes store "$key" | jq -c '[.revision,.op,.path]' | tail -n 5 | tr '\n' ' ')" = \
        '[2,"remove",""] [3,"add","/apiVersion"] [3,"add","/kind"] [3,"add","/metadata"] [3,"add","/status"] ' ]
    run -0 delta-chain log -p store "$key" 2
    [[ $output == *'  ended'$'\n''- (root)  {'*'1 removed' ]] || fail "$output"
    run -0 delta-chain show store "$key" 2
    [[ $output == 'state 2  1970-01-01T00:00:00Z  ended'$'\n'*'- (root)  {'* ]] || fail "$output"
    run -0 delta-chain show store "$key" 3
    [[ $output == *$'\n''+ (root)  {'* ]] || fail "$output"
    [ "$(delta-chain log -f changes --only=/status/phase store "$key" | jq -c '[.revision,.op]' | tr '\n' ' ')" = \
        '[0,"add"] [1,"change"] [2,"remove"] [3,"add"] ' ]
    [ "$(delta-chain export --records store | jq -r 'select(.strategy == "removed") | .key' | sort | tr '\n' ' ')" = \
        '["default","job-1"] ["default","web-2"] ' ]
}

@test "the stream in pieces, cut between any two values and within them" {
    watch whole stream
    for cut in 1 50 333 700; do
        { head -c "$cut" stream; sleep 0.1; tail -c +$((cut + 1)) stream; } | watch "store$cut"
        for key in $(delta-chain keys whole); do
            diff <(delta-chain export --records whole --key="$key" ..) <(delta-chain export --records "store$cut" --key="$key" ..)
        done
    done
}
