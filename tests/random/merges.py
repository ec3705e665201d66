#!/usr/bin/env python3
"""merges.py [COUNT [SEED]]: random three-way merges, compared with `git merge-file` and with the laws.

COUNT triples (default 20000) of lists of scalars with repeats, of objects with an id under one of ten
names or without one, and of long strings are merged by `delta-merge -3`, both ways round and as
concurrent records, and by git with one element a line. Many triples go into one state (a member each)
and into one file (with lines of its own for each), so that a batch costs a few processes.

Checked: where git merges cleanly, ours gives the same or a conflict; what all three have, once and the
same, is in the result once; with the sides exchanged the result is the same; if theirs is ours with
further changes, the result is theirs or a conflict; a change of an object is never in another object.
What --concurrent makes of the two records is what -3 makes of the states, or a conflict; only where
the base is not known may it merge what -3 does not, and then the laws hold for it, too.

The classes in which ours may differ from git:

- further: theirs has all that ours did, and more. The result is theirs (law 5). git takes what the
  sides have in common for one change only where the lines around it agree, and may do it twice.
- alike: both sides removed one of a run of equal elements. Which of them that was nobody can say; it is
  the same edit, so it goes in once. git tells removals apart by the lines beside them, and removes two.
"""
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
BATCH = 200
NAMES = ["id", "name", "key", "sku", "host", "path", "_id", "Key", "uuid", "package"]
NESTED = [("metadata", "name"), ("spec", "host"), ("meta", "id")]
KINDS = ["scalars", "objects", "nested", "two", "plain", "text", "further", "further-objects",
         "further-text"]
OBJECTS = ("objects", "nested", "two", "plain", "further-objects")
rng = random.Random(SEED)
fresh = 0


def new_value():
    global fresh
    fresh += 1
    return f"n{fresh}"


def letter():
    return rng.choice("abcde")


def new_object(kind):
    value = {"v": rng.randrange(5), "on": rng.random() < .5, "text": f"text {rng.randrange(20)}",
             "size": rng.randrange(1000)}
    if kind["two"]:  # neither member identifies an element, both together do
        new_value()
        one, other = kind["two"]
        return {one: ["north", "south", "east"][fresh % 3], other: f"p{fresh // 3 % 8}", **value}
    if isinstance(kind["name"], tuple):
        return {kind["name"][0]: {kind["name"][1]: new_value(), "note": "-"}, **value}
    if kind["name"]:
        return {kind["name"]: new_value(), **value}
    return value


def identity(kind, element):
    """What identifies an object: its key, or all of it where it has none."""
    if kind["two"]:
        return tuple(element[name] for name in kind["two"])
    if isinstance(kind["name"], tuple):
        return element[kind["name"][0]][kind["name"][1]]
    return element[kind["name"]] if kind["name"] else key(element)


def has_key(kind):
    return bool(kind["name"] or kind["two"])


def new_element(kind):
    if kind["of"] == "objects":
        return new_object(kind)
    return letter() if rng.random() < .7 else new_value()


def edited(kind, element):
    if kind["of"] == "objects":
        member = rng.choice(["v", "on", "text", "size"])
        return {**element, member: new_value()}
    return new_value()


def change(kind, array, spare=()):
    """One random change; indices in `spare` and beside them are left alone."""
    array = list(array)
    far = [i for i in range(len(array)) if not any(i - 2 <= s <= i + 2 for s in spare)]
    what = rng.random()
    if what < .35 or not array:
        gaps = [i for i in range(len(array) + 1) if not any(i - 2 <= s <= i + 1 for s in spare)]
        if gaps:
            array.insert(rng.choice(gaps), new_element(kind))
    elif far and what < .65:
        del array[rng.choice(far)]
    elif far and what < .93 or not kind["moves"] or spare:
        if far:
            i = rng.choice(far)
            array[i] = edited(kind, array[i])
    else:
        element = array.pop(rng.randrange(len(array)))
        array.insert(rng.randrange(len(array) + 1), element)
    return array


def changes(kind, array):
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        array = change(kind, array)
    return array


