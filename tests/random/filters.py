#!/usr/bin/env python3
"""Random states and filters against an oracle: a record made under filters leads to the new value
wherever a place counts, and to the old one wherever it does not.

    filters.py COUNT SEED      (the commands are found in PATH)

Arrays are of scalars, of equal length on both sides (a place is an index), or of objects with
unique ids (an element is its id). Where the elements that both sides have are in one order, the result
has that: of others between the same two of them, old ones are first. Otherwise only the elements are
compared."""
import fnmatch, json, os, random, re, subprocess, sys, tempfile

NAMES = ["a", "b", "at", "endTime", "x*y", "k=v", "[z]", "t~/"]


def scalar(r):
    return r.choice([r.randrange(5), "s%d" % r.randrange(4), True, None])


def value(r, depth):
    kind = r.random()
    if depth <= 0 or kind < 0.3:
        return scalar(r)
    if kind < 0.7:
        return {n: value(r, depth - 1) for n in r.sample(NAMES, r.randrange(4))}
    if kind < 0.8:
        return [scalar(r) for _ in range(r.randrange(4))]
    return [element(r, i, depth) for i in r.sample(range(6), r.randrange(1, 5))]


def element(r, i, depth):
    return {"id": "i%d" % i, **{n: value(r, depth - 1) for n in r.sample(NAMES, r.randrange(3))}}


def is_keyed(v):
    return isinstance(v, list) and v != [] and isinstance(v[0], dict)


def change(r, v, depth):
    if r.random() < 0.1:
        new = value(r, depth)
        if type(v) is type(new):
            return scalar(r)  # no array of another kind or length
        return new
    if isinstance(v, dict):
        out = {n: change(r, x, depth - 1) if n != "id" else x
               for n, x in v.items() if n == "id" or r.random() > 0.1}
        if r.random() < 0.3:
            name = r.choice(NAMES)
            if name not in v:
                out[name] = value(r, max(depth - 1, 0))
        return out
    if is_keyed(v):
        out = [change_element(r, x, depth - 1) for x in v if r.random() > 0.15]
        have = {x["id"] for x in v}
        for i in range(6):
            if "i%d" % i not in have and r.random() < 0.1:
                out.insert(r.randrange(len(out) + 1), element(r, i, 1))
        if r.random() < 0.3:
            r.shuffle(out)
        return out or [v[0]]
    if isinstance(v, list):
        return [change(r, x, 0) if r.random() < 0.5 else x for x in v]
    return scalar(r) if r.random() < 0.5 else v


def change_element(r, v, depth):
    return {n: x if n == "id" else change(r, x, depth) for n, x in v.items()}


def escape(name):
    name = name.replace("~", "~0").replace("/", "~1")
    return re.sub(r"([*\[\]=,\\])", r"\\\1", name)


def pattern(r):
    steps = [("any",)] if r.random() < 0.5 else []
    for _ in range(r.randrange(1, 3)):
        steps.append(r.choice([
            ("text", r.choice(NAMES)), ("text", r.choice(NAMES)), ("text", str(r.randrange(3))),
            ("one",), ("any",), ("glob", "*t*"), ("glob", "*Time"), ("select", "id", "i%d" % r.randrange(6)),
        ]))
    return steps


def text_of(steps):
    words = {"one": lambda s: "*", "any": lambda s: "**", "text": lambda s: escape(s[1]),
             "glob": lambda s: s[1], "select": lambda s: "[%s=%s]" % (s[1], s[2])}
    return "".join("/" + words[s[0]](s) for s in steps)


def matches(steps, path):
    """path: (step, values) from the root."""
    if not steps:
        return not path
    head, rest = steps[0], steps[1:]
    if head[0] == "any":
        return matches(rest, path) or (bool(path) and matches(steps, path[1:]))
    if not path:
        return False
    name, values = path[0]
    good = (head[0] == "one" or head[0] == "text" and head[1] == name
            or head[0] == "glob" and fnmatch.fnmatchcase(name, head[1].replace("[", "[[]"))
            or head[0] == "select" and any(isinstance(v, dict) and v.get(head[1]) == head[2]
                                           for v in values))
    return good and matches(rest, path[1:])


def any_matches(patterns, path):
    return any(matches(p, path) for p in patterns)


