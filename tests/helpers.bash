# What every bats file loads:  load helpers
#
# The commands that were built come first in PATH. DELTA_BIN names their folder; `make check` and
# `make san` set it.
bats_require_minimum_version 1.5.0

: "${DELTA_BIN:=$BATS_TEST_DIRNAME/../build/release}"
DELTA_BIN=$(cd "$DELTA_BIN" && pwd)
PATH=$DELTA_BIN:$PATH
export DELTA_BIN PATH

# The top of the source tree, and the commands that exist.
TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
COMMANDS=()
for source in "$TOP"/cmd/delta-*.c; do
    [ ! -e "$source" ] || COMMANDS+=("$(basename "$source" .c)")
done

# True when the commands are built with the sanitizers, under which memory limits and preloaded
# libraries do not work.
under_sanitizers()
{
    grep -q -e -fsanitize "$DELTA_BIN/flags"
}

# Fails with a line that says what was expected and what came.
fail()
{
    printf '%s\n' "$*" >&2
    return 1
}

assert_equal()
{
    [ "$1" = "$2" ] || fail "got  : $1
want : $2"
}

# Equal files, byte for byte.
assert_same_bytes()
{
    cmp -- "$1" "$2" || fail "$1 and $2 differ"
}

# The last `run --separate-stderr` wrote exactly one line on stderr, by the command named, that
# matches an extended regular expression.
# shellcheck disable=SC2154 # `run` sets them
assert_one_error()
{
    local command=$1 pattern=${2-.}
    [ "${#stderr_lines[@]}" -eq 1 ] || fail "not one line on stderr: $stderr"
    [[ ${stderr_lines[0]} == "$command: "* ]] || fail "no \"$command: \" before: $stderr"
    [[ ${stderr_lines[0]} =~ $pattern ]] || fail "$pattern does not match: $stderr"
}
