#!/usr/bin/env python3
"""histories.py [COUNT [SEED]]: random git histories of two branches, merged with the merge driver and
without.

COUNT histories (default 500) of three JSON files each: a base commit, then one to three commits on each
of two branches, merged by `git merge-tree`, once with `delta-merge --git` as the merge driver and once by
git alone. Every fourth is a criss-cross: each branch merges the other one in its own way before its last
commit, so that the merge has two bases. Places are leaves: members by name, elements of `users` by their id, elements of `tags` by
their value.

Checked of every file that the driver merged: it is JSON, and so are both sides of its conflicts; a place
that exactly one side changed has the value of that side, unless it is within something that the other
side removed or put elsewhere, and then both are between the markers; a place that both sides changed
differently is in conflict; a file without such places is not. What git calls a conflict has markers. A
file without conflicts has the layout of both sides, and sorted objects stay sorted. The last line says
how many files were in conflict with the driver and without, and how many that git merged without a
conflict were not JSON or lacked a change.

Of a criss-cross the base is what a merge of the two bases gives, place by place; one in conflict there has
a value that neither side can have kept.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 500
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
FILES = ["package.json", "config.json", "data/users.json"]
MISSING = object()
rng = random.Random(SEED)
fresh = 0


def word():
    global fresh
    fresh += 1
    return f"{rng.choice('abcdefghijklmnopqrstuvwxyz')}{fresh}"


def number():
    return rng.randrange(10000)


# ---- Documents and their changes ---------------------------------------------------------------


def new_user():
    return {"id": word(), "role": rng.choice(["user", "admin"]), "level": number(),
            "mail": {"host": word(), "on": rng.random() < .5}}


def new_document():
    return {"name": word(), "version": f"{number()}.0", "private": rng.random() < .5,
            "dependencies": dict(sorted((word(), f"^{number()}") for _ in range(rng.randrange(4, 12)))),
            "server": {"port": number(), "host": word(), "limits": {"size": number(), "time": number()}},
            "tags": [word() for _ in range(rng.randrange(3, 8))],
            "users": [new_user() for _ in range(rng.randrange(3, 8))]}


def change_dependencies(d):
    of = d["dependencies"]
    what = rng.random()
    if what < .4 or len(of) < 3:
        of[word()] = f"^{number()}"
        d["dependencies"] = dict(sorted(of.items()))
    elif what < .7:
        del of[rng.choice(list(of))]
    else:
        of[rng.choice(list(of))] = f"^{number()}"


def change_scalar(d):
    at = rng.choice([d, d["server"], d["server"]["limits"]])
    names = [n for n, v in at.items() if not isinstance(v, (dict, list))]
    what = rng.random()
    if what < .25:
        at[word()] = number()
    elif what < .35 and len(names) > 1:
        del at[rng.choice(names)]
    else:
        at[rng.choice(names)] = rng.choice([number(), word()])


def change_tags(d):
    tags = d["tags"]
    if rng.random() < .5 or len(tags) < 2:
        tags.insert(rng.randrange(len(tags) + 1), word())
    else:
        del tags[rng.randrange(len(tags))]


def change_users(d):
    users = d["users"]
    what = rng.random()
    if what < .25:
        users.insert(rng.randrange(len(users) + 1), new_user())
    elif what < .4 and len(users) > 2:
        del users[rng.randrange(len(users))]
    else:
        user = rng.choice(users)
        user[rng.choice(["role", "level"])] = number()
        if rng.random() < .3:
            user["mail"]["host"] = word()


ALL = [change_dependencies, change_scalar, change_scalar, change_tags, change_users]
IN_OBJECTS = [change_dependencies, change_scalar, change_scalar]


def changed(document, kinds):
    document = json.loads(json.dumps(document))
    for _ in range(rng.choice([1, 1, 2, 3])):
        rng.choice(kinds)(document)
    return document


DISPUTED = "what neither side has"


def merged_objects(base, ours, theirs, settle):
    """The merge of objects, name by name; `settle` chooses among the three where both changed one."""
    out = {}
    for name in sorted(set(ours) | set(theirs), key=lambda n: [*ours, *theirs].index(n)):
        b, o, t = (d.get(name, MISSING) for d in (base, ours, theirs))
        if all(isinstance(v, dict) for v in (b, o, t)):
            value = merged_objects(b, o, t, settle)
        else:
            value = o if o == t or t == b else t if o == b else settle(b, o, t)
        if value is not MISSING:
            out[name] = value
    return out


def resolved(base, ours, theirs):
    """How somebody could resolve the merge of two documents."""
    document = merged_objects(base, ours, theirs, lambda *three: rng.choice(three))
    document["dependencies"] = dict(sorted(document["dependencies"].items()))
    return document


def text_of(document):
    return json.dumps(document, indent=2) + "\n"


# ---- Places ------------------------------------------------------------------------------------


def leaves(value, path=()):
    """{path: scalar} of a document."""
    if isinstance(value, dict):
        return {k: v for name, part in value.items() for k, v in leaves(part, path + (name,)).items()}
    if isinstance(value, list):
        found = {}
        for part in value:
            step = part["id"] if isinstance(part, dict) else part
            found.update(leaves(part, path + (step,)) if isinstance(part, dict) else {path + (step,): True})
        return found
    return {path: value}


def order_of(document, name):
    return [e["id"] if isinstance(e, dict) else e for e in document[name]]


def sides(text):
    """The documents on both sides of a text's conflicts, and how many conflicts it has."""
    out, where, conflicts = ([], []), "both", 0
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<< "):
            where, conflicts = "ours", conflicts + 1
        elif line.startswith("=======") and where == "ours":
            where = "theirs"
        elif line.startswith(">>>>>>> ") and where == "theirs":
            where = "both"
        else:
            if where != "theirs":
                out[0].append(line)
            if where != "ours":
                out[1].append(line)
    return "".join(out[0]), "".join(out[1]), conflicts


