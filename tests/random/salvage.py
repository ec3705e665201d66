"""Usage: salvage.py TRIALS SEED

Damages histories of many shapes, by bytes altered, zeroed and cut off, and holds what `delta-chain
export --salvage` writes against what was added: only states that were added, in their order, each
once; all states that `get` still serves; status 0 only when nothing is missing.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

trials, seed = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)


def chain(*words, text=None):
    done = subprocess.run(["delta-chain", *words], input=text, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def state(i):
    return json.dumps({"i": i, "list": list(range(i, i + 5)), "text": "state %d " % i * 12},
                      separators=(",", ":"), sort_keys=True)


STATES = [state(i) for i in range(14)]


def add(name, first, last):
    for i in range(first, last):
        status = chain("add", "-t", str(i), name, "-", text=STATES[i].encode())[0]
        assert status == 0, (name, i)


def build():
    shapes = []
    for strategy in ("auto", "dict", "binary", "reference", "compress", "none"):
        chain("init", "-s", strategy, "--max-chain-length=4", strategy)
        add(strategy, 0, 14)
        shapes.append(strategy)
    add("block", 0, 9)
    chain("compact", "block")
    add("block", 9, 14)
    add("blocks", 0, 14)
    chain("compact", "blocks")
    chain("add", "--ndjson", "batch", text="\n".join(STATES).encode())
    # A write that was torn, and what came after it.
    add("void", 0, 6)
    size = os.path.getsize("void")
    add("void", 6, 7)
    os.truncate("void", size + 70)
    add("void", 6, 14)
    return shapes + ["block", "blocks", "batch", "void"]


def damage(data):
    data = bytearray(data)
    kind = random.choice(["bit", "bit", "zeros", "cut", "noise"])
    at = random.randrange(80, len(data))
    if kind == "bit":
        data[at] ^= 1 << random.randrange(8)
    elif kind == "cut":
        del data[at:]
    else:
        length = random.choice([8, 64, 200])
        for i in range(at, min(at + length, len(data))):
            data[i] = 0 if kind == "zeros" else random.randrange(256)
    return kind, at, bytes(data)


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(any(line == other for other in rest) for line in part)


def check(shape, kind, at):
    where = "seed %d: %s, %s at %d" % (seed, shape, kind, at)
    status, out, message = chain("export", "--states", "--salvage", "d")
    lines = out.decode().splitlines()
    assert status in (0, 1), (where, status, message)
    assert is_subsequence(lines, STATES), (where, lines)
    served = set()
    for i in range(len(STATES)):
        got, text, _ = chain("get", "d", str(i))
        if got == 0:
            served.add(text.decode().strip())
    assert served <= set(lines), (where, served - set(lines))
    if status == 0 and kind != "cut":
        assert lines == STATES or b"unfinished" in message or b"never finished" in message, (
            where, message)
    records = chain("export", "--records", "--salvage", "d")
    if lines:
        if os.path.exists("again"):
            os.unlink("again")
        imported = chain("import", "again", "-", text=records[1])
        assert imported[0] == 0, (where, imported)
        assert chain("export", "--states", "again")[1] == out, where
    return len(lines), len(served)


def main():
    os.chdir(tempfile.mkdtemp(dir="."))
    shapes = build()
    found = served = 0
    for shape in shapes:
        with open(shape, "rb") as file:
            data = file.read()
        status, out, message = chain("export", "--states", "--salvage", shape)
        assert (status, out.decode().splitlines()) == (0, STATES), (shape, status, message)
        for _ in range(trials // len(shapes)):
            kind, at, bad = damage(data)
            with open("d", "wb") as file:
                file.write(bad)
            one, other = check(shape, kind, at)
            found += one
            served += other
    print("%d trials, %d states served, %d salvaged" % (trials, served, found))


main()
