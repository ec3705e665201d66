# delta-chain: every verb, and what a history promises to those who share it.
load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    echo '{"a":1,"b":[1,2,3],"c":"x"}' >0.json
    echo '{"a":2,"b":[1,2,3,4],"c":"x"}' >1.json
    echo '{"a":2,"b":[1,3,4],"d":{"q":null}}' >2.json
    for i in {0..19}; do
        echo "{\"i\":$i,\"list\":[$((i / 3)),true],\"same\":\"0123456789012345678901234567890\"}"
    done >stream
}

# The states of a history, one a line.
states()
{
    delta-chain export --states "$1"
}

made()
{
    delta-chain add h 0.json 1.json 2.json
}

@test "add makes the file and get gives every state back" {
    made
    assert_equal "$(delta-chain get h 0)" "$(cat 0.json)"
    assert_equal "$(delta-chain get h 1)" "$(cat 1.json)"
    assert_equal "$(delta-chain get h)" "$(cat 2.json)"
    assert_equal "$(delta-chain get h tip~2)" "$(cat 0.json)"
    run -0 delta-chain get --indent=1 h 0
    assert_equal "${lines[1]}" ' "a": 1,'
}

@test "a state comes from standard input when none is named" {
    run -0 delta-chain add h <0.json
    assert_equal "$(delta-chain get h)" "$(cat 0.json)"
}

@test "numbers, lone surrogates and depth survive as they were written" {
    printf '%s\n' '[1e400,-0,1.0,12345678901234567890,"\ud800","\u0000","é"]' >odd.json
    delta-chain add h 0.json odd.json 1.json odd.json
    for strategy in binary reference compress none; do
        delta-chain init -s "$strategy" "$strategy"
        delta-chain add "$strategy" 0.json odd.json 1.json odd.json
        assert_equal "$(states "$strategy")" "$(states h)"
    done
    assert_equal "$(delta-chain get h)" "$(cat odd.json)"
    delta-chain compact h
    assert_equal "$(delta-chain get h 1)" "$(cat odd.json)"
    assert_equal "$(delta-chain get h 3)" "$(cat odd.json)"
}

@test "a stream of states, blank lines and a bad line" {
    run -0 delta-chain add --ndjson h stream
    assert_equal "$(states h)" "$(cat stream)"
    run --separate-stderr -2 delta-chain add --ndjson h < <(printf '\n{"x":1}\n\n{"x":\n{"x":3}\n')
    assert_one_error delta-chain 'standard input:4:'
    assert_equal "$(delta-chain get h)" '{"x":1}'
    assert_equal "$(states h | wc -l)" 21
}

@test "a state of a slow stream is on the disk before the next one comes" {
    mkfifo pipe
    delta-chain add --ndjson h pipe &
    exec 9>pipe
    echo '{"n":1}' >&9
    for _ in {1..200}; do
        [ -s h ] && break
        sleep 0.05
    done
    run -0 delta-chain get h
    assert_equal "$output" '{"n":1}'
    exec 9>&-
    wait
}

@test "revisions, times and ranges" {
    for i in 0 1 2; do delta-chain add -t "2026-01-0$((i + 1))T00:00:00Z" h $i.json; done
    assert_equal "$(delta-chain get h @2026-01-02T12:00:00Z)" "$(cat 1.json)"
    assert_equal "$(delta-chain get h @1767225600)" "$(cat 0.json)"
    run -2 delta-chain get h @2025-12-31T00:00:00Z
    run -2 delta-chain get h 3
    run -2 delta-chain get h tip~3
    run -2 delta-chain get h last
    assert_equal "$(delta-chain log h 0..2 | wc -l)" 2
    assert_equal "$(delta-chain log h 1 | wc -l)" 1
}

@test "time that goes backwards is stored and warned of" {
    delta-chain add -t 100 h 0.json
    run --separate-stderr -0 delta-chain add -t 50 h 1.json
    [[ $stderr == *"state 1 is before"* ]]
    assert_equal "$(delta-chain log --json h 1 | jq .timestamp)" 50
}

@test "metadata and times are kept, in a compacted history too" {
    delta-chain add -t 1.5 -m who='a "b"' h 0.json
    delta-chain add -t 2.000000001 -m n=1 h 1.json
    delta-chain log --json h >before
    assert_equal "$(jq -c .metadata before | head -1)" '{"who":"a \"b\""}'
    assert_equal "$(tail -1 before | jq .timestamp -r)" "$(jq -n 2.000000001)"
    delta-chain compact h
    delta-chain log --json h >after
    assert_equal "$(jq -c '[.timestamp,.digest,.size,.metadata]' after)" \
        "$(jq -c '[.timestamp,.digest,.size,.metadata]' before)"
}

