# What shells offer after the commands' names.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    MADE=$DELTA_BIN/completions
}

# A history of three states.
make_history()
{
    for n in 0 1 2; do echo "{\"n\":$n}"; done | delta-chain add --ndjson h.history
}

# What bash offers for the last of these words, sorted, on one line. Words are as readline splits
# them: --name=word is three. What is left to readline itself shows as nothing.
offered()
{
    bash --norc -c '
        source "$0"
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        function=$(complete -p "$1" | sed "s/.*-F \([^ ]*\) .*/\1/")
        "$function"
        printf "%s\n" "${COMPREPLY[@]}"
    ' "$MADE/bash/$1" "$@" | LC_ALL=C sort | tr '\n' ' ' | sed 's/^ *//; s/ $//'
}

# ---- bash ----------------------------------------------------------------------------------------

@test "every command has completions for each shell" {
    for command in "${COMMANDS[@]}"; do
        [ -s "$MADE/bash/$command" ] && bash -n "$MADE/bash/$command"
        [ -s "$MADE/zsh/_$command" ]
        [ -s "$MADE/fish/$command.fish" ]
    done
}

@test "bash: every option that a command has, and no other" {
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table >table
        for name in "$command" $(sed -nE "s/^command\t$command ([a-z-]+)\t.*/\1/p" table); do
            [ "$name" = "$command" ] || name="$command $name"
            awk -F '\t' -v name="$name" '$1 == "option" && $2 == name {
                print "--" $4 ($5 == "required" ? "=" : "")
            }' table | LC_ALL=C sort | tr '\n' ' ' >wanted
            # shellcheck disable=SC2086
            assert_equal "$(offered $name --)" "$(sed 's/ $//' wanted)"
        done
    done
}

@test "bash: the words of a choice, in each way to give it" {
    all="auto binary compress dict none reference"
    assert_equal "$(offered delta-diff --strategy '')" "$all"
    assert_equal "$(offered delta-diff -s '')" "$all"
    assert_equal "$(offered delta-diff --strategy =)" "$all"
    assert_equal "$(offered delta-diff --strategy = bi)" binary
    assert_equal "$(offered delta-diff --canonical -s bi)" binary
    # "=" may be no word break.
    assert_equal "$(offered delta-diff --strategy=bi)" --strategy=binary
}

@test "bash: an optional argument is attached or none" {
    assert_equal "$(offered delta-diff --report =)" "json text"
    assert_equal "$(offered delta-diff --report '')" ""
    assert_equal "$(offered delta-diff --report --can)" --canonical
}

@test "bash: nothing for free text, files for the rest" {
    assert_equal "$(offered delta-diff --timestamp '')" ""
    assert_equal "$(offered delta-diff --output '')" ""
    assert_equal "$(offered delta-diff '')" ""
    assert_equal "$(offered delta-diff -- --c)" ""
    assert_equal "$(offered delta-diff -)" ""
}

@test "bash: an argument that looks like an option is one no more" {
    assert_equal "$(offered delta-diff --output --canonical --dig)" --digest
    assert_equal "$(offered delta-diff --output = -- --dig)" --digest
}

@test "bash: verbs, and the options of each" {
    assert_equal "$(offered delta-chain re)" rebaseline
    assert_equal "$(offered delta-chain -o out sq)" squash
    [[ " $(offered delta-chain '') " == *" add add-delta blame clear "* ]]
    assert_equal "$(offered delta-chain add --exp)" --expect-tip=
    assert_equal "$(offered delta-chain get --exp)" ""
}

@test "bash: revisions where a verb takes them" {
    make_history
    assert_equal "$(offered delta-chain get h.history '')" "0 1 2 tip tip~1"
    assert_equal "$(offered delta-chain diff h.history 0 t)" "tip tip~1"
    assert_equal "$(offered delta-chain squash h.history 0..)" "0..0 0..1 0..2 0..tip 0..tip~1"
    assert_equal "$(offered delta-chain get no.history '')" "tip tip~1"
    assert_equal "$(offered delta-chain add h.history '')" ""
    assert_equal "$(offered delta-chain get '')" ""
}

