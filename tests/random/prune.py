#!/usr/bin/env python3
"""Usage: prune.py SEED DIRECTORY

Makes up times of states, the options of `delta-chain prune`, and which states stay, by restic's rules
as its manual has them; DIRECTORY/moments: seconds, a line each; DIRECTORY/options; DIRECTORY/kept:
indices. Times are around changes of the clock, leap days and ends of years, in central Europe, whose
calendar is computed here.
"""
import datetime
import random
import sys

seed, directory = int(sys.argv[1]), sys.argv[2]
rng = random.Random(seed)
EPOCH = datetime.datetime(1970, 1, 1)


def seconds(moment):
    return int((moment - EPOCH).total_seconds())


def last_sunday(year, month):
    day = datetime.datetime(year, month, 31, 1)
    return day - datetime.timedelta(days=(day.weekday() + 1) % 7)


def offset(time):
    """Of local time from UTC, in seconds."""
    year = (EPOCH + datetime.timedelta(seconds=time)).year
    summer = seconds(last_sunday(year, 3)) <= time < seconds(last_sunday(year, 10))
    return 7200 if summer else 3600


utc = rng.random() < 0.2


def local(time):
    return EPOCH + datetime.timedelta(seconds=time + (0 if utc else offset(time)))


def moments(wall):
    """When clocks show this: one time, two or none."""
    if utc:
        return [seconds(wall)]
    return [t for o in (7200, 3600) for t in [seconds(wall) - o] if offset(t) == o]


CENTRES = [(2024, 2, 29), (2023, 2, 28), (2024, 3, 31), (2024, 10, 27), (2025, 3, 30), (2025, 10, 26),
           (2024, 12, 30), (2021, 1, 3), (2026, 1, 1), (2020, 12, 31)]
count = rng.randrange(1, 60)
times = []
while len(times) < count:
    centre = seconds(datetime.datetime(*rng.choice(CENTRES), 12))
    spread = rng.choice([3600 * 6, 86400 * 3, 86400 * 40, 86400 * 500])
    times += [centre + rng.randrange(-spread, spread) for _ in range(rng.randrange(1, 40))]
# None in the future, from which nothing is counted.
times = sorted(min(time, 1770000000 + i) for i, time in enumerate(times[:count]))

counts = {}
for kind in ["last", "hourly", "daily", "weekly", "monthly", "yearly"]:
    if rng.random() < 0.4:
        counts[kind] = rng.choice([1, 2, 3, 7, 30, 1000])
within = None
if rng.random() < 0.5 or not counts:
    within = (rng.randrange(3), rng.randrange(14), rng.randrange(40), rng.randrange(30))
    latest = local(times[-1])
    month = latest.year * 12 + latest.month - 1 - within[0] * 12 - within[1]
    # A day that the month does not have is one of the next month.
    wall = datetime.datetime(month // 12, month % 12 + 1, 1, latest.hour, latest.minute,
                             latest.second) + datetime.timedelta(days=latest.day - 1 - within[2])
    since = moments(wall)
    if len(since) != 1 or not any(within):
        within = None  # which of two it is, is not fixed
        counts.setdefault("last", 2)
    else:
        since = since[0] - within[3] * 3600

PERIODS = {
    "hourly": lambda t: t.strftime("%Y%m%d%H"),
    "daily": lambda t: t.strftime("%Y%m%d"),
    "weekly": lambda t: t.isocalendar()[:2],
    "monthly": lambda t: t.strftime("%Y%m"),
    "yearly": lambda t: t.year,
}
kept = {len(times) - 1}
for kind, most in counts.items():
    if kind == "last":
        kept |= set(range(max(0, len(times) - most), len(times)))
        continue
    newest = {}  # of each period, the index of its newest state
    for index, time in enumerate(times):
        newest[PERIODS[kind](local(time))] = index
    chosen = sorted(newest.values(), reverse=True)[:most]
    kept |= set(chosen)
    if len(chosen) < most:
        kept.add(0)
if within:
    kept |= {i for i, time in enumerate(times) if time > since}

options = [f"--keep-{kind}={most}" for kind, most in counts.items()]
if within:
    options.append("--keep-within=" + "".join(f"{n}{u}" for n, u in zip(within, "ymdh") if n))
if utc:
    options.append("--utc")
with open(f"{directory}/moments", "w") as out:
    out.writelines(f"{time}\n" for time in times)
with open(f"{directory}/options", "w") as out:
    out.write(" ".join(options) + "\n")
with open(f"{directory}/kept", "w") as out:
    out.writelines(f"{index}\n" for index in sorted(kept))
