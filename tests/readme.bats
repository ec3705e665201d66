# The README: what its examples show is what the commands do.
#
# In a fenced block, a line that begins with "$ " is a command, and the lines after it up to the next
# are what it writes, on standard output and standard error. All commands run in one shell, in order,
# in a folder of their own.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    unset SOURCE_DATE_EPOCH
}

# The examples, a line each: its number, "command" or "output", the text.
examples()
{
    awk '
    /^```/ { fenced = !fenced; command = 0; next }
    !fenced { next }
    /^\$ / { command = 1; print FNR "\tcommand\t" substr($0, 3); next }
    command { print FNR "\toutput\t" $0 }
    ' "$TOP/README.md"
}

# Runs the command `$1` of line `$2`, and holds what it writes against the file `want`.
run_example()
{
    eval "$1" >got 2>&1 || :
    cmp -s got want || {
        echo "README.md:$2: $1"
        diff want got
        return 1
    } >&2
}

@test "the examples of the README do what it shows" {
    command -v jq >/dev/null || skip "no jq"
    command -v git >/dev/null || skip "no git"
    local number kind text command='' place='' count=0
    examples >examples
    while IFS=$'\t' read -r number kind text; do
        if [ "$kind" = output ]; then
            printf '%s\n' "$text" >>want
            continue
        fi
        [ -z "$command" ] || run_example "$command" "$place" || return
        : >want
        command=$text place=$number count=$((count + 1))
    done <examples
    run_example "$command" "$place"
    [ "$count" -gt 20 ] || fail "only $count examples were found"
}

@test "the step for CI tells drift by its status, and its text by what changed" {
    local line
    line=$(sed -n 's/^  run: \(delta-diff .*\)$/\1/p' "$TOP/README.md")
    mkdir expected live
    echo '{"port":80,"db":{"password":"old"},"generatedAt":1}' >expected/app.json
    echo '{"port":80,"db":{"password":"old"},"generatedAt":2}' >live/app.json
    run -0 sh -ec "$line"
    echo '{"port":81,"db":{"password":"secret"},"generatedAt":3}' >live/app.json
    run -1 sh -ec "$line"
    [[ $output == *'file=live/app.json,line=1::'*'/port'*'80'*'81'* && $output != *secret* ]] || fail "$output"
}

@test "the README names only files and targets that there are" {
    local name
    for name in $(grep -oE '\b(scripts|man|tests|lib|cmd)/[A-Za-z0-9_.-]+' "$TOP/README.md" | sort -u); do
        [ -e "$TOP/$name" ] || [ -e "$TOP/${name%.}" ] || fail "no $name"
    done
    for name in $(grep -oE '`make [a-z]+' "$TOP/README.md" | cut -c7- | sort -u); do
        grep -qE "^($name|\.PHONY:.* $name)\b" "$TOP/Makefile" || fail "no target $name"
    done
}

@test "the pictures of the README are small, light and dark, and show what delta-diff prints" {
    local name theme
    BUILD="$DELTA_BIN" run -0 "$TOP/scripts/pictures" pictures text
    for theme in light dark; do
        cmp "pictures/text-$theme.svg" "$TOP/man/pictures/text-$theme.svg"
        grep -q "man/pictures/text-$theme.svg" "$TOP/README.md"
        grep -q "man/pictures/history-$theme.png" "$TOP/README.md"
    done
    for name in "$TOP"/man/pictures/*; do
        [ "$(stat -c %s "$name")" -lt 65536 ] || fail "$name is too large"
    done
    [ "$(wc -l <"$TOP/README.md")" -le 220 ]
}
