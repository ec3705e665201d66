#!/usr/bin/env python3
"""Usage: layouts.py COUNT SEED

COUNT random files in ten layouts, edited in place and merged. The oracle has its own idea of what a
file in a layout is: a tree of tokens and the spaces between them, which it edits itself. What the
commands write must be that, byte for byte: in-place edits, merges of edits in different places, and
merges in which one side also wrote the whole file anew in another layout. In the last layout every
space is random: there, all bytes before and after the one place that was edited must be the old
ones. Prints what differs; the status is then 1.
"""
import copy
import json
import os
import random
import subprocess
import sys
import tempfile

LAYOUTS = ["compact", "spaced", "two", "four", "tabs", "colons", "rows", "comma-first", "airy",
           "random"]


class Part:
    """A member or element, and the spaces that belong to it."""
    def __init__(self, key, node):
        self.key, self.node = key, node
        self.lead = self.trail = self.colon = ""


class Node:
    """A scalar (text) or a container (parts)."""
    def __init__(self, text=None, brackets=None, parts=()):
        self.text, self.brackets, self.parts, self.close = text, brackets, list(parts), ""

    def containers(self, path=()):
        if self.brackets:
            yield path, self
            for index, part in enumerate(self.parts):
                yield from part.node.containers(path + (part.key or index,))

    def flat(self):
        return all(not part.node.brackets for part in self.parts)


def render(node, out):
    if node.brackets is None:
        out.append(node.text)
        return
    out.append(node.brackets[0])
    for index, part in enumerate(node.parts):
        if index:
            out.append(",")
        out.append(part.lead)
        if part.key is not None:
            out.append(part.key + part.colon)
        render(part.node, out)
        if index + 1 < len(node.parts):
            out.append(part.trail)
    out.append(node.close + node.brackets[1])


def text_of(document):
    out = []
    render(document, out)
    return "".join(out)


# ---- Layouts ----

def lay_out(node, layout, rng, depth=0):
    """Sets all spaces of a tree."""
    if node.brackets is None:
        return
    unit = {"two": "  ", "four": "    ", "tabs": "\t", "colons": "  ", "rows": "  ", "airy": "   ",
            "comma-first": "  "}.get(layout)
    line = unit and "\n" + unit * (depth + 1)
    back = unit and "\n" + unit * depth
    colon = {"compact": ":", "colons": " : "}.get(layout, ": ")
    for index, part in enumerate(node.parts):
        first = index == 0
        part.colon, part.trail = colon, ""
        if layout == "random":
            part.lead, part.trail = some_space(rng), some_space(rng)
            part.colon = some_space(rng) + ":" + some_space(rng)
        elif layout == "compact":
            part.lead = ""
        elif layout == "spaced" or layout == "rows" and node.brackets == "[]" and node.flat():
            part.lead = "" if first else " "
        elif layout == "comma-first":
            part.lead, part.trail = " ", back
        elif layout == "airy":
            part.lead, part.trail = line, " "
        else:
            part.lead = line
        lay_out(part.node, layout, rng, depth + 1)
    if not node.parts:
        node.close = ""
    elif layout == "random":
        node.close = some_space(rng)
    elif layout in ("compact", "spaced") or layout == "rows" and node.brackets == "[]" and \
            node.flat():
        node.close = ""
    else:
        node.close = back


def some_space(rng):
    return "".join(rng.choice(["", "", " ", "  ", "\n", "\t", "\r\n"])
                   for _ in range(rng.randrange(3)))


# ---- Random files ----

