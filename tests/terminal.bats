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