@test "a state equal to the tip is stored, or skipped when asked" {
    made
    delta-chain add h 2.json
    assert_equal "$(states h | wc -l)" 4
    delta-chain add --skip-equal h 2.json
    assert_equal "$(states h | wc -l)" 4
    delta-chain add --skip-equal h 2.json 1.json 1.json 2.json
    assert_equal "$(states h | wc -l)" 6
}

@test "--expect-tip adds only after that state" {
    made
    run -1 delta-chain add --expect-tip="$(delta-diff --digest 0.json | cut -d' ' -f1)" h 0.json
    assert_equal "$(states h | wc -l)" 3
    run -0 delta-chain add --expect-tip="$(delta-diff --digest 2.json | cut -d' ' -f1)" h 0.json
    assert_equal "$(states h | wc -l)" 4
    run -2 delta-chain add --expect-tip=12 h 0.json
    digest=$(delta-diff --digest 0.json | cut -d' ' -f1)
    run --separate-stderr -1 delta-chain add --expect-tip="$(delta-diff --digest 1.json | cut -d' ' -f1)" h 1.json
    assert_equal "$stderr" "delta-chain: h: unexpected tip: $digest"
    run --separate-stderr -1 delta-chain add --expect-tip="$digest" new 1.json
    assert_equal "$stderr" "delta-chain: new: unexpected tip: the history is empty"
    [ ! -s new ]
}

@test "add-delta takes records whose base is the tip, of either spelling" {
    delta-chain add h 0.json
    delta-diff 0.json 1.json >a.delta || true
    delta-diff -z 1.json 2.json >b.delta || true
    cat a.delta b.delta | delta-chain add-delta h
    assert_equal "$(delta-chain get h)" "$(cat 2.json)"
    delta-diff -t 1 0.json 1.json >other.delta || true
    run --separate-stderr -1 delta-chain add-delta h other.delta
    assert_one_error delta-chain
    assert_equal "$(states h | wc -l)" 3
}

@test "add-delta makes records durable whenever its input pauses" {
    delta-chain add h 0.json
    delta-diff 0.json 1.json >a.delta || true
    mkfifo pipe
    delta-chain add-delta h pipe &
    exec 8>pipe
    cat a.delta >&8
    for _ in $(seq 200); do
        [ "$(states h | wc -l)" -lt 2 ] || break
        sleep 0.05
    done
    kill -9 $!
    exec 8>&-
    assert_equal "$(delta-chain get h)" "$(cat 1.json)"
}

@test "add-delta: another writer's state in between is an unexpected tip" {
    delta-chain add h 0.json
    for i in 0 1 2; do delta-diff $i.json $(((i + 1) % 3)).json >$i.delta || true; done
    mkfifo pipe
    delta-chain add-delta h pipe 2>error &
    exec 8>pipe
    cat 0.delta >&8
    for _ in $(seq 200); do
        [ "$(states h | wc -l)" -lt 2 ] || break
        sleep 0.05
    done
    delta-chain add h 2.json
    # It fits that state, but follows another one in its stream.
    cat 2.delta >&8
    exec 8>&-
    status=0
    wait $! || status=$?
    assert_equal $status 1
    assert_equal "$(cat error)" "delta-chain: pipe:2:1: unexpected tip: $(delta-diff --digest 2.json | cut -d' ' -f1)"
    assert_equal "$(states h)" "$(cat 0.json 1.json 2.json)"
}

@test "delta and diff write records that apply" {
    made
    for i in 1 2; do
        delta-chain delta h $i | delta-apply $((i - 1)).json >got
        assert_same_bytes got $i.json
        delta-chain delta -z h $i >packed
        delta-apply $((i - 1)).json packed >got
        assert_same_bytes got $i.json
    done
    delta-chain delta h 0 | delta-apply --no-base >got
    assert_same_bytes got 0.json
    delta-chain diff h 2 0 | delta-apply 2.json >got
    assert_same_bytes got 0.json
    delta-chain diff h 0..2 | delta-apply 0.json >got
    assert_same_bytes got 2.json
}

@test "delta and diff know the other spellings of delta-diff" {
    made
    for format in text json-patch merge-patch; do
        delta-diff -f $format 0.json 1.json >wanted || true
        delta-chain diff -f $format h 0 1 >got
        assert_same_bytes got wanted
    done
    delta-chain delta -f json-patch h 1 | delta-apply 0.json - >got
    assert_same_bytes got 1.json
    run -2 delta-chain diff -f bsdiff h 0 2
}