# ---- In a shell that a person types into ---------------------------------------------------------

# Runs a shell on a pseudo-terminal, types the lines of standard input, "<TAB>" for the key, and
# prints what the command was called with. The command is one that writes that down.
typed()
{
    mkdir -p stubs
    for command in "${COMMANDS[@]}"; do
        printf '#!/bin/sh\necho "${0##*/} $*" >>%q\n' "$PWD/called" >"stubs/$command"
        chmod +x "stubs/$command"
    done
    : >called
    # A pause before the first line, for the shell to start, and after each key that it acts on.
    HOME=$PWD HISTFILE= TERM=dumb PATH=$PWD/stubs:$PATH python3 - "$@" <<'PY'
import os, pty, select, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
def settle(calm):
    while select.select([terminal], [], [], calm)[0]:
        try:
            if not os.read(terminal, 65536):
                return
        except OSError:
            return
for line in open("lines"):
    settle(1)
    for piece in line.replace("<TAB>", "\t|").split("|"):
        os.write(terminal, piece.encode())
        settle(0.3)
os.write(terminal, b"exit\n")
settle(1)
os.close(terminal)
os.waitpid(pid, 0)
PY
    cat called
}

@test "bash, typed" {
    touch 'a file.json'
    cat >lines <<LINES
source $MADE/bash/delta-diff
delta-diff --strat<TAB>bin<TAB>--rep<TAB> -o a<TAB> a<TAB>
LINES
    run -0 typed bash --norc -i
    assert_equal "$output" "delta-diff --strategy=binary --report -o a file.json a file.json"
}

@test "bash, typed, found by bash-completion" {
    loader=/usr/share/bash-completion/bash_completion
    [ -e "$loader" ] || skip "bash-completion is not installed"
    mkdir -p .local/share/bash-completion
    ln -s "$MADE/bash" .local/share/bash-completion/completions
    cat >lines <<LINES
source $loader
delta-apply --any<TAB> --form<TAB>bs<TAB>
LINES
    run -0 typed bash --norc -i
    assert_equal "$output" "delta-apply --any-base --format=bsdiff"
}

@test "zsh: syntax, and typed" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    for command in "${COMMANDS[@]}"; do
        zsh -n "$MADE/zsh/_$command"
    done
    make_history
    cat >lines <<LINES
fpath=($MADE/zsh \$fpath); autoload -Uz compinit; compinit -u -D
delta-diff --strat<TAB>bin<TAB>--can<TAB>-f bs<TAB>
delta-chain rebas<TAB>--he<TAB>
delta-chain get h.<TAB>tip~<TAB>
LINES
    run -0 typed zsh -f -i
    assert_equal "$output" "delta-diff --strategy=binary --canonical -f bsdiff
delta-chain rebaseline --help
delta-chain log h.history
delta-chain get h.history tip~1"
}

@test "fish: syntax, and what is offered" {
    command -v fish >/dev/null || skip "fish is not installed"
    for command in "${COMMANDS[@]}"; do
        fish -n "$MADE/fish/$command.fish"
    done
    make_history
    export HOME=$PWD
    fish_offers()
    {
        fish --no-config -c "source $MADE/fish/${1%% *}.fish; complete -C '$1'" | cut -f 1 |
            LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
    }
    assert_equal "$(fish_offers 'delta-diff --strategy ')" "auto binary compress dict none reference"
    assert_equal "$(fish_offers 'delta-diff --strategy=bi')" --strategy=binary
    assert_equal "$(fish_offers 'delta-diff h.')" h.history
    assert_equal "$(fish_offers 'delta-chain rebas')" rebaseline
    assert_equal "$(fish_offers 'delta-chain add --exp')" --expect-tip
    assert_equal "$(fish_offers 'delta-chain get --exp')" ""
    [[ " $(fish_offers 'delta-chain get h.history ') " == *" 0 1 2 "*" tip tip~1 " ]]
}