def check(base, ours, theirs, text):
    """What is wrong with a merged file, or None; and how many conflicts it has."""
    left, right, conflicts = sides(text)
    try:
        merged = [json.loads(left), json.loads(right)]
    except ValueError as error:
        return f"not JSON: {error}", conflicts
    places = [leaves(d) for d in (base, ours, theirs)]
    results = [leaves(d) for d in merged]
    lists = {name: [order_of(d, name) for d in (base, ours, theirs)] for name in ("tags", "users")}
    both_lists = {name for name, (b, o, t) in lists.items() if b != o and b != t and o != t}
    may_conflict = bool(both_lists)
    for path in set().union(*places):
        b, o, t = (p.get(path, MISSING) for p in places)
        got = [r.get(path, MISSING) for r in results]
        removed = path[0] == "users" and any(
            path[1] in lists["users"][0] and path[1] not in lists["users"][side] for side in (1, 2))
        contested = path[0] in both_lists or removed
        may_conflict = may_conflict or removed
        if o == t or o == b or t == b:
            want = o if t == b else t
            if got != [want, want] and not (contested and conflicts and got == [o, t]):
                return f"{'/'.join(path)}: base {b}, ours {o}, theirs {t}, merged {got}", conflicts
        else:
            may_conflict = True
            if got != [o, t] or not conflicts:
                return f"{'/'.join(path)}: both sides changed it, and the result has {got}", conflicts
    if set(results[0]) - set().union(*places):
        return "the result has places that no side has", conflicts
    if conflicts and not may_conflict:
        return "a conflict where no place was changed by both sides", conflicts
    if not conflicts and text != text_of(merged[0]):
        return "another layout", conflicts
    if not conflicts and list(merged[0]["dependencies"]) != sorted(merged[0]["dependencies"]):
        return "sorted members are not sorted any more", conflicts
    return None, conflicts


# ---- git ---------------------------------------------------------------------------------------


def data(text):
    raw = text.encode()
    return b"data %d\n%s\n" % (len(raw), raw)


def commit(stream, branch, parent, documents, merged=None):
    stream.write(f"commit refs/heads/{branch}\ncommitter a <a@example.org> 1700000000 +0000\n".encode())
    stream.write(data(branch))
    if parent and parent != branch:
        stream.write(f"from refs/heads/{parent}\n".encode())
    if merged:
        stream.write(f"merge refs/heads/{merged}\n".encode())
    for path, document in documents.items():
        stream.write(f"M 100644 inline {path}\n".encode() + data(text_of(document)))


def write_branch(stream, branch, parent, documents, kinds):
    """A few commits; returns the documents at their end."""
    documents = dict(documents)
    for _ in range(rng.randrange(1, 4)):
        touched = rng.sample(FILES, rng.randrange(1, 4))
        documents.update({path: changed(documents[path], kinds) for path in touched})
        commit(stream, branch, parent, {path: documents[path] for path in touched})
        parent = branch
    return documents


def write_criss_cross(stream, number_of, base, ends):
    """Each branch merges the other; returns the merged base and the documents at the ends."""
    names = [f"ours{number_of}", f"theirs{number_of}"]
    for name in names:
        stream.write(f"reset refs/heads/first-{name}\nfrom refs/heads/{name}\n\n".encode())
    out = []
    for name, other in (names, names[::-1]):
        documents = {path: resolved(base[path], *(end[path] for end in ends)) for path in FILES}
        commit(stream, name, None, documents, f"first-{other}")
        out.append(write_branch(stream, name, name, documents, IN_OBJECTS))
    middle = {path: merged_objects(base[path], *(end[path] for end in ends), lambda *_: DISPUTED)
              for path in FILES}
    return middle, *out


