#!/usr/bin/env python3
"""keyed.py SEED LINES: a stream of states of many things on standard output, in any layout, and what
must come of it in the files `states` (KEY TAB STATE, or KEY TAB, canonical) and `ops` (KEY TAB and
add, change, same or remove) of the working directory.  The key is /meta/id; {"end": true} is an end.
Canonical form here is json.dumps with sorted keys: the states have no numbers that it would change."""
import json, random, sys

random.seed(int(sys.argv[1]))
lines = int(sys.argv[2])
KEYS = ["a", "b", "host-1", "5", 5, "true", None, "a b", "Ü", "tab\t", "", {"z": 1, "a": []}, "{}", "quote\""]


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def key_text(key):
    plain = isinstance(key, str) and not is_json(key) and all(c >= " " for c in key)
    return key if plain else canonical(key)


def value(depth):
    kind = random.randrange(6 if depth else 3)
    if kind < 3:
        return random.choice([1, 2, "x", "y \" \\ {", "é\n", True, None])
    if kind < 5:
        return {random.choice("abcdef"): value(depth - 1) for _ in range(random.randrange(4))}
    return [value(depth - 1) for _ in range(random.randrange(4))]


def layout(line):
    kind = random.randrange(4)
    text = json.dumps(line, indent=random.choice([1, 4]) if kind == 0 else None, ensure_ascii=kind == 1)
    return text + random.choice(["\n", "\n", " ", "", "\r\n\n", "\n\t"])


last = {}
states, ops = open("states", "w", encoding="utf-8"), open("ops", "w", encoding="utf-8")
for _ in range(lines):
    key = random.choice(KEYS)
    name = key_text(key)
    line = {"meta": {"id": key}, "data": value(3)}
    before = last.get(name)
    if random.randrange(8) == 0:
        line["end"] = True
        if random.randrange(2):
            del line["data"]
    elif before is not None and random.randrange(4):
        line = json.loads(before)  # the same, or a little different
        if random.randrange(3):
            line["data"] = {"was": line["data"], "n": random.randrange(9)} if random.randrange(2) else value(2)
    sys.stdout.write(layout(line))
    if "end" in line:
        if before is not None:
            del last[name]
            states.write(name + "\t\n")
            ops.write(name + "\tremove\n")
        continue
    text = canonical(line)
    states.write(name + "\t" + text + "\n")
    ops.write(name + "\t" + ("add" if before is None else "same" if before == text else "change") + "\n")
    last[name] = text
