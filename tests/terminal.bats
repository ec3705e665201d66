# What is not ours never steers a terminal: one hostile string in every place that is shown.

load helpers

# U+009B is CSI in one character, ESC begins the same, U+202E turns the direction of writing, and
# U+FFF9 hides what follows in an annotation.
HOSTILE=$(printf 'E\302\23331mX\033[31m\342\200\256\357\277\271Z')

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# harmless TEXT: it shows the hostile string, and nothing of it could act.
harmless()
{
    [[ ${1//\\[/[} == *'E\u009b31mX\u001b[31m\u202e\ufff9Z'* ]] || { echo "not shown: $1"; return 1; }
    if LC_ALL=C grep -qP '\xc2[\x80-\x9f]|\x1b|\xe2\x80\xae|\xef\xbf\xb9' <<<"$1"; then
        echo "reaches the terminal: $1" | cat -v
        return 1
    fi
}

# inert TEXT: nothing of it could act.
inert()
{
    [ -n "$1" ] || { echo "nothing is shown"; return 1; }
    if LC_ALL=C grep -qP '\xc2[\x80-\x9f]|[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|\xef\xbf\xb9|\xf3\xa0' <<<"$1"; then
        echo "reaches the terminal: $1" | cat -v
        return 1
    fi
}

@test "file names: messages and --digest" {
    run -2 delta-diff "$HOSTILE" "$HOSTILE"
    harmless "$output"
    echo 1 >"$HOSTILE"
    run -0 delta-diff --digest "$HOSTILE"
    harmless "$output"
}

@test "keys: error messages, conflict lines and text" {
    printf '{"%s":1,"%s":2}' "${HOSTILE/$'\033'/\\u001b}" "${HOSTILE/$'\033'/\\u001b}" >twice
    run -2 delta-diff twice twice
    harmless "$output"
    for n in 1 2 3; do printf '{"%s":%d}' "${HOSTILE/$'\033'/\\u001b}" $n >"$n"; done
    run -1 --separate-stderr delta-merge -3 1 2 3
    harmless "$stderr"
    run -1 delta-diff -f text 1 2
    harmless "$output"
    run -1 delta-diff --stat 1 2
    harmless "$output"
}

@test "what git says of a repository, and of a path in it" {
    run -2 delta-chain import --git="/nowhere/${HOSTILE/$'\033'/}" h a.json
    inert "$output"
    [[ $output == *'E\u009b31mX'* ]]
    git init -q "$HOSTILE"
    run -2 delta-chain import --git="$HOSTILE" h "../$HOSTILE"
    inert "$output"
    chown 4321 "$HOSTILE" || skip "an owner cannot be set"
    run -2 delta-chain import --git="$PWD/$HOSTILE" h a.json
    inert "$output"
    [[ $output == *$'\n\t'*safe.directory* ]]
}

@test "option values: messages" {
    run -2 delta-diff --ignore="$HOSTILE" a b
    harmless "$output"
    run -2 delta-diff --strategy="$HOSTILE" a b
    harmless "$output"
}

@test "metadata: log, log --json and show" {
    echo '{"a":1}' >state
    delta-chain init history state -m "by=$HOSTILE" || {
        delta-chain init history
        delta-chain add history state -m "by=$HOSTILE"
    }
    run -0 delta-chain log history
    harmless "$output"
    run -0 delta-chain log --json history
    harmless "$output"
    run -0 delta-chain show history
    harmless "$output"
}

@test "git's paths: the header of --git" {
    echo '{"a":1}' >old
    echo '{"a":2}' >new
    run -0 delta-diff --git "$HOSTILE" old 0000000 100644 new 0000000 100644
    harmless "$output"
    run -0 delta-diff --git x old 0000000 100644 new 0000000 100644 y "rename from $HOSTILE"
    harmless "$output"
}

@test "reports: keys, values, file names and metadata" {
    local key=${HOSTILE/$'\033'/\\u001b}
    mkdir old new
    printf '{"%s":[1,"%s"],"gone":"%s"}' "$key" "$key" "$key" >"old/$HOSTILE.json"
    printf '{"%s":[2,"%s."],"came":"%s"}' "$key" "$key" "$key" >"new/$HOSTILE.json"
    cp "old/$HOSTILE.json" 1
    cp "new/$HOSTILE.json" 2
    echo '{' >"new/bad$HOSTILE.json"
    for form in text changes github markdown junit sarif html; do
        run --separate-stderr delta-diff -f $form -m "by=$HOSTILE" 1 2
        [ "$status" -eq 1 ] || run --separate-stderr -1 delta-diff -f $form 1 2
        inert "$output"
        run --separate-stderr delta-diff -f $form old new
        inert "$output"
        inert "$stderr"
    done
    run delta-diff -f text --explain --ignore="/$HOSTILE" 1 2
    inert "$output"
}

@test "the same in merges and patches that do not fit" {
    local key=${HOSTILE/$'\033'/\\u001b}
    printf '{"%s":1}' "$key" >1
    printf '{"%s":2}' "$key" >2
    printf '{"%s":3}' "$key" >3
    for style in ours merge diff3; do
        # What is merged is a state, which is written as it is.
        run --separate-stderr -1 delta-merge -3 --conflict-style=$style 1 2 3
        inert "$stderr"
    done
    printf '[{"op":"test","path":"/%s","value":9}]' "$key" >patch
    run -1 delta-apply 1 patch
    harmless "$output"
    printf '[{"op":"%s","path":"/%s"}]' "$key" "$key" >patch
    run -2 delta-apply 1 patch
    inert "$output"
    printf '{"format":"%s"}' "$key" >record
    run -2 delta-apply 1 record
    inert "$output"
    delta-diff -t 0 --exit-zero -o r "$PWD/1" 2
    run delta-apply 3 r
    inert "$output"
}

@test "histories: their names, names of states, sources, keys" {
    local key=${HOSTILE/$'\033'/\\u001b}
    printf '{"k":"%s","v":1}' "$key" >1
    printf '{"k":"%s","v":2}' "$key" >2
    delta-chain add "$HOSTILE" 1 2 --source="$HOSTILE" --seq=1 2>/dev/null || delta-chain add "$HOSTILE" 1 2
    delta-chain add -q "$HOSTILE" --source="$HOSTILE" --seq=7 1 2>/dev/null ||
        delta-chain add "$HOSTILE" --source="$HOSTILE" --seq=7 1
    for verb in log 'log -p' 'log --json' 'log -f changes' show 'show -f changes' 'show --html' blame metrics \
        'metrics --json' verify name keys; do
        # shellcheck disable=SC2086 # words
        run delta-chain $verb "$HOSTILE"
        [ -z "$output" ] || inert "$output"
        # Of several each has a heading.
        # shellcheck disable=SC2086 # words
        run delta-chain $verb "$HOSTILE" "$HOSTILE"
        inert "${output:-nothing}"
    done
    run -0 delta-chain blame -f changes "$HOSTILE"
    inert "$output"
    run -1 delta-chain add "$HOSTILE" --source="$HOSTILE" --seq=7 2
    inert "$output"
    run -2 delta-chain get "$HOSTILE" "$HOSTILE"
    inert "$output"
    run -2 delta-chain name "$HOSTILE" "$HOSTILE" 0
    inert "$output"
    run -2 delta-chain import "$HOSTILE" "$HOSTILE"
    inert "$output"

    cat 1 <(echo) 2 | delta-chain add --ndjson --by=/k store
    for verb in log 'log -p' 'log -f changes' verify metrics keys; do
        # shellcheck disable=SC2086 # words
        run -0 delta-chain $verb store
        inert "$output"
    done
    run -2 delta-chain log store --key="$HOSTILE"
    inert "$output"
    run -2 delta-chain log store --key="no$HOSTILE"
    inert "$output"
    find store -name '*.history' -exec sh -c 'head -c 40 "$1" >cut && mv cut "$1"' - {} \;
    run delta-chain verify store
    [ "$status" -ne 0 ]
    inert "$output"
    run -2 delta-chain add --ndjson store 1
    inert "$output"
}

@test "what else is named: rules, conflicts, profiles, sources of git" {
    echo '{"a":1}' >1
    echo '{"a":2}' >2
    printf -- '--ignore=%s\n' "$HOSTILE" >"$HOSTILE"
    run -2 delta-diff --rules="./$HOSTILE" 1 2
    inert "$output"
    printf -- '--%s\n' "$HOSTILE" >"$HOSTILE"
    run -2 delta-diff --rules="./$HOSTILE" 1 2
    inert "$output"
    run -2 delta-diff --rules="$HOSTILE" 1 2
    inert "$output"
    run -2 delta-merge -3 --resolve="$HOSTILE" 1 2 1
    inert "$output"
    run -2 delta-diff --by="/$HOSTILE" "$HOSTILE" "no$HOSTILE"
    inert "$output"
    run -2 delta-chain "$HOSTILE" x
    inert "$output"
    run -2 delta-diff "--$HOSTILE" 1 2
    inert "$output"
    run -2 delta-diff -o "no/$HOSTILE" 1 2
    inert "$output"
}
