# The manual pages: what their examples show is what the commands do.
#
# In the literal displays of a page's EXAMPLES, a line that begins with "$ " is a command, and the
# lines after it are what it writes, on standard output and standard error. A line of output that
# ends in a backslash goes on with the next. The commands of a page run in one shell, in a folder of
# their own, in order. Displays without such a line are not run.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# The examples of a page, a line each: its number, "command" or "output", the text.
examples()
{
    awk '
    /^\.Sh / { inside = $2 == "EXAMPLES" }
    /^\.Bd .*-literal/ { literal = inside; command = 0; next }
    /^\.Ed/ { literal = 0; next }
    !literal || /^\.\\"/ { next }
    {
        text = $0
        sub(/^\\&/, "", text)
        gsub(/\\\(aq/, "\047", text); gsub(/\\\(dq/, "\"", text); gsub(/\\\(ga/, "`", text)
        gsub(/\\\(ti/, "~", text); gsub(/\\\(ha/, "^", text); gsub(/\\-/, "-", text)
        gsub(/\\\[u2026\]/, "\342\200\246", text)
        gsub(/\\e/, "\\", text)
    }
    text ~ /^\$ / { command = 1; print FNR "\tcommand\t" substr(text, 3); next }
    command { print FNR "\toutput\t" text }
    ' "$1"
}

# Runs `$1` in this shell, its output in the file `got`, and holds that against the file `want`.
run_example()
{
    eval "$1" >"$SHOWN/got" 2>&1 || :
    cmp -s "$SHOWN/got" "$SHOWN/want" || {
        echo "$2: $1"
        diff "$SHOWN/want" "$SHOWN/got" | cat -A
        return 1
    } >&2
}

# Runs all examples of a page; prints how many.
run_examples()
{
    local number kind text command='' place='' count=0
    SHOWN=$(mktemp -d "$BATS_TEST_TMPDIR/shown.XXXXXX")
    examples "$1" >"$SHOWN/examples"
    while IFS=$'\t' read -r number kind text; do
        if [ "$kind" = output ]; then
            case $text in
            *\\) printf %s "${text%\\}" ;;
            *) printf '%s\n' "$text" ;;
            esac >>"$SHOWN/want"
            continue
        fi
        [ -z "$command" ] || run_example "$command" "$1:$place" || return
        : >"$SHOWN/want"
        command=$text
        place=$number
        count=$((count + 1))
    done <"$SHOWN/examples"
    [ -z "$command" ] || run_example "$command" "$1:$place" || return
    echo "$count"
}

# In the folder $2, so that pages do not see each other's files.
check_page()
{
    mkdir -p "$2" && cd "$2" || return
    run_examples "$1"
}

@test "the examples of every page do what the page shows" {
    unset SOURCE_DATE_EPOCH
    for page in "$TOP"/man/*.[1357]; do
        count=$(check_page "$page" "$PWD/$(basename "$page")")
        ! grep -q '^\.Sh EXAMPLES' "$page" || [ "${page##*.}" != 1 ] || [ "$count" -gt 0 ] ||
            fail "$page: no example can be run"
    done
}

@test "every command has its page, and every page of section 1 its command" {
    for command in "${COMMANDS[@]}"; do
        [ -e "$TOP/man/$command.1" ] || fail "no page for $command"
    done
    for page in "$TOP"/man/*.1; do
        name=$(basename "$page" .1)
        [ -e "$TOP/cmd/$name.c" ] || [ -x "$TOP/scripts/$name" ] || fail "no command for $page"
    done
}

@test "each option's letter stands in the entry of its name" {
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table | awk -F '\t' '$1 == "option" && $3 != "" { print $3, $4 }' |
            sort -u >options
        while read -r letter name; do
            grep -qE "^\.It Fl $letter .*Fl -$name( |$)" "$TOP/man/$command.1" ||
                fail "$command.1: no entry for -$letter, --$name"
        done <options
    done
}

@test "every choice's words stand in the page" {
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table | awk -F '\t' '$1 == "option" { print $7 }' | tr ' ' '\n' |
            sort -u | sed '/^$/d' >words
        while read -r word; do
            grep -qE "^\.(It )?Cm (.* )?$word( |$)" "$TOP/man/$command.1" ||
                fail "$command.1: no Cm for the word $word"
        done <words
    done
}

@test "libdelta(3) declares what delta.h declares" {
    sed -e '/^#/d' -e 's|//.*||' "$TOP/lib/include/delta.h" | tr '\n' ' ' | sed 's|/\*|\n&|g' |
        sed 's|/\*.*\*/||' | tr '\n' ' ' | grep -oE 'DELTA_API [^;{]*;' |
        sed -E 's/DELTA_API //; s/ *DELTA_PRINTF[(][^)]*[)]//; s/;//; s/ +/ /g; s/ \(/(/' | sed -E 's/\* (delta_)/*\1/' |
        sort >declared
    [ "$(wc -l <declared)" -gt 10 ]
    awk '
    /^\.Ft / { type = $0; sub(/^\.Ft /, "", type); gsub(/"/, "", type) }
    /^\.Fo / { text = type (type ~ /\*$/ ? "" : " ") $2 "("; comma = "" }
    /^\.Fa / && text != "" {
        part = $0; sub(/^\.Fa /, "", part); gsub(/"/, "", part); text = text comma part; comma = ", "
    }
    /^\.Fc/ { print text ")"; text = "" }
    ' "$TOP/man/libdelta.3" | sort >shown
    diff declared shown
}

@test "libdelta(3) says something of each function" {
    sed -n '/^\.Sh DESCRIPTION/,$p' "$TOP/man/libdelta.3" | grep -oE 'delta_[a-z0-9_]+' |
        sort -u >described
    grep -oE '^\.Fo delta_[a-z0-9_]+' "$TOP/man/libdelta.3" | cut -d ' ' -f 2 | sort -u >shown
    assert_equal "$(comm -23 shown described)" ""
}

@test "the program in libdelta(3) compiles without a warning and does what it is for" {
    under_sanitizers && skip "the library needs the sanitizers' own flags"
    awk '/^#include <delta.h>/ { on = 1 } /^\.Ed/ { on = 0 } on' "$TOP/man/libdelta.3" |
        sed 's/\\e/\\/g' >example.c
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I"$TOP/lib/include" example.c -o example \
        "$DELTA_BIN/libdelta.so" -Wl,-rpath,"$DELTA_BIN"
    echo '{"key1":"value1","key2":42}' >old.json
    echo '{"key1":"value1","key3":"new_value"}' >new.json
    run -0 ./example old.json new.json
    assert_equal "$output" "73 bytes for 36: equal"
    run -2 ./example old.json missing.json
}

@test "every page has its sections" {
    for page in "$TOP"/man/*.[1357]; do
        for section in NAME DESCRIPTION 'SEE ALSO'; do
            grep -qx "\.Sh $section" "$page" || fail "$page: no $section"
        done
        [ "${page##*.}" != 1 ] || for section in SYNOPSIS 'EXIT STATUS' EXAMPLES; do
            grep -qx "\.Sh $section" "$page" || fail "$page: no $section"
        done
    done
}

@test "pages name only pages that there are" {
    for page in "$TOP"/man/*.[1357]; do
        grep -oE '^\.Xr (delta-[a-z]+|libdelta) [0-9]' "$page" | while read -r _ name section; do
            [ -e "$TOP/man/$name.$section" ] || fail "$page: there is no $name($section)"
        done
    done
}

@test "mandoc has nothing to say about the pages" {
    command -v mandoc >/dev/null || skip "mandoc is not installed"
    run -0 mandoc -T lint -W warning "$TOP"/man/*.[1357]
    assert_equal "$output" ""
}