def write_histories(repo):
    histories = []
    with subprocess.Popen(["git", "-C", repo, "fast-import", "--quiet"], stdin=subprocess.PIPE) as git:
        for number_of in range(COUNT):
            two_bases = number_of % 4 == 3
            base = {path: new_document() for path in FILES}
            commit(git.stdin, f"base{number_of}", None, base)
            ends = [write_branch(git.stdin, f"{side}{number_of}", f"base{number_of}", base,
                                 IN_OBJECTS if two_bases else ALL) for side in ("ours", "theirs")]
            states = (base, *ends)
            if two_bases:
                states = write_criss_cross(git.stdin, number_of, base, ends)
            histories.append(states)
        git.stdin.close()
    if git.returncode:
        sys.exit("histories: git fast-import failed")
    return histories


def merge(repo, number_of, driver):
    """The tree of the merge, and its messages."""
    command = ["git", "-C", repo] + ([] if driver else ["-c", "core.attributesFile=/dev/null"])
    done = subprocess.run(command + ["merge-tree", "--write-tree", f"ours{number_of}", f"theirs{number_of}"],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"histories: git merge-tree failed: {done.stderr}")
    return done.stdout.split("\n", 1)[0], done.stdout + done.stderr


class Blobs:
    """`git cat-file --batch`."""

    def __init__(self, repo):
        self.git = subprocess.Popen(["git", "-C", repo, "cat-file", "--batch"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE)

    def read(self, name):
        self.git.stdin.write(name.encode() + b"\n")
        self.git.stdin.flush()
        size = int(self.git.stdout.readline().split()[2])
        return self.git.stdout.read(size + 1)[:size].decode()

    def close(self):
        self.git.stdin.close()
        self.git.wait()


def main():
    wrong = 0
    total = {"files": 0, "ours": 0, "git": 0, "ours hunks": 0, "git hunks": 0, "git invalid": 0, "git lost": 0,
             "only ours": 0, "ours merges": 0, "git merges": 0}
    with tempfile.TemporaryDirectory() as repo:
        os.environ.update(HOME=repo, GIT_CONFIG_NOSYSTEM="1")
        subprocess.run(["git", "init", "-q", repo], check=True)
        for name, value in (("json.driver", "delta-merge --git %O %A %B %L %P"), ("json.recursive", "bases"),
                            ("bases.driver", "delta-merge --git --virtual-base %O %A %B %L %P")):
            subprocess.run(["git", "-C", repo, "config", f"merge.{name}", value], check=True)
        attributes = os.path.join(repo, ".git", "json-attributes")
        with open(attributes, "w", encoding="utf-8") as file:
            file.write("*.json merge=json\n")
        subprocess.run(["git", "-C", repo, "config", "core.attributesFile", attributes], check=True)
        histories = write_histories(repo)
        blobs = Blobs(repo)
        for number_of, states in enumerate(histories):
            trees = [merge(repo, number_of, driver) for driver in (True, False)]
            any_conflict = [False, False]
            for path in FILES:
                documents = [state[path] for state in states]
                texts = [blobs.read(f"{tree}:{path}") for tree, _ in trees]
                results = [check(*documents, text) for text in texts]
                total["files"] += documents[0] != documents[1] and documents[0] != documents[2]
                (problem, ours), (other, git) = results
                reported = f"CONFLICT (content): Merge conflict in {path}\n" in trees[0][1]
                if not problem and reported != (ours > 0):
                    problem = "in conflict for git, without markers" if reported else "markers without a conflict"
                if problem:
                    wrong += 1
                    print(f"history {number_of}, {path}: {problem}")
                total["ours"] += ours > 0
                total["git"] += git > 0
                total["ours hunks"] += ours
                total["git hunks"] += git
                total["only ours"] += ours > 0 and git == 0
                if not git and other:
                    total["git invalid" if other.startswith("not JSON") else "git lost"] += 1
                any_conflict = [any_conflict[0] or ours > 0, any_conflict[1] or git > 0]
            total["ours merges"] += any_conflict[0]
            total["git merges"] += any_conflict[1]
        blobs.close()
    print(f"{COUNT} histories, {total['files']} files changed on both sides: in conflict {total['ours']} with "
          f"the driver ({total['ours hunks']} places, {total['ours merges']} merges), {total['git']} without "
          f"({total['git hunks']} places, {total['git merges']} merges); {total['only ours']} only with it; "
          f"git alone wrote {total['git invalid']} files that are not JSON and {total['git lost']} wrong "
          f"ones without a conflict (seed {SEED})")
    sys.exit(wrong > 0)


main()
