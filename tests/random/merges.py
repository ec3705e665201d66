#!/usr/bin/env python3
"""merges.py [COUNT [SEED]]: random three-way merges, compared with `git merge-file` and with the laws.

COUNT triples (default 20000) of lists of scalars with repeats, of objects with an id under one of ten
names or without one, and of long strings are merged by `delta-merge -3`, both ways round and as
concurrent records, and by git with one element a line. Many triples go into one state (a member each)
and into one file (with lines of its own for each), so that a batch costs a few processes.

Checked: where git merges cleanly, ours gives the same or a conflict, but for the classes below; what
both sides keep and nobody touched is there once; with the sides exchanged the result is the same; if
theirs is ours with further changes, the result is theirs or a conflict; a change of an object is never
in another object. Classes in which ours may differ from git:

- moved: an element was moved here and edited there, or moved by both: git keeps two copies, or the old
  text; ours merges both.
- members: two sides changed different members of one object, which is one line for git. (git conflicts.)
- law 5: theirs (or ours) has all that the other side did, and more; the result is theirs. git reads the
  further change as one that is apart from it, and does both.
- concurrent by a chance key: without the base, --concurrent trusts the key that each record was made
  with, which in a list without a real one may be a member that is unique by chance.
- keyed: in a list with a key an element is known although its line was edited and its neighbours went.
"""
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
KINDS = ["scalars", "objects", "plain", "text", "further", "further-objects", "further-text"]
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
    if kind["name"]:
        value = {kind["name"]: new_value(), **value}
    return value


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
    of = "objects" if what in ("objects", "plain", "further-objects") else "scalars"
    name = rng.choice(NAMES) if what == "objects" or (what == "further-objects" and rng.random() < .7) \
        else None
    kind = {"what": what, "of": of, "name": name, "text": what in ("text", "further-text"),
            "moves": what in ("scalars", "objects")}
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


def moved(kind, base, side):
    """Whether the side has elements of the base (by id, where they have one) in another order."""
    def name(element):
        return element[kind["name"]] if kind["name"] else key(element)
    order = {name(e): i for i, e in enumerate(base)}
    seen = [order[name(e)] for e in side if name(e) in order]
    return seen != sorted(seen) and len(set(map(name, base))) == len(base) or \
        any(x > y for x, y in zip(seen, seen[1:]))


def within(small, large):
    """Whether one array is the other with elements added."""
    rest = iter(map(key, large))
    return all(key(element) in rest for element in small)


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
    name = t[0]["name"]
    sides = [{e[name]: e for e in part} for part in t[1:4]]
    for element in got:
        known = [side[element[name]] for side in sides if element[name] in side]
        for member, value in element.items():
            options = [e.get(member) for e in known[1:] or known]
            if element[name] in sides[0] and len(known) == 3:
                base, ours, theirs = (e.get(member) for e in known)
                options = [theirs] if ours == base else [ours] if theirs == base else [ours]
            if value not in options:
                fail("a change in another element", t, got)
                return


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
    if kind["name"]:
        check_members(t, got)
    if kind["what"].startswith("further"):
        if not same(got, t[3]):
            fail("further changes", t, got)
    elif lines is not None and not same(got, lines):
        if kind["moves"] and (moved(kind, t[1], t[2]) or moved(kind, t[1], t[3])):
            count("class: moved", kind)
        elif same(got, t[3]) and within(t[2], t[3]) or same(got, t[2]) and within(t[3], t[2]):
            count("class: law 5", kind)
        elif kind["name"]:
            count("class: keyed", kind)
        else:
            fail("not as git", t, got, lines)


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
            if done % (5 * BATCH) == 0:
                for options in ([], ["-z", "-s", "dict"]):
                    records = by_delta(batch, (2, 3), options)
                    for t, got, side in zip(batch, plain, records):
                        if side is not None and (got is None or not same(got, side)):
                            if options or got is not None:
                                fail(f"concurrent {options}", t, side, got)
                            else:
                                count("concurrent merges what -3 does not", t[0])
                            if got is None and t[0]["what"].startswith("further") and \
                                    not same(side, t[3]):
                                if options or t[0]["of"] != "objects" or t[0]["name"]:
                                    fail("concurrent further changes", t, side)
                                else:
                                    count("class: concurrent by a chance key", t[0])
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
