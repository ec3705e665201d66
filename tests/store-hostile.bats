#!/usr/bin/env bats
# Stores with keys that attack paths and terminals, and with files in them that are not histories.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    seq 1 5 | sed 's/.*/{"k":"k&","v":1}/' >stream
    delta-chain add --ndjson --by=/k -t 0 store stream
    echo '{"k":"k1","v":2}' >k1
    (cat k1 && echo '{"k":"k2","v":2}') >both
    one=$(cd store && ls -d ./*/k1.history)
    one=store/${one#./}
    directory=$(dirname "$one")
}

# Nothing in the text steers a terminal.
assert_no_control() {
    if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' <<<"$1"; then
        echo "reaches the terminal: $1" | cat -v
        return 1
    fi
}

# What the file or directory of one key has become is refused by readers and writers, and the other
# keys are as they were.
refused() {
    run --separate-stderr -2 timeout 10 delta-chain add --ndjson store k1
    assert_one_error delta-chain "$1"
    run --separate-stderr -2 timeout 10 delta-chain get store --key=k1
    assert_one_error delta-chain "$1"
    [ "$(delta-chain get store --key=k2)" = '{"k":"k2","v":1}' ]
}

@test "keys stay in the store, each in a file of its own, whatever they are" {
    python3 - >keys <<'END'
import json
for key in ("../x", "/etc/passwd", "", ".", "..", "a/b/../../..", "a" * 201, "a" * 5000, "new\nline", "nul\0x", "A",
            "a", "\u00c9", "\u00e9", "e\u0301", "%", "%2e", "=", "=" + "0" * 32, " ", "-", "--key", "\u202e\u009b31m",
            ".hidden", ".delta-store", "con"):
    print(json.dumps({"k": key}))
END
    touch before after
    find . ! -path './fresh*' | sort >before
    delta-chain add --ndjson --by=/k fresh keys
    find . ! -path './fresh*' | sort >after
    cmp before after
    [ "$(find fresh -name '*.history' | wc -l)" = 26 ]
    # Also where case is folded.
    [ "$(find fresh -name '*.history' | tr A-Z a-z | sort -u | wc -l)" = 26 ]
    [ -z "$(find fresh -mindepth 1 | LC_ALL=C grep -v '^fresh/\(\.delta-store\|[0-9a-f][0-9a-f]\(/[a-z0-9%=._-]*\)\?\)$')" ]
    run -0 delta-chain verify fresh
    [ "$output" = '26 keys, 26 states, no damage' ]
    run -0 delta-chain keys fresh
    [ "${#lines[@]}" -ge 25 ] # one is empty
    assert_no_control "$output"
    for key in ../x /etc/passwd '' . .. A a --key; do
        run -0 delta-chain get fresh --key="$key"
        [ "$output" = "{\"k\":\"$key\"}" ]
    done
}

@test "an empty key alone" {
    echo '{"k":""}' | delta-chain add --ndjson --by=/k fresh
    run -0 delta-chain verify fresh
    [ "$output" = '1 key, 1 state, no damage' ]
    run -0 delta-chain keys fresh
    [ "$output" = "" ]
}

@test "a history in the place of another long key is not listed under the key in it" {
    long=$(printf '%0300d' 7)
    printf '{"k":"%s","v":1}\n' "$long" >state
    delta-chain add --ndjson -t 0 store state
    delta-chain keys store >keys
    grep -qx "$long" keys
    file=$(find store -name '=*')
    mkdir -p store/00
    for name in 00000000000000000000000000000000 00112233445566778899aabbccddeeff; do
        cp "$file" "store/00/=$name.history"
    done
    for verb in keys verify "export --at=now" metrics; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr -1 delta-chain $verb store
        [ "$(grep -c '^delta-chain: store/00/=.*: the history of a key that belongs elsewhere$' <<<"$stderr")" = 2 ]
    done
    run --separate-stderr -1 delta-chain keys store
    assert_equal "$output" "$(cat keys)"
    rm -r store/00
    run -0 delta-chain verify store
}

@test "keys that are too long or not UTF-8" {
    python3 -c 'import json; print(json.dumps({"k": "x" * 70000}))' >long
    run --separate-stderr -2 delta-chain add --ndjson store long
    assert_one_error delta-chain "a key is longer than"
    printf '{"k":"\xff"}\n' >invalid
    run --separate-stderr -2 delta-chain add --ndjson store invalid
    assert_one_error delta-chain "invalid UTF-8"
    # Typed, any bytes are a key.
    delta-chain add store --key=$'\xff\n' k1
    run -0 delta-chain keys store
    assert_no_control "$output"
    run -0 delta-chain verify store
}

@test "a FIFO or a directory in the place of a history" {
    rm "$one" && mkfifo "$one"
    refused "regular file"
    run -1 delta-chain verify store
    [[ $output == *"not a regular file"* ]]
    rm "$one" && mkdir "$one"
    run --separate-stderr -2 delta-chain add --ndjson store k1
    run --separate-stderr -2 delta-chain get store --key=k1
    run -1 delta-chain verify store
}

@test "symbolic links in a store are not followed" {
    mkdir elsewhere
    mv "$one" elsewhere/x
    before=$(sha256sum <elsewhere/x)
    ln -s ../../elsewhere/x "$one"
    refused "symbolic link"
    run -1 delta-chain verify store
    rm "$one" && ln -s ../../elsewhere/new "$one"
    refused "symbolic link"
    [ ! -e elsewhere/new ]
    rm "$one" && mv elsewhere/x "$one"
    mv "$directory" elsewhere/xx
    ln -s ../elsewhere/xx "$directory"
    run --separate-stderr -2 delta-chain get store --key=k1
    run --separate-stderr -2 delta-chain add --ndjson store k1
    [ "$(sha256sum <elsewhere/xx/k1.history)" = "$before" ]
}

@test "one damaged history of many: the others take states and acknowledge them" {
    python3 - "$one" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    data = bytearray(file.read())
    data[len(data) // 2] ^= 255
    file.seek(0)
    file.write(data)
END
    before=$(sha256sum <"$one")
    run --separate-stderr -2 delta-chain add --ndjson --ack store both
    assert_one_error delta-chain "k1.history: "
    [[ $output == $'k2\t-\t1\t'* && ${#lines[@]} = 1 ]]
    [ "$(sha256sum <"$one")" = "$before" ]
    run -1 delta-chain verify store
    [ "${lines[-1]}" = '1 of 5 keys are damaged' ]
    [ "$(delta-chain get store --key=k2)" = '{"k":"k2","v":2}' ]
}

@test "files that are not of the store, and names that attack a terminal" {
    touch store/other "$directory/x.history" "$directory/"$'e\e[31m\nl.history' "$directory/K1.history"
    run -0 delta-chain verify store
    [ "$output" = '5 keys, 5 states, no damage' ]
    run -0 delta-chain keys store
    [ "${#lines[@]}" = 5 ]
    assert_no_control "$output"
}

@test "descriptions of stores that are not" {
    for text in 'x' '[]' '{}' '{"format":1}' '{"format":"delta-store/2"}' '{"format":"delta-history/1"}'; do
        echo "$text" >store/.delta-store
        run --separate-stderr -2 delta-chain keys store
        assert_one_error delta-chain ".delta-store"
    done
    # shellcheck disable=SC2028 # escapes of JSON
    echo '{"format":"delta-store/1","by":"\u001b[31m/k\u202e"}' >store/.delta-store
    run --separate-stderr -2 delta-chain add --ndjson --by=/k store both
    assert_no_control "$stderr"
    run --separate-stderr -2 delta-chain add --ndjson store both
    assert_no_control "$stderr"
    rm store/.delta-store
    run --separate-stderr -2 delta-chain keys store
}