@test "export and import restore a history whole" {
    delta-chain add -t 7 -m k=v --ndjson h stream
    for how in "" -z; do
        delta-chain export --records $how h >records
        rm -f again
        delta-chain import again records
        assert_equal "$(states again)" "$(cat stream)"
        assert_equal "$(delta-chain log --json again | jq -c '[.index,.timestamp,.metadata]')" \
            "$(delta-chain log --json h | jq -c '[.index,.timestamp,.metadata]')"
    done
    run -2 delta-chain export h
}

@test "metrics: the text says of each counter what the JSON says" {
    delta-chain add --ndjson -t 0 h < <(head -11 stream)
    delta-chain compact h
    delta-chain add --ndjson -t 1 h < <(sed -n 12,15p stream)
    delta-chain compact h
    delta-chain rebaseline --keep=13 h
    delta-chain prune --keep-last=9 h
    delta-chain prune --keep-last=8 h
    delta-chain compact h
    delta-chain add --ndjson -t 2 h < <(sed -n 16,20p stream)
    counters='{states,chain_length,rebaseline_count,optimization_count,prune_count,dropped_states,
        total_changes,total_removals,states_bytes,keyframes_bytes,records_bytes,blocks_bytes,file_bytes,
        strategy,level,max_chain_length,on_limit,source}'
    said=$(delta-chain metrics --json h | jq -r "$counters | to_entries[] | \"\(.key) \(.value)\"")
    assert_equal "$(delta-chain metrics h | awk '$1 !~ /^(from|to|ratio)$/ { print $1, $2 }')" "$said"
    # No two of these are equal, so that none could be in the place of another.
    [ "$(head -9 <<<"$said" | awk '{ print $2 }' | sort -u | wc -l)" -eq 9 ] || fail "$said"
    counts=$(delta-chain metrics --json h | jq -r '.keyframes,.records,.blocks' | xargs)
    assert_equal "$(delta-chain metrics h | sed -n 's/.*_bytes .* in //p' | xargs)" "$counts"
    assert_equal "$(delta-chain metrics h | sed -n 's/^\(from\|to\)  *//p' | xargs)" \
        '1970-01-01T00:00:00Z 1970-01-01T00:00:02Z'
}

@test "export and import keep options and counters, whatever became of the history" {
    delta-chain init h --strategy=dict --level=3 --max-chain-length=5 --on-limit=merge
    delta-chain add --ndjson h < <(head -4 stream)
    delta-chain compact h
    delta-chain add --ndjson h < <(sed -n 5,8p stream)
    delta-chain compact h
    delta-chain rebaseline --keep=6 h
    delta-chain add --ndjson h < <(sed -n 9,11p stream)
    facts='[.states,.strategy,.level,.max_chain_length,.on_limit,.rebaseline_count,
        .optimization_count,.total_changes,.total_removals,.states_bytes,.last_timestamp]'
    for how in "" -z; do
        delta-chain export --records $how h >records
        rm -f again
        delta-chain import again <records
        # More states than the limit would leave: none is traded for space on the way.
        assert_equal "$(states again)" "$(sed -n 2,11p stream)"
        assert_equal "$(delta-chain metrics --json again | jq -c "$facts")" \
            "$(delta-chain metrics --json h | jq -c "$facts")"
        assert_equal "$(delta-chain log --json again | jq -c '[.set,.removed]' | tail -n +2)" \
            "$(delta-chain log --json h | jq -c '[.set,.removed]' | tail -n +2)"
    done
    # One without states, and a part, which has no options.
    delta-chain clear h
    delta-chain export --records h | delta-chain import empty
    assert_equal "$(delta-chain metrics --json empty | jq -c "$facts")" \
        "$(delta-chain metrics --json h | jq -c "$facts")"
    delta-chain export --records again ..1 | delta-chain import part
    assert_equal "$(delta-chain metrics --json part | jq -c '[.states,.max_chain_length]')" '[2,0]'
}