def places(before, after):
    """Where `after` differs, as indices into it: what a common start and end leave."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    # Beside equal neighbours a change may be anywhere in the run: all of it is touched.
    touched = [key(e) for e in before[start:len(before) - end] + after[start:len(after) - end]]
    end = len(after) - end
    while start > 0 and key(after[start - 1]) in touched:
        start -= 1
    while end < len(after) and key(after[end]) in touched:
        end += 1
    return range(start, max(start + 1, end))


def triple():
    what = rng.choice(KINDS)
    key_of = rng.choice(["objects", "nested", "two", "plain"]) if what == "further-objects" else what
    kind = {"what": what, "of": "objects" if what in OBJECTS else "scalars",
            "name": rng.choice(NAMES) if key_of == "objects" else
            rng.choice(NESTED) if key_of == "nested" else None,
            "two": ("region", "package") if key_of == "two" else None,
            "text": what in ("text", "further-text"),
            "moves": what in ("scalars", "objects", "nested", "two")}
    base = [new_element(kind) for _ in range(rng.randrange(0, 12))]
    ours = changes(kind, base)
    if what.startswith("further"):
        theirs, spare = ours, places(base, ours)
        for _ in range(rng.choice([1, 1, 2])):
            longer = change(kind, theirs, spare)
            if len(longer) != len(theirs) and places(theirs, longer)[0] <= spare[0]:
                spare = range(spare[0] + len(longer) - len(theirs),
                              spare[-1] + 1 + len(longer) - len(theirs))
            theirs = longer
        if same(theirs, base):  # it takes back what ours did: that is no further change
            return triple()
    else:
        theirs = changes(kind, base)
    return kind, base, ours, theirs


def run(*command, status=(0, 1)):
    got = subprocess.run(command, check=False, capture_output=True, text=True)
    if got.returncode not in status:
        sys.exit(f"{command}: {got.returncode} {got.stderr}")
    return got.stdout


def put(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def value_of(kind, array):
    return "".join(f"{line}\n" for line in array) if kind["text"] else array


def array_of(kind, value):
    return value.splitlines() if kind["text"] else value


def by_delta(batch, sides, concurrent):
    """The merged arrays; None for a conflict."""
    for name, part in zip(("base", "left", "right"), (1, *sides)):
        put(name, json.dumps({f"t{n}": value_of(t[0], t[part]) for n, t in enumerate(batch)}))
    if concurrent is None:
        out = json.loads(run("delta-merge", "-3", "--conflicts=found", "base", "left", "right"))
    else:
        for name in ("left", "right"):
            run("delta-diff", *concurrent, "-o", f"{name}.record", "base", name)
        base = ["--base=base"] if "-z" in concurrent or "--base" in concurrent else []
        run("delta-merge", "--concurrent", "--conflicts=found", "-o", "none", *base, "left.record",
            "right.record")
        run("delta-merge", "--concurrent", "--prefer=ours", "-o", "both.record", *base, "left.record",
            "right.record")
        out = json.loads(run("delta-apply", "base", "both.record"))
    conflicts = json.load(open("found"))
    bad = {c["pointer"].split("/")[1] for c in conflicts}
    return [None if f"t{n}" in bad else array_of(t[0], out[f"t{n}"]) for n, t in enumerate(batch)]


def by_git(batch):
    """The same by lines; each triple has its own, between lines that only it has."""
    def line(n, element):
        return f"{n} {json.dumps(element)}\n"

    def text(part):
        return "".join("".join(f"-- {n} {i}\n" for i in range(8)) +
                       "".join(line(n, element) for element in t[part])
                       for n, t in enumerate(batch)) + "-- end\n"

    for name, part in (("base", 1), ("ours", 2), ("theirs", 3)):
        put(f"{name}.txt", text(part))
    merged = run("git", "merge-file", "-p", "--diff3", "ours.txt", "base.txt", "theirs.txt",
                 status=range(128))
    out = [[] for _ in batch]
    at = -1
    for got in merged.splitlines():
        if got.startswith("-- "):
            at = len(batch) if got == "-- end" else int(got.split()[1])
        elif got[:7] in ("<<<<<<<", "|||||||", "=======", ">>>>>>>"):
            if 0 <= at < len(batch):
                out[at] = None
        elif at < len(batch) and out[at] is not None:
            out[at].append(json.loads(got.split(" ", 1)[1]))
    return out


def same(a, b):
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def key(element):
    return json.dumps(element, sort_keys=True)


def distance(before, after):
    """How many elements go and come: the lengths without twice the longest common order."""
    row = [0] * (len(after) + 1)
    for element in before:
        last, row = row, [0]
        for j, other in enumerate(after):
            row.append(last[j] + 1 if same(element, other) else max(last[j + 1], row[j]))
    return len(before) + len(after) - 2 * row[-1]


def further(base, side, other):
    """Whether the side is the other one with further changes: that is on a shortest way to it."""
    return distance(base, side) == distance(base, other) + distance(other, side)


failures = {}
totals = {}


def count(what, kind):
    totals[(kind["what"], what)] = totals.get((kind["what"], what), 0) + 1


def fail(what, t, got, wanted=None):
    failures.setdefault(what, []).append((t, got, wanted))


def check_kept(t, got):
    """What is in all three, once, and the same, is in the result once."""
    for element in t[1]:
        alone = all([key(e) for e in part].count(key(element)) == 1 for part in t[1:4])
        if alone and [key(e) for e in got].count(key(element)) != 1:
            fail("lost or doubled", t, got)
            return


def check_members(t, got):
    """Law 7: each object of the result has only what a side gave to the object of its id."""
    def name(element):
        return identity(t[0], element)

    sides = [{name(e): e for e in part} for part in t[1:4]]
    for element in got:
        known = [side[name(element)] for side in sides if name(element) in side]
        for member, value in element.items():
            options = [e.get(member) for e in known[1:] or known]
            if name(element) in sides[0] and len(known) == 3:
                base, ours, theirs = (e.get(member) for e in known)
                options = [theirs] if ours == base else [ours] if theirs == base else [ours]
            if value not in options:
                fail("a change in another element", t, got)
                return


def alike(base, ours, theirs, got, lines):
    """Whether git's result is ours without elements that both sides removed out of repeats."""
    counts = [collections.Counter(map(json.dumps, side)) for side in (base, ours, theirs, got, lines)]
    left = iter(got)
    if len(got) <= len(lines) or not all(any(same(one, other) for other in left) for one in lines):
        return False
    for value in counts[3] - counts[4]:
        before, one, other, result, by_lines = (count[value] for count in counts)
        if not (before > 1 and one < before and other < before and result == min(one, other)
                and by_lines == one + other - before):
            return False
    return True