class Maker:
    def __init__(self, rng, ascii_only):
        self.rng, self.ascii, self.serial = rng, ascii_only, 0

    def string(self):
        text = "".join(self.rng.choice(["a", "Z", "0", "é", "/", "\\", '"', "{", "]", ",", "\n",
                                        "\U0001f600"])
                       for _ in range(self.rng.randrange(6)))
        self.serial += 1
        return json.dumps(f"{text}{self.serial}", ensure_ascii=self.ascii)

    def scalar(self):
        """A scalar that is in no other place, so that elements cannot be confused."""
        self.serial += 1
        return Node(self.rng.choice([
            lambda: self.string(), lambda: str(1000 + self.serial), lambda: f"{self.serial}.50",
            lambda: f"-{self.serial}E+2"])())

    def key(self):
        self.serial += 1
        return json.dumps(self.rng.choice("kéKx~/") + f"{self.serial}", ensure_ascii=self.ascii)

    def object(self, depth):
        parts = [Part(self.key(), self.value(depth - 1)) for _ in range(self.rng.randrange(1, 6))]
        return Node(brackets="{}", parts=parts)

    def array(self, depth):
        rows = depth > 1 and self.rng.random() < 0.4
        make = (lambda: Node(brackets="[]", parts=[Part(None, self.scalar()) for _ in range(3)])) \
            if rows else self.scalar
        return Node(brackets="[]", parts=[Part(None, make())
                                          for _ in range(self.rng.randrange(1, 6))])

    def value(self, depth):
        kind = self.rng.random()
        if depth <= 0 or kind < 0.5:
            return self.scalar()
        return self.object(depth) if kind < 0.75 else self.array(depth)


# ---- Edits ----

def edit(document, maker, rng, layout, taken, merging):
    """One edit of a container that is not in `taken`, which it is then. In a merge, members are added
    in the middle, too: there the neighbours say where. Returns the path, or None."""
    places = [(path, node) for path, node in document.containers()
              if path not in taken and len(node.parts) > 1 and
              not (path and isinstance(path[-1], int) and
                   any(other[:len(path) - 1] == path[:-1] for other in taken)) and
              not any(("removed", path[:n]) in taken for n in range(1, len(path) + 1))]
    if not places:
        return None
    path, node = rng.choice(places)
    if not node.flat() and node.brackets == "[]" and \
            any(other[:len(path)] == path for other in taken):
        return None # a new row beside a changed one is a conflict
    taken.add(path)
    kind = rng.choice(["set", "add", "remove"])
    scalars = [index for index, part in enumerate(node.parts) if not part.node.brackets]
    if kind == "set" and scalars:
        node.parts[rng.choice(scalars)].node = maker.scalar()
    elif kind == "remove" and len(node.parts) > 2:
        victim = rng.randrange(len(node.parts))
        if any(other[:len(path) + 1] == path + (node.parts[victim].key or victim,)
               for other in taken) or node.brackets == "[]" and not node.flat():
            return None
        taken.add(("removed", path + (node.parts[victim].key or victim,)))
        del node.parts[victim]
    elif kind == "add":
        at = len(node.parts)
        if node.brackets == "[]" or merging:
            at = rng.randrange(at + 1)
        if node.brackets == "[]" and not node.flat():
            if layout == "comma-first" or not node.parts[0].node.parts or len(node.parts) < 2:
                return None
            at = len(node.parts) # paths of the others stay
            row = [Part(None, maker.scalar()) for _ in range(2)]
            new = Node(brackets="[]", parts=row)
        elif merging and node.brackets == "{}" and layout not in ("rows", "comma-first"):
            new = maker.value(2)
        else:
            new = maker.scalar()
        key = None
        if node.brackets == "{}":
            key = maker.key()
        node.parts.insert(at, Part(key, new))
    else:
        return None
    return path


class Files:
    def __init__(self, rng):
        self.mark = rng.random() < 0.1
        self.returns = rng.random() < 0.3
        self.end = rng.choice(["\n", "\n", "", "\n\n"])

    def bytes(self, document):
        text = ("\ufeff" if self.mark else "") + text_of(document) + self.end
        return (text.replace("\n", "\r\n") if self.returns else text).encode()


def write(name, data):
    with open(name, "wb") as out:
        out.write(data)