class Oracle:
    def __init__(self, ignore, only):
        self.ignore, self.only = ignore, only

    def counts(self, v, path, within):
        if any_matches(self.ignore, path):
            return False
        if within or any_matches(self.only, path):
            return True
        if isinstance(v, dict):
            return any(self.counts(x, path + [(n, [x])], False) for n, x in v.items())
        if isinstance(v, list):
            return any(self.counts(x, path + [(str(i), [x])], False) for i, x in enumerate(v))
        return False

    def result(self, old, new, path=(), within=None):
        path = list(path)
        within = not self.only if within is None else within
        if any_matches(self.ignore, path):
            return old
        within = within or any_matches(self.only, path)
        if isinstance(old, dict) and isinstance(new, dict):
            return self.members(old, new, path, within)
        if is_keyed(old) and is_keyed(new):
            return self.elements(old, new, path, within)
        if isinstance(old, list) and isinstance(new, list):
            assert len(old) == len(new)
            return [self.result(a, b, path + [(str(i), [a, b])], within)
                    for i, (a, b) in enumerate(zip(old, new))]
        counting = self.counts(old, path, within) or self.counts(new, path, within)
        return new if counting else old

    def members(self, old, new, path, within):
        out = {}
        for n in {**old, **new}:
            if n in old and n in new:
                out[n] = self.result(old[n], new[n], path + [(n, [old[n], new[n]])], within)
            elif n in old and not self.counts(old[n], path + [(n, [old[n]])], within):
                out[n] = old[n]
            elif n not in old and self.counts(new[n], path + [(n, [new[n]])], within):
                out[n] = new[n]
        return out

    def elements(self, old, new, path, within):
        """The result by gaps: what is before each element that both have."""
        both = [[x["id"] for x in a if any(x["id"] == y["id"] for y in b)]
                for a, b in ((old, new), (new, old))]
        if both[0] != both[1]:
            return Unordered(self.joined(old, new, path, within))
        out = []
        ids = [x["id"] for x in self.joined(old, new, path, within)]
        by_id = {x["id"]: x for x in self.joined(old, new, path, within)}
        rows = [[x["id"] for x in a] for a in (old, new)]
        for stop in both[0] + [None]:
            for row in rows:
                while row and row[0] != stop:
                    out.append(row.pop(0))
            for row in rows:
                if row:
                    row.pop(0)
            out.append(stop)
        return [by_id[i] for i in out if i in ids]

    def joined(self, old, new, path, within):
        out = []
        places = {x["id"]: (i, x) for i, x in enumerate(new)}
        for i, x in enumerate(old):
            j, y = places.pop(x["id"], (None, None))
            if y is not None:
                out.append(self.result(x, y, path + [(str(j), [x, y])], within))
            elif not self.counts(x, path + [(str(i), [x])], within):
                out.append(x)
        for j, y in places.values():
            if self.counts(y, path + [(str(j), [y])], within):
                out.append(y)
        return out


class Unordered(list):
    """Elements whose order is not compared."""


def normal(v):
    return json.dumps(v, sort_keys=True)


def same(want, got):
    if isinstance(want, dict):
        return isinstance(got, dict) and want.keys() == got.keys() and all(
            same(x, got[n]) for n, x in want.items())
    if not isinstance(want, list):
        return normal(want) == normal(got)
    if not isinstance(got, list) or len(want) != len(got):
        return False
    if isinstance(want, Unordered):
        places = {x["id"]: x for x in got if isinstance(x, dict)}
        return len(places) == len(want) and all(
            x["id"] in places and same(x, places[x["id"]]) for x in want)
    return all(same(x, y) for x, y in zip(want, got))


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    print("seed", seed)
    r, failed, changed = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for n in range(count):
            old = {n: value(r, 4) for n in r.sample(NAMES, 4)}
            new = change(r, old, 4)
            ignore = [pattern(r) for _ in range(r.randrange(3))]
            only = [pattern(r) for _ in range(r.choice([0, 1, 2]))]
            options = (["--ignore=" + text_of(p) for p in ignore] +
                       ["--only=" + text_of(p) for p in only] + ["--array-key=/**=id"])
            with open("old", "w") as f:
                json.dump(old, f)
            with open("new", "w") as f:
                json.dump(new, f)
            made = subprocess.run(["delta-diff", "--exit-zero", "-t0", *options, "old", "new"],
                                  capture_output=True)
            applied = subprocess.run(["delta-apply", "old"], input=made.stdout, capture_output=True)
            want = Oracle(ignore, only).result(old, new)
            changed += normal(want) not in (normal(old), normal(new))
            good = applied.returncode == 0 and made.returncode == 0
            if not good or not same(want, json.loads(applied.stdout)):
                failed += 1
                if failed < 4:
                    print("pair %d: %s\n old  %s\n new  %s\n want %s\n got  %s%s%s" % (
                        n, " ".join(options), json.dumps(old), json.dumps(new), json.dumps(want),
                        applied.stdout.decode(), made.stderr.decode(), applied.stderr.decode()))
    print("%d pairs, %d led to a third state, %d failed" % (count, changed, failed))
    sys.exit(failed > 0)


main()
