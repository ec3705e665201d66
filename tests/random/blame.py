#!/usr/bin/env python3
"""Usage: blame.py SEED DIRECTORY

Makes up a history, a state a line in DIRECTORY/states, and what `delta-chain blame -f changes` should
say of its last state, in DIRECTORY/blame: "revision path value" a line, sorted. The blame is kept
beside the values while they are edited, and knows nothing of differences: a model leaf is
[value, revision], and every value that is set is a new one.
"""
import json
import random
import sys

seed, directory = int(sys.argv[1]), sys.argv[2]
rng = random.Random(seed)
fresh = iter(range(1, 10**9))


def leaf(now):
    n = next(fresh)
    return [rng.choice([n, f"v{n}", n + 0.5]), now]


def container(now, depth):
    kind = rng.choice("soasl") if depth < 3 else "s"
    if kind == "s":
        return leaf(now)
    if kind == "o":
        return {f"k{next(fresh)}": container(now, depth + 1) for _ in range(rng.randrange(1, 5))}
    if kind == "l":
        return ("list", [leaf(now) for _ in range(rng.randrange(6, 12))])
    return ("list", [element(now, depth) for _ in range(rng.randrange(6, 12))])


def element(now, depth):
    made = {"id": [f"e{next(fresh)}", now], "size": leaf(now), "name": leaf(now)}
    if depth < 2:
        made["more"] = container(now, depth + 1)
    return made


def places(node, out, depth=0):
    """Every object and list, with its depth."""
    if isinstance(node, dict):
        out.append((node, depth))
        for value in node.values():
            places(value, out, depth + 1)
    elif isinstance(node, tuple):
        out.append((node, depth))
        for value in node[1]:
            places(value, out, depth + 1)
    return out


def set_all(node, now):
    """The same value, set anew: under another key it is another member."""
    if isinstance(node, dict):
        return {key: set_all(value, now) for key, value in node.items()}
    if isinstance(node, tuple):
        return ("list", [set_all(value, now) for value in node[1]])
    return [node[0], now]


def edit_object(node, depth, now):
    keys = [key for key in node if key != "id"]
    what = rng.choice(["set", "set", "set", "add", "remove", "rename"])
    if what == "add" or not keys:
        node[f"k{next(fresh)}"] = container(now, depth + 1)
        return
    key = rng.choice(keys)
    if what == "set":
        node[key] = leaf(now)
    elif what == "rename":
        node[f"r{next(fresh)}"] = set_all(node.pop(key), now)
    elif len(node) > 2:
        del node[key]


def edit_list(items, depth, now):
    what = rng.choice(["move", "move", "insert", "remove", "set"])
    at = rng.randrange(len(items)) if items else 0
    keyed = bool(items) and isinstance(items[0], dict)
    if what == "move" and items:
        item = items.pop(at)
        items.insert(rng.randrange(len(items) + 1), item)
    elif what == "insert" or len(items) < 5:
        items.insert(at, element(now, depth) if keyed else leaf(now))
    elif what == "remove":
        del items[at]
    elif not keyed:
        items[at] = leaf(now)


def plain(node):
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, tuple):
        return [plain(value) for value in node[1]]
    return node[0]


def blamed(node, path, out):
    if isinstance(node, dict):
        for key, value in node.items():
            blamed(value, f"{path}/{key}", out)
    elif isinstance(node, tuple):
        for i, value in enumerate(node[1]):
            blamed(value, f"{path}/{i}", out)
    else:
        out.append(f"{node[1]} {path} {json.dumps(node[0])}")
    return out


state = {"root": container(0, 0), "items": ("list", [element(0, 0) for _ in range(8)]),
         "tags": ("list", [leaf(0) for _ in range(8)]), "last": leaf(0)}
with open(f"{directory}/states", "w", encoding="utf-8") as states:
    for now in range(rng.randrange(5, 40)):
        if now:
            found = places(state, [])
            for place, depth in rng.sample(found, min(len(found), rng.randrange(1, 3))):
                # One edit of a place a step; a place that an edit before removed is not missed.
                if isinstance(place, dict):
                    edit_object(place, depth, now)
                else:
                    edit_list(place[1], depth, now)
        states.write(json.dumps(plain(state)) + "\n")
with open(f"{directory}/blame", "w", encoding="utf-8") as blame:
    blame.write("".join(line + "\n" for line in sorted(blamed(state, "", []))))