def read(name):
    with open(name, "rb") as source:
        return source.read()


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout, done.stderr


def is_sorted(document):
    """A new member of a sorted object is put in order: not what this oracle does."""
    return any(len(node.parts) > 2 and node.brackets == "{}" and
               (keys := [json.loads(part.key) for part in node.parts]) and
               any(keys[:n] == sorted(keys[:n]) for n in (len(keys), len(keys) - 1))
               for _, node in document.containers())


# ---- Checks ----

def check_edit(document, files, maker, rng, layout):
    new = copy.deepcopy(document)
    taken = set()
    for _ in range(rng.randrange(1, 4)):
        edit(new, maker, rng, layout, taken, False)
    lay_out(new, layout, rng)
    old, want = files.bytes(document), files.bytes(new)
    write("old", old)
    write("new", want)
    status, record, err = run("delta-diff", "old", "new")
    if status == 2:
        return f"delta-diff: {err.decode()}"
    write("record", record)
    status, _, err = run("delta-apply", "-i", "old", "record")
    if status or read("old") != want:
        return f"edit: status {status} {err.decode()}, old {old!r}\n want {want!r}\n  got {read('old')!r}"
    return None


def draw_edits(document, paths_used, maker, rng, layout):
    """[(path, the container after an edit)], each drawn on the document."""
    changes = []
    for _ in range(rng.randrange(1, 3)):
        trial = copy.deepcopy(document)
        path = edit(trial, maker, rng, layout, paths_used, True)
        if path is not None:
            changes.append((path, dict(trial.containers())[path]))
    return changes


def with_changes(document, changes):
    """The document with the parts of containers changed; what is within parts that stay is changed
    by other edits, or stays."""
    result = copy.deepcopy(document)
    nodes = dict(result.containers())
    for path, changed in sorted(changes, key=lambda change: -len(change[0])):
        node = nodes[path]
        olds = {(part.key if part.key is not None else part.node.text): part
                for part in node.parts if part.node.brackets is None or part.key is not None}
        parts = []
        for part in changed.parts:
            name = part.key if part.key is not None else part.node.text
            old = olds.get(name)
            keep = old is not None and old.node.brackets is not None and \
                part.node.brackets is not None
            if part.key is None and part.node.brackets is not None:
                index = changed.parts.index(part)
                keep = index < len(node.parts)
                old = node.parts[index] if keep else None
            parts.append(old if keep else copy.deepcopy(part))
        node.parts = parts
    return result


def check_merge(document, files, maker, rng, layout):
    taken = set()
    ours = draw_edits(document, taken, maker, rng, layout)
    theirs = draw_edits(document, taken, maker, rng, layout)
    states = [document] + [with_changes(document, changes)
                           for changes in (ours, theirs, ours + theirs)]
    objects = [path for path, node in document.containers()
               if node.brackets == "{}" and path not in taken and
               not any(("removed", path[:n]) in taken for n in range(1, len(path) + 1))]
    if rng.random() < 0.3 and objects:
        # one side changed the order of members
        path, salt = rng.choice(objects), rng.random()
        for state in (states[rng.choice([1, 2])], states[3]):
            dict(state.containers())[path].parts.sort(
                key=lambda part: random.Random(f"{part.key}{salt}").random())
    layouts = [layout] * 4
    of = [files] * 4
    whole = rng.random()
    if whole < 0.6:
        # one side wrote the file anew
        other = rng.choice([name for name in LAYOUTS if name not in ("random", "comma-first") and
                            (name != "rows" or layout == "rows")])
        others = Files(rng)
        rewriter = rng.choice([1, 2])
        if whole < 0.4:
            layouts[rewriter] = layouts[3] = other
        of = [files, files, files, others]
        of[rewriter] = others
    texts = []
    for state, name, file in zip(states, layouts, of):
        lay_out(state, name, rng)
        texts.append(file.bytes(state))
    for name, text in zip(("base", "ours", "theirs"), texts):
        write(name, text)
    status, got, err = run("delta-merge", "-3", "base", "ours", "theirs")
    if status or got != texts[3]:
        return "merge (%s): status %d %s\n base %r\n ours %r\n theirs %r\n want %r\n  got %r" % (
            " ".join(layouts), status, err.decode(), *texts, got)
    return None


