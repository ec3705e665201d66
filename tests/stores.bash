# What the tests of stores share:  load stores
#
# A feed of many things, and what a store of it holds.

# fleet.py, in the current directory
make_fleet() {
    cat >fleet.py <<'PY'
"""fleet.py KEYS ROUNDS SEED: snapshots of KEYS things, ROUNDS of each, interleaved, one a line."""
import json, random, sys
keys, rounds, seed = map(int, sys.argv[1:])
r = random.Random(seed)
things = [{"id": "k-%03d" % i, "rv": 0, "v": {c: r.random() for c in "abcdefgh"}} for i in range(keys)]
rv = 0
for _ in range(rounds):
    for t in r.sample(things, keys):
        rv += 1
        t["rv"] = rv
        t["v"][r.choice("abcdefgh")] = r.randrange(3)
        print(json.dumps(t))
PY
}

# oracle.py, in the current directory; it reads each key by itself
make_oracle() {
    cat >oracle.py <<'PY'
"""oracle.py STORE STREAM: the history of every key has exactly the states of the stream."""
import json, subprocess, sys
store, stream = sys.argv[1:3]
want = {}
for line in open(stream):
    state = json.loads(line)
    want.setdefault(state["id"], []).append(state)
keys = subprocess.run(["delta-chain", "keys", store], stdout=subprocess.PIPE, check=True).stdout
assert sorted(keys.decode().splitlines()) == sorted(want), "keys differ"
for key, states in want.items():
    out = subprocess.run(["delta-chain", "export", "--states", store, "--key=" + key],
                         stdout=subprocess.PIPE, check=True).stdout
    got = [json.loads(line) for line in out.decode().splitlines()]
    assert got == states, "%s: %d states instead of %d" % (key, len(got), len(states))
PY
}

feed() {
    delta-chain add --ndjson --by=/id --source=S --seq-from=/rv -t 0 "$@"
}
