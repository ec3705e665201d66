#!/usr/bin/env python3
"""Usage: spaces.py COUNT SEED

COUNT random merges and edits of values in texts with spaces anywhere, members in any order, escapes
or none: what the commands write must be valid JSON of the same value, with the same status, as from
the same values in canonical form. Prints what is not; the status is then 1.
"""
import copy
import json
import os
import random
import subprocess
import sys
import tempfile


def random_value(rng, depth):
    kind = rng.random()
    if depth <= 0 or kind < 0.4:
        return rng.choice([1, 2, 3, "a", "é", "x\ny", None, True, 1.5, "long text " * 12, ""])
    if kind < 0.7:
        return {rng.choice("abcdefgé"): random_value(rng, depth - 1)
                for _ in range(rng.randrange(5))}
    if kind < 0.85:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(5))]
    return [{"id": n, "v": random_value(rng, depth - 2)}
            for n in rng.sample(range(9), rng.randrange(5))]


def change(rng, value):
    kind = rng.random()
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if kind < 0.5:
            value[key] = change(rng, value[key])
        elif kind < 0.65:
            del value[key]
        elif kind < 0.9:
            value[rng.choice("abcdefghijé")] = random_value(rng, 2)
        else:
            value = dict(rng.sample(list(value.items()), len(value)))
        return value
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        if kind < 0.45:
            value[at] = change(rng, value[at])
        elif kind < 0.6:
            del value[at]
        elif kind < 0.8:
            value.insert(at, random_value(rng, 2))
        elif kind < 0.9:
            value.insert(rng.randrange(len(value)), value.pop(at))
        else:
            value.append(copy.deepcopy(value[at]))
        return value
    return random_value(rng, 2)


def space(rng):
    return rng.choice(["", "", " ", "\n", "\t", "\r\n  ", "  "])


def spaced(rng, value):
    if not isinstance(value, (dict, list)):
        yield json.dumps(value, ensure_ascii=rng.random() < 0.5)
        return
    yield "{" if isinstance(value, dict) else "["
    for index, part in enumerate(value):
        if index:
            yield ","
        yield space(rng)
        if isinstance(value, dict):
            yield json.dumps(part) + space(rng) + ":" + space(rng)
            part = value[part]
        yield from spaced(rng, part)
        yield space(rng)
    yield space(rng) + ("}" if isinstance(value, dict) else "]")


def text_of(rng, value):
    ascii_only = rng.random() < 0.5
    text = rng.choice([
        lambda: json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only),
        lambda: json.dumps(value, indent=2, ensure_ascii=ascii_only),
        lambda: json.dumps(value, indent="\t", separators=(" ,", " : ")),
        lambda: json.dumps(value, indent=4, ensure_ascii=ascii_only).replace("\n", "\r\n"),
        lambda: "".join(spaced(rng, value)),
        lambda: "".join(spaced(rng, value))])()
    return ("\ufeff" if rng.random() < 0.05 else "") + text + rng.choice(["", "\n", "\r\n"])


def write(name, text):
    with open(name, "wb") as out:
        out.write(text.encode() if isinstance(text, str) else text)


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout


def read(text):
    try:
        return json.loads(text.decode("utf-8-sig"))
    except ValueError:
        return "not JSON"


def check(rng):
    base = random_value(rng, 4)
    states = [base]
    for _ in range(2):
        state = copy.deepcopy(base)
        for _ in range(rng.randrange(4)):
            state = change(rng, state)
        states.append(state)
    for name, state in zip(("base", "ours", "theirs"), states):
        write(name, text_of(rng, state))
        write(name + ".canonical", json.dumps(state, separators=(",", ":"), ensure_ascii=False))
    prefer = rng.choice([[], ["--prefer=ours"], ["--prefer=theirs"], ["--prefer=union"]])
    status, got = run("delta-merge", "-3", *prefer, "base", "ours", "theirs")
    want_status, want = run("delta-merge", "-3", *prefer, "base.canonical", "ours.canonical",
                            "theirs.canonical")
    if status != want_status or status > 1 or read(got) != read(want):
        return f"merge {prefer}: status {status}, {want_status}\n got {got!r}\n want {want!r}"
    write("record", run("delta-diff", "base", "ours")[1])
    status, got = run("delta-apply", "--indent", "base", "record")
    if status or read(got) != states[1]:
        return f"edit: status {status}\n got {got!r}\n want {states[1]!r}"
    return None


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    os.chdir(tempfile.mkdtemp(dir=os.environ.get("BATS_TEST_TMPDIR")))
    bad = 0
    for number in range(count):
        found = check(random.Random(seed * 1000003 + number))
        if found:
            bad += 1
            print(f"seed {seed}, number {number}: {found}")
    print(f"{count} merges, {bad} wrong")
    return bad > 0


sys.exit(main())