def check(t, got, exchanged, lines):
    kind = t[0]
    count("triples", kind)
    if (got is None) != (exchanged is None) or (got is not None and not same(got, exchanged)):
        fail("not symmetric", t, got, exchanged)
    if got is None:
        count("conflicts", kind)
        if lines is not None:
            count("conflicts that git merges", kind)
        return
    if lines is None:
        count("merged where git conflicts", kind)
    check_kept(t, got)
    if has_key(kind):
        check_members(t, got)
    if kind["what"].startswith("further"):
        if not same(got, t[3]):
            fail("further changes", t, got)
    elif lines is not None and not same(got, lines):
        if same(got, t[3]) and further(t[1], t[3], t[2]) or \
                same(got, t[2]) and further(t[1], t[2], t[3]):
            count("class: further", kind)
        elif kind["what"] == "scalars" and alike(*t[1:4], got, lines):
            count("class: alike", kind)
        else:
            fail("not as git", t, got, lines)


def check_concurrent(t, got, side, options):
    """`got` is what -3 made of it, `side` what --concurrent did."""
    if side is None or (got is not None and same(got, side)):
        return
    if options or got is not None:
        fail(f"concurrent {options}", t, side, got)
        return
    count("concurrent merges what -3 does not", t[0])
    check_kept(t, side)
    if has_key(t[0]):
        check_members(t, side)
    if t[0]["what"].startswith("further") and not same(side, t[3]):
        fail("concurrent, further changes", t, side)


def main():
    print(f"# SEED={SEED}, {COUNT} triples")
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        done = 0
        while done < COUNT:
            batch = [triple() for _ in range(min(BATCH, COUNT - done))]
            plain = by_delta(batch, (2, 3), None)
            exchanged = by_delta(batch, (3, 2), None)
            lines = by_git(batch)
            for t, got, other, git in zip(batch, plain, exchanged, lines):
                check(t, got, other, git)
            for options in ([], ["-z", "-s", "dict"]):
                for t, got, side in zip(batch, plain, by_delta(batch, (2, 3), options)):
                    check_concurrent(t, got, side, options)
            done += len(batch)
    for (kind, what), number in sorted(totals.items()):
        print(f"# {kind:16} {what:30} {number}")
    for what, cases in failures.items():
        print(f"# {len(cases)} times: {what}")
        for (kind, *states), got, wanted in sorted(cases, key=lambda c: len(json.dumps(c)))[:3]:
            print(f"#   {kind}")
            for name, state in zip(("base", "ours", "theirs"), states):
                print(f"#   {name:7} {json.dumps(state)}")
            print(f"#   got     {json.dumps(got)}")
            if wanted is not None:
                print(f"#   wanted  {json.dumps(wanted)}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