@test "an export's options: passed over by the others, kept from a history that is there, checked" {
    delta-chain init h --max-chain-length=5
    delta-chain add --ndjson h stream
    delta-chain export --records h >records
    assert_equal "$(head -n 1 records | jq -r .format)" delta-history/2
    assert_equal "$(delta-apply --ndjson records)" "$(cat stream)"
    assert_equal "$(delta-apply --no-base records)" "$(tail -n 1 stream)"
    assert_equal "$(delta-merge records | delta-apply --no-base -)" "$(tail -n 1 stream)"
    delta-chain init there --max-chain-length=9
    delta-chain import there records
    assert_equal "$(delta-chain metrics --json there | jq .max_chain_length)" 9
    jq -c 'if .max_chain_length then .max_chain_length = 6 else . end' records >altered
    run -2 --separate-stderr delta-chain import bad altered
    [[ $stderr == *"altered:1:1: "*"checksum mismatch"* && ! -e bad ]]
    sed 's,delta-history/2,delta-history/3,' records >newer
    run -2 --separate-stderr delta-chain import bad newer
    [[ $stderr == *"newer:1:1: "*"newer than this program"* && ! -e bad ]]
}

@test "import and add-delta read records of any layout; an import needs some" {
    delta-chain add h 0.json
    delta-diff 0.json 1.json | sed 's/,"/,\n"/g' >wide || true
    [ "$(wc -l <wide)" -gt 3 ]
    delta-chain add-delta h wide
    delta-diff -f bsdiff 1.json 2.json >bytes || true
    delta-chain add-delta h bytes
    assert_equal "$(states h)" "$(cat 0.json 1.json 2.json)"
    run -2 --separate-stderr delta-chain import new </dev/null
    assert_one_error delta-chain "standard input: empty"
    # A pipe that carried nothing has nothing to be added.
    run -0 --separate-stderr delta-chain add-delta new </dev/null
    [ -z "$stderr" ] && [ ! -e new ]
}

@test "an import that was cut off after the options goes on without losing a state" {
    delta-chain init --max-chain-length=4 --on-limit=merge h
    delta-chain add --ndjson h < <(head -3 stream)
    delta-chain compact h
    delta-chain add --ndjson h < <(sed -n 4,6p stream)
    delta-chain export --records h >records
    head -n 1 records | delta-chain import again
    delta-chain import again records
    assert_equal "$(states again)" "$(head -6 stream)"
}

@test "a range that ends where it begins has no steps" {
    made
    run -0 delta-chain log h 1..1
    assert_equal "$output" ""
    run -0 delta-chain show h 1..1
    assert_equal "$output" ""
    run -0 delta-chain log h 1
    [ -n "$output" ]
}

@test "damaged options: no rewrite loses them in silence, and metrics says so" {
    delta-chain init -s reference --level=19 --max-chain-length=7 h
    delta-chain add --ndjson h stream
    printf X | dd of=h bs=1 seek=150 conv=notrunc status=none
    run -1 delta-chain verify h
    for verb in compact rebaseline clear; do
        cp h before
        run -2 --separate-stderr delta-chain $verb h
        assert_one_error delta-chain "options"
        assert_same_bytes h before
    done
    run -0 --separate-stderr delta-chain metrics h
    [[ $stderr == *"corrupt options"* ]]
    delta-chain export --records h 2>/dev/null | delta-chain import again
    assert_equal "$(states again)" "$(cat stream)"
}

@test "totals count what was done, not what a joined record says" {
    printf '{"a":1}\n5\n{"a":2}\n' | delta-chain add --ndjson h
    delta-chain squash h 0..2
    assert_equal "$(delta-chain metrics --json h | jq -c '[.total_changes,.total_removals]')" '[0,0]'
    delta-chain export --records h | delta-chain import again
    assert_equal "$(delta-chain metrics --json again | jq -c '[.total_changes,.total_removals]')" \
        '[0,0]'
}

@test "show tells what changed" {
    made
    run -0 delta-chain show h 1
    [[ $output == *"state 1"* && $output == *"~ /a  1 -> 2"* ]]
    run -0 delta-chain show h 0..2
    [[ $output != *"state 0"* && $output == *"state 1"* && $output == *"state 2"* ]]
    run -0 delta-chain show h
    [[ $output == *"state 0"* ]]
}

@test "metrics count, and survive rewrites" {
    made
    run -0 delta-chain metrics --json h
    assert_equal "$(jq -c '[.states,.total_changes,.total_removals,.states_bytes,.file_bytes]' \
        <<<"$output")" "[3,4,1,90,$(stat -c %s h)]"
    delta-chain squash h 0..2
    delta-chain rebaseline h
    delta-chain compact h
    run -0 delta-chain metrics --json h
    assert_equal "$(jq -c '[.states,.rebaseline_count,.optimization_count,.total_changes]' \
        <<<"$output")" '[1,1,2,4]'
    run -0 delta-chain metrics h
    [[ ${lines[0]} == "states "*1 ]]
}

