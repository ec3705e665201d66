#!/usr/bin/env python3
"""Random feeds, exports, imports and rewrites of three histories against a model of positions.

    replays.py COUNT SEED      (the commands are found in PATH)

All states have the same time and one of three values, so that only positions tell them apart. The
model knows of a history what DESIGN says of positions: for each source the highest number and what
was there, and which states are kept."""
import json, os, random, subprocess, sys, tempfile


class Model:
    def __init__(self, path):
        self.path, self.states, self.highest, self.serial, self.id = path, [], {}, 0, None

    def position(self, state):
        return (state["source"] or self.id, state["seq"] if state["source"] else state["serial"])

    def judge(self, source, seq, value):
        if source not in self.highest or seq > self.highest[source][0]:
            return "new"
        if seq == self.highest[source][0]:
            return "known" if value == self.highest[source][1] else "fork"
        before = None
        for state in self.states:
            p = self.position(state)
            if p[0] == source and p[1] <= seq:
                before = (p[1], state["value"])
        if before and before[1] == value:
            return "known"
        return "fork" if before and before[0] == seq else "older"

    def append(self, source, seq, value):
        self.serial += 1
        if source == self.id:
            source, seq = None, 0
        self.states.append({"serial": self.serial, "source": source, "seq": seq, "value": value})
        p = self.position(self.states[-1])
        self.highest[p[0]] = (p[1], value)

    def add(self, source, seq, value, base=None, dense=False):
        """What becomes of a record or state: None, or the word of the failure."""
        verdict = self.judge(source, seq, value) if source else "new"
        if verdict != "new":
            return "fork" if verdict == "fork" else None
        if base is not None and (not self.states or self.states[-1]["value"] != base):
            same = [i for i, s in enumerate(self.states) if self.position(s)[0] == source]
            found = [i for i in same if self.states[i]["value"] == base]
            if not found or max(found) < len(self.states) - 1 and \
                    any(i not in same for i in range(max(found), len(self.states))):
                return "fork" if any(s["value"] == base for s in self.states) else "base"
        if source == self.id and self.id and seq != self.serial + 1:
            return "gap"
        if dense and source != self.id and source in self.highest and \
                seq != self.highest[source][0] + 1:
            return "gap"
        self.append(source, seq, value)


def run(args, data=None):
    done = subprocess.run(args, input=data, capture_output=True, text=True)
    if done.returncode > 1 or done.returncode < 0:
        sys.exit("%s: %d %s" % (args, done.returncode, done.stderr))
    return done