def check_random(document, files, maker, rng):
    """One edit: what is before and after it stays."""
    lay_out(document, "random", rng)
    old = files.bytes(document)
    path, node = rng.choice(list(document.containers()))
    at = rng.randrange(len(node.parts))
    kind = rng.choice(["set", "add", "remove"])

    def offsets(before, after):
        """The text up to the end of part `before` (or the bracket), and from part `after` on."""
        hole = copy.deepcopy(document)
        target = dict(hole.containers())[path]
        prefix, suffix = "\0<", ">\0"
        if before >= 0:
            mark_end(target.parts[before].node, prefix)
        else:
            target.brackets = target.brackets[0] + prefix, target.brackets[1]
        if after < len(target.parts):
            part = target.parts[after]
            part.lead += suffix
        else:
            target.brackets = target.brackets[0], suffix + target.brackets[1]
        data = files.bytes(hole)
        return data[:data.index(prefix.encode())], \
            data[data.index(suffix.encode()) + len(suffix):]

    def mark_end(node, mark):
        if node.brackets is None:
            node.text += mark
        else:
            node.brackets = node.brackets[0], node.brackets[1] + mark

    new = copy.deepcopy(document)
    target = dict(new.containers())[path]
    if kind == "set" and not target.parts[at].node.brackets:
        target.parts[at].node = maker.scalar()
        want = offsets(at - 1, at + 1)
    elif kind == "add":
        at = len(target.parts)
        target.parts.append(Part(maker.key() if target.brackets == "{}" else None,
                                 maker.scalar()))
        target.parts[-1].colon = ":"
        want = offsets(at - 1, at)
    elif len(target.parts) > 1:
        del target.parts[at]
        want = offsets(at - 1, at + 1)
    else:
        return None
    write("old", old)
    write("new", text_of(new).encode())
    status, record, err = run("delta-diff", "old", "new")
    if status != 1:
        return f"delta-diff: status {status} {err.decode()}"
    write("record", record)
    status, _, err = run("delta-apply", "-i", "old", "record")
    got = read("old")
    if status or not got.startswith(want[0]) or not got.endswith(want[1]) or \
            len(got) < len(want[0]) + len(want[1]):
        return f"random, {kind}: status {status} {err.decode()}\n old {old!r}\n got {got!r}\n want {want!r}"
    if run("delta-diff", "-q", "old", "new")[0]:
        return f"random, {kind}: another state: {got!r}"
    return None


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    os.chdir(tempfile.mkdtemp(dir=os.environ.get("BATS_TEST_TMPDIR")))
    bad = 0
    for number in range(count):
        rng = random.Random(seed * 1000003 + number)
        layout = LAYOUTS[number % len(LAYOUTS)]
        files = Files(rng)
        maker = Maker(rng, rng.random() < 0.3)
        document = maker.object(4)
        if maker.ascii:
            document.parts.append(Part('"zé"'.encode("ascii", "backslashreplace").decode()
                                       .replace("\\xe9", "\\u00e9"), maker.scalar()))
        if is_sorted(document):
            continue
        if layout == "random":
            found = check_random(document, files, maker, rng)
        else:
            lay_out(document, layout, rng)
            found = check_edit(document, files, maker, rng, layout) or \
                check_merge(document, files, maker, rng, layout)
        if found:
            bad += 1
            print(f"seed {seed}, file {number}, {layout}: {found}")
    print(f"{count} files, {bad} wrong")
    return bad > 0


sys.exit(main())