@test "show: what is known of a state; add -v: how many there are when one was added" {
    run -0 --separate-stderr delta-chain add -v -t 0 h <<<'{"a":1}'
    assert_equal "$stderr" "delta-chain: h: 1 state"
    run -0 --separate-stderr delta-chain add -v --skip-equal -t 1 h <<<'{"a":1}'
    assert_equal "$stderr" ""
    run -0 --separate-stderr delta-chain add -v -t 1 --source=s --seq=7 -m by=me h <<<'{"a":2}'
    assert_equal "$stderr" "delta-chain: h: 2 states"
    mapfile -t digests < <(delta-chain log --json h | jq -r .digest)
    assert_equal "$(delta-chain show h 0 | sed 's/stored in .*/stored/')" \
        "state 0  1970-01-01T00:00:00Z
digest    ${digests[0]}
bytes     7, stored
+ (root)  {\"a\":1}
1 added"
    assert_equal "$(delta-chain show h 1 | sed 's/stored in .*/stored/')" \
        "state 1  1970-01-01T00:00:01Z
digest    ${digests[1]}, after ${digests[0]}
bytes     7, stored
position  s 7
metadata  {\"by\":\"me\"}
~ /a  1 -> 2
1 changed"
}

@test "rebaseline, squash, clear" {
    delta-chain add --ndjson h stream
    delta-chain rebaseline --keep=4 h
    assert_equal "$(states h)" "$(tail -5 stream)"
    delta-chain squash h 1..3
    assert_equal "$(states h)" "$(tail -5 stream | sed -n '1p;2p;4p;5p')"
    run -2 --separate-stderr delta-chain squash h 2
    assert_one_error delta-chain 'expected a range: A\.\.B'
    run -2 delta-chain squash h 2..2
    run -2 delta-chain squash h 1
    run -2 delta-chain squash h 1..9
    delta-chain clear h
    assert_equal "$(states h)" ""
    run -2 delta-chain get h
    delta-chain add h 0.json
    assert_equal "$(states h)" "$(cat 0.json)"
    delta-chain verify h
}

@test "a compacted history is smaller, says the same, and grows on" {
    for _ in {1..40}; do cat stream; done >many
    delta-chain add --ndjson h many
    before=$(stat -c %s h)
    delta-chain compact h
    [ "$(stat -c %s h)" -lt $((before / 10)) ]
    assert_equal "$(states h | md5sum)" "$(md5sum <many)"
    assert_equal "$(delta-chain get h 399)" "$(sed -n 400p many)"
    delta-chain add h 0.json 1.json
    delta-chain compact h
    assert_equal "$(delta-chain get h tip~1)" "$(cat 0.json)"
    delta-chain verify h
}

@test "init stores what it is told, and makes no history twice" {
    delta-chain init -s reference --level=3 --max-chain-length=5 h
    run -0 delta-chain metrics --json h
    assert_equal "$(jq -c '[.states,.strategy,.level,.max_chain_length,.on_limit]' <<<"$output")" \
        '[0,"reference",3,5,"keyframe"]'
    run --separate-stderr -2 delta-chain init h
    assert_one_error delta-chain 'already exists'
    run -2 delta-chain init --on-limit=merge other
    [ ! -e other ]
}

@test "no chain is longer than --max-chain-length" {
    for strategy in auto dict binary reference; do
        delta-chain init -s $strategy --max-chain-length=3 $strategy
        delta-chain add --ndjson $strategy stream
        [ "$(delta-chain log --json $strategy | jq .chain | sort -n | tail -1)" -le 3 ]
    done
    # Patches of a byte or two weigh nothing beside this state: only the limit ends their chain.
    delta-chain init --max-chain-length=3 h
    for i in {0..9}; do
        printf '{"i":%d,"same":"%0999d"}\n' $i 0
    done | delta-chain add --ndjson h
    assert_equal "$(delta-chain log --json h | jq .chain | tr '\n' ' ')" "0 1 2 3 1 2 3 1 2 3 "
    assert_equal "$(delta-chain metrics --json h | jq .keyframes)" 4
}

@test "at its limit a history keeps what it was told to keep" {
    delta-chain init --max-chain-length=5 --on-limit=rebaseline r
    delta-chain add --ndjson r stream
    assert_equal "$(delta-chain get r)" "$(tail -1 stream)"
    [ "$(states r | wc -l)" -le 6 ]
    delta-chain init --max-chain-length=5 --on-limit=merge m
    delta-chain add --ndjson m stream
    assert_equal "$(delta-chain get m 0)" "$(head -1 stream)"
    assert_equal "$(delta-chain get m)" "$(tail -1 stream)"
    [ "$(states m | wc -l)" -le 7 ]
    delta-chain verify r
    delta-chain verify m
}

# ---- What is in the way --------------------------------------------------------------------------

@test "an empty file is an empty history" {
    : >h
    run -0 delta-chain log h
    assert_equal "$output" ""
    run -2 delta-chain get h
    delta-chain add h 0.json
    assert_equal "$(states h)" "$(cat 0.json)"
}

@test "a bad state leaves no file behind" {
    echo '{' >bad
    run -2 delta-chain add h bad
    [ ! -e h ]
}

@test "what is no history is refused" {
    run --separate-stderr -2 delta-chain get 0.json
    assert_one_error delta-chain 'not a history'
    run -2 delta-chain add 0.json 1.json
    assert_equal "$(cat 0.json)" '{"a":1,"b":[1,2,3],"c":"x"}'
    run --separate-stderr -2 delta-chain get missing
    assert_one_error delta-chain 'No such file'
    run -2 delta-chain get .
    run -2 delta-chain add . 0.json
}

@test "a history of a newer version is refused by name" {
    made
    # The version stands at byte 8; the header's checksum is no secret.
    cat >newer.c <<'END'
#define XXH_INLINE_ALL
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
int main(void)
{
    static unsigned char file[1 << 16];
    size_t size = fread(file, 1, sizeof file, stdin);
    for (int copy = 0; copy < 2; copy++) {
        XXH64_hash_t sum;
        file[copy * 40 + 8] = 3;
        sum = XXH3_64bits_withSeed(file + copy * 40, 32, (XXH64_hash_t)copy * 40);
        memcpy(file + copy * 40 + 32, &sum, 8);
    }
    fwrite(file, 1, size, stdout);
}
END
    ${CC:-cc} -o newer newer.c
    ./newer <h >n
    run --separate-stderr -2 delta-chain get n
    assert_one_error delta-chain 'version 3'
    run -2 delta-chain add n 0.json
}

@test "a torn tail is passed over with a warning, and made void by the next add" {
    made
    truncate -s -20 h
    run --separate-stderr -0 delta-chain log h
    [[ $stderr == *"never finished"* ]]
    before=$(stat -c %s h)
    cp h torn
    run --separate-stderr -1 delta-chain verify h
    [[ $output == *"unfinished write"* && $output != *"no damage"* ]] || fail "$output"
    delta-chain add h 0.json
    cmp -n "$before" h torn
    run --separate-stderr -0 delta-chain get h
    assert_equal "$stderr" ""
    assert_equal "$output" "$(cat 0.json)"
    run -0 delta-chain verify h
    delta-chain compact h
    run -0 delta-chain verify h
}

@test "two histories run together never read as one" {
    made
    delta-chain add other 1.json 0.json
    cat h other >both
    run --separate-stderr -0 delta-chain get both
    assert_one_error delta-chain 'invalid'
    assert_equal "$output" "$(delta-chain get h)"
    run -1 delta-chain verify both
    run --separate-stderr -0 delta-chain add both 0.json
    assert_one_error delta-chain 'invalid'
    run -0 delta-chain verify both
    assert_equal "$(delta-chain get both 1)" "$(cat 1.json)"
    assert_equal "$(delta-chain get both)" "$(cat 0.json)"
}

@test "a history in a history stays inside it" {
    delta-chain init -s none inner
    delta-chain add inner 0.json 1.json
    # As characters, which is how JSON can hold it; and raw, as bytes of a state's text.
    jq -Rs '{"history":.}' <(base64 -w0 inner) >outer.json
    python3 - <<'END' >raw.json
import json
data = open("inner", "rb").read()
print(json.dumps({"history": data.decode("latin-1")}, ensure_ascii=False))
END
    delta-chain init -s none h
    delta-chain add h outer.json raw.json 0.json
    truncate -s -10 h
    assert_equal "$(delta-chain get h 2>/dev/null | delta-diff --digest - | cut -d' ' -f1)" \
        "$(delta-diff --digest raw.json | cut -d' ' -f1)"
    run --separate-stderr -1 delta-chain verify h
    [[ $output == *"unfinished write"* ]] || fail "$output"
    assert_equal "$(wc -l <<<"$output")" 1
}

@test "damage in the middle: the rest is served, and verify names what is lost" {
    delta-chain init --max-chain-length=5 h
    delta-chain add --ndjson h stream
    cp h whole
    printf XXXX | dd of=h bs=1 seek=$(($(stat -c %s h) / 2)) conv=notrunc status=none
    run -1 delta-chain verify h
    [[ $output == *lost* || $output == *damaged* ]]
    served=0
    for i in {0..19}; do
        if delta-chain get h "$i" >got 2>err; then
            assert_equal "$(cat got)" "$(sed -n $((i + 1))p stream)"
            served=$((served + 1))
        else
            grep -q "^delta-chain: h: " err
        fi
    done
    [ "$served" -ge 14 ]
    assert_equal "$(delta-chain get h)" "$(tail -1 stream)"
}

@test "verify names the bytes of a frame that cannot be found any more, though no state needs it" {
    delta-chain init --max-chain-length=5 h
    delta-chain add --ndjson h stream
    # The keyframe in the middle: kind 2 after the mark f5 44 46 fe, the second of its kind.
    place=$(python3 -c '
data = open("h", "rb").read()
at = data.index(b"\xf5\x44\x46\xfe\x02")
at = data.index(b"\xf5\x44\x46\xfe\x02", at + 1)
print(at, at + 64 + int.from_bytes(data[at + 16 : at + 22], "little") + 16 - 1)')
    read -r first last <<<"$place"
    printf XXXX | dd of=h bs=1 seek="$first" conv=notrunc status=none
    run -1 delta-chain verify h
    assert_equal "$output" "bytes $first to $last are damaged"
    assert_equal "$(states h)" "$(cat stream)"
}

@test "a read-only file and folder" {
    made
    chmod 444 h
    assert_equal "$(delta-chain get h)" "$(cat 2.json)"
    if [ "$(id -u)" -eq 0 ]; then
        # Root may write to both; somebody else may not.
        chmod 755 . && mkdir -m 755 closed && cp h closed/h && chmod 644 closed/h
        setpriv --reuid=65534 --clear-groups true 2>/dev/null || skip "cannot become another user"
        as() { setpriv --reuid=65534 --clear-groups "$@"; }
        as test -x "$DELTA_BIN/delta-chain" -a -r "$PWD/h" || skip "another user cannot get here"
    else
        mkdir closed && cp h closed/h && chmod 644 closed/h && chmod 555 closed
        as() { "$@"; }
    fi
    run -2 as "$DELTA_BIN/delta-chain" add h 0.json
    run -2 as "$DELTA_BIN/delta-chain" compact h
    run -2 as "$DELTA_BIN/delta-chain" compact closed/h
    run -2 as "$DELTA_BIN/delta-chain" add closed/new 0.json
    run -0 as "$DELTA_BIN/delta-chain" get closed/h
    chmod 755 closed
    assert_equal "$(states h | wc -l)" 3
}

@test "a symbolic link stays one, and mode and owner stay" {
    mkdir real
    made
    mv h real/h
    ln -s real/h h
    chmod 640 real/h
    [ "$(id -u)" -ne 0 ] || chown 65534:65534 real/h
    owner=$(stat -c '%u:%g' real/h)
    delta-chain add h 0.json
    delta-chain compact h
    delta-chain rebaseline --keep=1 h
    [ -L h ]
    assert_equal "$(stat -c '%a %u:%g' real/h)" "640 $owner"
    assert_equal "$(states h | wc -l)" 2
    assert_equal "$(ls real)" h
}

@test "a full disk is an error, and the history is as it was" {
    made
    run -2 delta-chain get h 0 -o /dev/full
    cp h before
    # No more room than there is: the file cannot grow past this.
    if (ulimit -f 1 && trap '' XFSZ && delta-chain add --ndjson h stream) 2>err; then
        under_sanitizers || fail "more was written than fits"
    fi
    assert_equal "$(states h 2>/dev/null | head -3)" "$(states before)"
    delta-chain add h 0.json
    assert_equal "$(delta-chain get h)" "$(cat 0.json)"
    delta-chain verify h
}

# ---- Together ------------------------------------------------------------------------------------

@test "eight writers, readers and a compaction at once: all that was acknowledged is there, once" {
    delta-chain init h
    writer()
    {
        for n in {1..12}; do
            echo "{\"writer\":$1,\"n\":$n,\"pad\":\"0123456789\"}" >"w$1.json"
            delta-chain add h "w$1.json" 2>>errors && cat "w$1.json" >>"acknowledged.$1"
        done
    }
    reader()
    {
        while [ ! -e finished ]; do
            delta-chain get h 2>/dev/null >"r$1.json" && cat "r$1.json" >>"seen.$1"
        done
        return 0
    }
    compactor()
    {
        while [ ! -e finished ]; do
            delta-chain compact h 2>>errors || echo "compact failed" >>errors
        done
    }
    : >errors
    reader 1 & reader 2 & compactor &
    writers=()
    for w in {1..8}; do
        writer "$w" &
        writers+=($!)
    done
    wait "${writers[@]}"
    touch finished
    wait
    assert_equal "$(cat errors)" ""
    assert_equal "$(states h | sort)" "$(cat acknowledged.* | jq -cS . | sort)"
    assert_equal "$(states h | wc -l)" 96
    # Each writer's states stand in its order.
    for w in {1..8}; do
        assert_equal "$(states h | jq "select(.writer==$w).n" | tr '\n' ' ')" "$(echo {1..12}) "
    done
    # Nobody ever saw anything else.
    assert_equal "$(cat seen.* | sort -u | comm -23 - <(states h | sort))" ""
    delta-chain verify h
}

@test "a copy taken while states are added is a history" {
    delta-chain init h
    for _ in {1..20}; do cat stream; done | delta-chain add --ndjson h &
    adding=$!
    for n in {1..25}; do
        cp h "copy$n"
    done
    wait "$adding"
    for n in {1..25}; do
        run -0 delta-chain verify "copy$n"
        count=$(states "copy$n" 2>/dev/null | wc -l)
        assert_equal "$(states "copy$n" 2>/dev/null | md5sum)" "$(states h | head -"$count" | md5sum)"
        delta-chain add "copy$n" 0.json 2>/dev/null
        assert_equal "$(delta-chain get "copy$n")" "$(cat 0.json)"
    done
}

# ---- git -----------------------------------------------------------------------------------------

@test "import --git brings every version of a file, under its old name too" {
    git init -q repo
    git -C repo config user.name 'A "quoted" name'
    git -C repo config user.email a@example.org
    commit()
    {
        GIT_AUTHOR_DATE="2026-01-0$1T00:00:00Z" GIT_COMMITTER_DATE="2026-01-0$1T00:00:00Z" \
            git -C repo commit -qam "$1"
    }
    cp 0.json repo/old.json && git -C repo add . && commit 1
    cp 1.json repo/old.json && commit 2
    echo '<<<<<<< not JSON' >repo/old.json && commit 3
    cp 1.json repo/old.json && commit 4
    git -C repo mv old.json new.json && commit 5
    cp 2.json repo/new.json && commit 6
    run --separate-stderr -0 delta-chain import --git=repo h new.json
    [[ $stderr == *" skipped"* ]]
    assert_equal "$(delta-chain get h 0)" "$(cat 0.json)"
    assert_equal "$(delta-chain get h)" "$(cat 2.json)"
    assert_equal "$(delta-chain log --json h | jq -r .timestamp | head -1)" 1767225600
    assert_equal "$(delta-chain log --json h | jq -r .metadata.author | head -1)" \
        'A "quoted" name <a@example.org>'
    assert_equal "$(delta-chain log --json h | tail -1 | jq -r .metadata.commit)" \
        "$(git -C repo rev-parse HEAD)"
    # Again: nothing; after another commit: that.
    cp h before
    run -0 --separate-stderr delta-chain import -v --git=repo h new.json
    [[ $stderr == *"states were known"* ]]
    cmp h before
    count=$(states h | wc -l)
    cp 0.json repo/new.json && commit 7
    delta-chain import --git=repo h new.json
    assert_equal "$(states h | wc -l)" $((count + 1))
    assert_equal "$(delta-chain get h)" "$(cat 0.json)"
    run -2 delta-chain import --git=repo other nothing.json
    run -2 delta-chain import --git=/nonexistent other new.json
}

@test "a compacted history of many members, added in any order, is read as it was added" {
    python3 - <<'PY'
import json, random
r = random.Random(5)
state = {"k%05d" % i: i for i in range(300)}
for n in range(40):
    for _ in range(20):
        state["n%05d" % r.randrange(900)] = r.randrange(9)
        state.pop("n%05d" % r.randrange(900), None)
        state["k%05d" % r.randrange(300)] = n
    json.dump(state, open("s%02d" % n, "w"), sort_keys=True, separators=(",", ":"))
PY
    delta-chain add many.history s??
    delta-chain compact many.history
    for n in 0 1 17 38 39; do
        delta-chain get many.history "$n" >got
        assert_same_bytes got <(cat "$(printf 's%02d' "$n")"; echo)
    done
}