class Round:
    def __init__(self, r):
        self.r, self.feeds = r, {"S": 0, "T": 0}
        self.all = [Model(n) for n in "ABC"]
        self.sent = []

    def feed(self, m):
        r = self.r
        source = r.choice("ST")
        lines, states = [], r.choice([[], self.sent[-4:]])
        states = list(states)
        for _ in range(r.randrange(1, 4)):
            self.feeds[source] += r.choice([1, 1, 1, 3])
            states.append((source, self.feeds[source], r.randrange(3)))
        self.sent += [s for s in states if s not in self.sent]
        for source in "ST":
            mine = [s for s in states if s[0] == source]
            if not mine:
                continue
            dense = r.random() < 0.1
            lines = "".join('{"v":%d,"n":%d}\n' % (s[2], s[1]) for s in mine)
            done = run(["delta-chain", "add", "--ndjson", "--source=" + source, "--seq-from=/n", "-t0"]
                       + ["--dense"] * dense + ["--state-from=/v", m.path], lines)
            failed = None
            for s in mine:
                failed = m.add(*s, dense=dense)
                if failed:
                    break
            self.expect(m, done, failed)

    def plain(self, m):
        values = [self.r.randrange(3) for _ in range(self.r.randrange(1, 4))]
        run(["delta-chain", "add", "--ndjson", "-t0", m.path], "".join("%d\n" % v for v in values))
        if not m.id:
            m.id = self.own(m)
        for v in values:
            m.append(None, 0, v)

    def own(self, m):
        """The source of a history's own states."""
        return run(["delta-chain", "metrics", "--json", m.path]).stdout and json.loads(
            run(["delta-chain", "metrics", "--json", m.path]).stdout)["source"]

    def send(self, m):
        r = self.r
        to = r.choice([x for x in self.all if x is not m or r.random() < 0.2])
        if not m.states:
            return
        first = r.choice([None, None, r.randrange(len(m.states))])
        args = [] if first is None else ["%d.." % first]
        records = run(["delta-chain", "export", "--records", *r.choice([[], ["-f", "json"]]), m.path, *args]).stdout
        lines = records.splitlines(True)
        head = [] if first is not None else lines[:1]
        lines = lines[len(head):]
        want = m.states[0 if first is None else first + 1:]
        if len(lines) != len(want):
            sys.exit("%d records for %d states" % (len(lines), len(want)))
        end = r.choice([len(lines), len(lines), r.randrange(len(lines) + 1)])
        dense = r.random() < 0.1
        done = run(["delta-chain", r.choice(["import", "add-delta"]) if end else "add-delta"] + ["--dense"] * dense +
                   [to.path], "".join(head + lines[:end]))
        if not to.id and os.path.exists(to.path):
            to.id = self.own(to)
        failed, base = None, None if first is None else m.states[first]["value"]
        for s in want[:end]:
            p = m.position(s)
            failed = to.add(p[0], p[1], s["value"], base, dense)
            base = s["value"]
            if failed:
                break
        self.expect(to, done, failed)

    def rewrite(self, m):
        n = len(m.states)
        if not n:
            return
        what = self.r.choice(["compact", "squash", "prune", "rebaseline", "clear"])
        if what == "clear" and self.r.random() < 0.8:
            return
        args, keep = [m.path], list(range(n))
        if what == "clear":
            keep = []
        elif what == "squash":
            a = self.r.randrange(n)
            b = self.r.randrange(a, n)
            if a == b:
                return
            args, keep = [m.path, "%d..%d" % (a, b)], [i for i in range(n) if i <= a or i >= b]
        elif what == "prune":
            k = self.r.randrange(1, n + 1)
            args, keep = ["--keep-last=%d" % k, m.path], list(range(n - k, n))
        elif what == "rebaseline":
            keep = [n - 1]
        run(["delta-chain", what, *args])
        m.states = [m.states[i] for i in keep]

    def expect(self, m, done, failed):
        words = {"fork": "fork: ", "gap": "gap: ", "base": "different base"}
        if done.returncode != (1 if failed else 0):
            sys.exit("%s: status %d, want %s: %s" % (m.path, done.returncode, failed, done.stderr))
        if failed and words[failed] not in done.stderr and not (
                failed == "base" and "already" in done.stderr):
            sys.exit("%s: no %s in %s" % (m.path, failed, done.stderr))
        if not m.id and os.path.exists(m.path):
            m.id = self.own(m)

    def check(self, m):
        if not os.path.exists(m.path):
            return
        values = [json.loads(l) for l in run(["delta-chain", "export", "--states", m.path]).stdout.split()]
        if values != [s["value"] for s in m.states]:
            sys.exit("%s: states %s, want %s" % (m.path, values, [s["value"] for s in m.states]))
        log = [json.loads(l) for l in run(["delta-chain", "log", "--json", m.path]).stdout.splitlines()]
        got = [(l["serial"], l.get("source"), l.get("seq", 0)) for l in log]
        want = [(s["serial"], s["source"], s["seq"]) for s in m.states]
        if got != want:
            sys.exit("%s: positions %s, want %s" % (m.path, got, want))

    def go(self):
        for _ in range(self.r.randrange(4, 25)):
            m = self.r.choice(self.all)
            self.r.choice([self.feed, self.plain, self.send, self.send, self.send, self.rewrite])(m)
            for m in self.all:
                self.check(m)


count, seed = int(sys.argv[1]), int(sys.argv[2])
for i in range(count):
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        print("replays.py: seed %d" % (seed + i), file=sys.stderr, flush=True)
        Round(random.Random(seed + i)).go()
        os.chdir("/")
