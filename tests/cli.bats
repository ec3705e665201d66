# What all commands have in common beyond --help and --version: cmd/cli.c seen from outside.
# A command with verbs is tried with each of them.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

# Every command, and every verb of one: "delta-diff", "delta-chain add".
each_command()
{
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table | awk -F '\t' '$1 == "command" { print $2 }'
    done
}

@test "--help fits 80 columns and a screen" {
    each_command >names
    [ "$(wc -l <names)" -ge "${#COMMANDS[@]}" ]
    while read -r -a words; do
        "${words[@]}" --help >help
        awk -v name="${words[*]}" 'length > 80 { print name ": " $0 }' help >long
        assert_equal "$(cat long)" ""
        height=$(wc -l <help)
        [ "$height" -le 64 ] || fail "${words[*]} --help has $height lines"
    done <names
}

@test "--help=table gives what --help shows, in fields" {
    each_command >names
    while read -r -a words; do
        "${words[0]}" --help=table | awk -F '\t' -v name="${words[*]}" '
            $1 != "command" && $1 != "option" { exit 1 }
            $1 == "option" && NF != 8 { exit 1 }
            $1 == "option" && $5 !~ /^(none|optional|required)$/ { exit 1 }
            $1 == "option" && ($5 == "none") != ($6 == "") { exit 1 }
            $1 == "option" && $2 == name { print "--" $4 }' | sort -u >table
        "${words[@]}" --help | sed -nE 's/^  (-., |    )(--[a-z][a-z-]*).*/\2/p' | sort -u >help
        [ -s help ]
        diff table help
    done <names
}

@test "--help has each heading once, and no option that has no effect" {
    each_command >names
    while read -r -a words; do
        "${words[@]}" --help | grep -E '^[A-Z][A-Za-z ]*:$' | sort | uniq -d >twice
        assert_equal "${words[*]}: $(cat twice)" "${words[*]}: "
    done <names
    delta-chain get --help | grep -q -- '--key=KEY'
    for verb in keys sync; do
        delta-chain "$verb" --help >help
        run -1 grep -e --key help
        run -2 --separate-stderr delta-chain "$verb" one two --key=k
        [[ $stderr == *"unknown option '--key'; '"* ]]
    done
}

@test "no letter and no name stands for two options" {
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table >table
        awk -F '\t' '$1 == "option" && $3 != "" { print $2 " -" $3 }' table | sort | uniq -d >twice
        awk -F '\t' '$1 == "option" { print $2 " --" $4 }' table | sort | uniq -d >>twice
        assert_equal "$(cat twice)" ""
    done
}

@test "a misspelt option: the right one is named, status 2" {
    each_command >names
    while read -r -a words; do
        run -2 --separate-stderr "${words[@]}" --versoin
        assert_equal "$output" ""
        assert_one_error "${words[0]}" "unknown option '--versoin'; did you mean '--version'\?"
        run -2 --separate-stderr "${words[@]}" --colour=never
        assert_one_error "${words[0]}" "did you mean '--color'\?"
    done <names
}

@test "a misspelt verb: the right one is named, status 2" {
    for command in "${COMMANDS[@]}"; do
        verb=$("$command" --help=table | sed -nE "s/^command\t$command ([a-z-]+)\t.*/\1/p" | tail -n 1)
        [ -n "$verb" ] || continue
        run -2 --separate-stderr "$command" "${verb}x" file
        assert_one_error "$command" "unknown verb '${verb}x'; did you mean '$verb'\?"
        run -2 --separate-stderr "$command" foo file # two letters of `log` are others
        assert_one_error "$command" "unknown verb 'foo' \(see"
    done
}

@test "an argument too much, one too few, a word that is none: one line, status 2" {
    for command in "${COMMANDS[@]}"; do
        run -2 --separate-stderr "$command" --verbose=yes
        assert_one_error "$command" "'--verbose' takes no argument"
        run -2 --separate-stderr "$command" --output
        assert_one_error "$command" "'--output' requires an argument: FILE"
        run -2 --separate-stderr "$command" --color=allways
        assert_one_error "$command" "auto, always or never.; did you mean 'always'\?"
        run -2 --separate-stderr "$command" --ver
        assert_one_error "$command" "'--ver': .*'--version'"
        run -2 --separate-stderr "$command" --help=me
        assert_one_error "$command" "'table'"
    done
}

@test "a choice with a word it does not have: the words are listed, status 2" {
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table | awk -F '\t' '$1 == "option" && $7 != "" { print $2 "\t" $4 }' >choices
        while IFS=$'\t' read -r name option; do
            read -r -a words <<<"$name"
            run -2 --separate-stderr "${words[@]}" "--$option=no-such-word"
            assert_one_error "$command" "--$option: invalid value 'no-such-word' .expected .* or "
        done <choices
    done
}

@test "control characters in what is typed do not reach the terminal" {
    for command in "${COMMANDS[@]}"; do
        run -2 --separate-stderr "$command" $'--no-such\e[31moption\n'
        assert_one_error "$command" '\\u001b\[31m'
    done
}

@test "--help and --version: a reader that leaves is no error to report" {
    for command in "${COMMANDS[@]}"; do
        run --separate-stderr bash -c "$command --help | true"
        assert_equal "$stderr" ""
    done
}

@test "--help goes to standard output whatever -o says" {
    for command in "${COMMANDS[@]}"; do
        run -0 --separate-stderr "$command" -o file --help
        [[ $output == Usage:* ]]
        [ ! -e file ]
    done
}

@test "a closed standard input and standard error do no harm" {
    for command in "${COMMANDS[@]}"; do
        run -0 --separate-stderr bash -c "$command --version <&- 2>&-"
        [ "${#lines[@]}" -ge 1 ]
        run -2 --separate-stderr bash -c "$command --no-such-option 2>&-"
        assert_equal "$output" ""
    done
}

@test "a command that is killed while it writes leaves the file as it was, and nothing beside it" {
    python3 -c 'import os; os.close(os.open(".", os.O_TMPFILE | os.O_RDWR))' 2>/dev/null ||
        skip "this file system has no files without names"
    mkdir folder
    echo old >folder/out
    mkfifo states
    delta-diff --ndjson -o folder/out states &
    exec 7>states
    echo '{"a":1}' >&7
    # It has begun once it holds a file in the folder open.
    for _ in {1..200}; do
        ls -l "/proc/$!/fd" 2>/dev/null | grep -q "$PWD/folder/" && break
        sleep 0.05
    done
    ls -l "/proc/$!/fd" | grep -q "$PWD/folder/"
    kill -KILL $!
    wait $! || true
    exec 7>&-
    assert_equal "$(ls -A folder)" out
    assert_equal "$(cat folder/out)" old
}
