#!/usr/bin/env bats
# What holds for all recipes of delta-recipes(7), and --keyed with engines that Debian does not have.

load helpers
load recipes

stop_engine() {
    :
}

@test "each recipe has at most 20 lines, says how it is called, and has an entry in the page" {
    local recipe
    for recipe in "$RECIPES"/*; do
        [ "$(wc -l <"$recipe")" -le 20 ] || fail "$recipe is too long"
        [ "$(wc -L <"$recipe")" -le 120 ] || fail "$recipe is too wide"
        [ "${recipe##*.}" = lua ] ||
            grep -qE "^\.It Ic (.*Pa )?${recipe##*/}( |\$)" "$TOP/man/delta-recipes.7" || fail "no entry for $recipe"
        [ "${recipe##*.}" != "$recipe" ] || grep -qE "^# Usage: (.* )?${recipe##*/} " "$recipe" || fail "$recipe: no usage"
        [ "${recipe##*.}" != "$recipe" ] || [ -x "$recipe" ] || fail "$recipe is not executable"
    done
}

# ---- Engines that Debian does not have -----------------------------------------------------------

# What Kafka, Spark or Hadoop do with lines of a key and a value, in one program.
#   engine partitions FILE COUNT SEED: each key has one of COUNT partitions, which keeps the order of
#       its lines; partitions come in any order.
#   engine at-least-once FILE COUNT SEED: to FILE.0, FILE.1, ..., a partition each, of which a worker
#       that fails is sent a part again, from any earlier line.
#   engine shuffle FILE SEED: any order at all, also of the lines of a key.
engine() {
    python3 - "$@" <<'PYTHON'
import random, sys, zlib
verb, source = sys.argv[1:3]
r = random.Random(int(sys.argv[-1]))
lines = open(source, "rb").readlines()
if verb == "shuffle":
    r.shuffle(lines)
    sys.stdout.buffer.writelines(lines)
    sys.exit()
parts = [[] for _ in range(int(sys.argv[3]))]
for line in lines:
    parts[zlib.crc32(line.split(b"\t")[0]) % len(parts)].append(line)
if verb == "at-least-once":
    for number, part in enumerate(parts):
        with open("%s.%d" % (source, number), "wb") as out:
            at = 0
            while at < len(part):
                step = r.randrange(1, 20)
                out.writelines(part[at:at + step])
                at = min(at + step, len(part))
                if at < len(part) and r.random() < 0.4:
                    at = r.randrange(at + 1)
while verb == "partitions" and any(parts):
    part = r.choice([part for part in parts if part])
    for _ in range(r.randrange(1, 9)):
        if part:
            sys.stdout.buffer.write(part.pop(0))
PYTHON
}

make_stream() {
    for ((i = 1; i <= 300; i++)); do
        printf 'key %s%d\t{"n":%d,"value":%d}\n' é $((i * 7 % 20)) "$i" $((i % 4))
    done >stream
    sort -s -t $'\t' -k 1,1 stream >wanted
}

@test "engines: keyed lines by pipes, in partitions or sorted" {
    make_stream
    for options in '' '-z' '-z --standalone'; do
        # shellcheck disable=SC2086
        for seed in 1 2 3; do
            engine partitions stream 4 "$seed" >states
            delta-diff --keyed $options -t 0 states >diffed
            engine partitions diffed 5 "$seed" >records
            delta-apply --keyed records | sort -s -t $'\t' -k 1,1 | diff wanted -
        done
        sort -s -t $'\t' -k 1,1 stream | delta-diff --keyed --cache=0 $options -t 0 |
            delta-apply --keyed --cache=0 | diff wanted -
    done
    # One record a key, which leads to its last state.
    sort -s -t $'\t' -k 1,1 stream | delta-diff --keyed -t 0 >records
    delta-merge --keyed records | delta-apply --keyed >last
    awk -F '\t' '{ line[$1] = $0 } END { for (key in line) print line[key] }' stream | sort |
        diff - <(sort last)
}

@test "engines: a shuffle without an order needs a secondary sort, by key and position" {
    make_stream
    for seed in 1 2 3; do
        sed 's/\t{"n":\([0-9]*\)/\t\1&/' stream >positioned
        engine shuffle positioned "$seed" | sort -t $'\t' -k 1,1 -k 2,2n | cut -f 1,3 |
            delta-diff --keyed --cache=0 -t 0 | delta-apply --keyed --cache=0 | diff wanted -
    done
}

@test "engines: states delivered at least once, by several workers, into one store or several" {
    make_stream
    delta-chain add --ndjson --keyed --source=topic --seq-from=/n -t 0 one stream
    for seed in 1 2 3; do
        engine at-least-once stream 4 "$seed"
        [ "$(cat stream.? | wc -l)" -gt 330 ] || fail "nothing was sent twice"
        for store in shared 'part.$worker'; do
            jobs=()
            for worker in 0 1 2 3; do
                delta-chain add --ndjson --keyed --source=topic --seq-from=/n -t 0 "$(eval "echo $store")" \
                    "stream.$worker" &
                jobs+=($!)
            done
            for job in "${jobs[@]}"; do
                wait "$job"
            done
        done
        assert_same_store one shared
        # What a worker had in a store of its own goes to another by its files: a key is in one of them.
        mkdir joined
        for worker in 0 1 2 3; do
            cp -rn "part.$worker/." joined
        done
        assert_same_store one joined
        rm -r shared part.? joined
    done
}

@test "engines: records delivered at least once, by several workers, into a replica" {
    make_stream
    delta-chain add --ndjson --keyed --source=topic --seq-from=/n -t 0 one stream
    while IFS= read -r key; do
        delta-chain export --records --key="$key" one .. | sed "s/^/$key\t/"
    done < <(delta-chain keys one) >records
    for seed in 1 2 3; do
        engine at-least-once records 4 "$seed"
        for worker in 0 1 2 3; do
            delta-chain add-delta --keyed replica "records.$worker" &
            jobs+=($!)
        done
        for job in "${jobs[@]}"; do
            wait "$job"
        done
        jobs=()
        assert_same_store one replica
        rm -r replica
    done
    # A hole is not a repeat.
    awk 'NR != 5' records >holed
    run -1 delta-chain add-delta --keyed replica holed
    [[ $output == *'different base'* ]]
}
