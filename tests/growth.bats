# Work that grows faster than its input: a few of the cases of `make growth`, that once did.
load helpers

setup()
{
    if under_sanitizers; then skip "instructions of the sanitizers count too"; fi
}

grows_as_its_input()
{
    run -0 "$TOP/scripts/growth" -j1 -k "$1" "$DELTA_BIN"
    [[ $output != *skipped* ]] || skip "there is no valgrind"
    [[ $output == *"1 cases, 0 of them"* ]] || fail "$output"
}

@test "numbers by value, and patterns, in arrays in arrays" {
    grows_as_its_input "diff --numeric: arrays in arrays"
    grows_as_its_input "diff --only: uneven arrays of objects"
}

@test "masks that select, and many rules" {
    grows_as_its_input "diff --mask [m=v]: arrays in arrays"
    grows_as_its_input "rules /k{i}/**/x{i}"
    grows_as_its_input "rules /*/l/[m=v{i}]"
}

@test "a three-way merge with insertions of both at one place" {
    grows_as_its_input "merge -3: at one place"
}

@test "a block of many members" {
    grows_as_its_input "block of many members"
}

@test "a three-way merge by a pattern that selects by a value, of objects in objects" {
    grows_as_its_input "merge -3 --prefer [m=v]: objects in objects"
}

@test "merges of arrays in arrays whose elements both sides changed" {
    grows_as_its_input "merge -3: elements with ids"
    grows_as_its_input "concurrent --base: elements with ids"
}

@test "text of arrays in arrays, whose labels need the keys of each" {
    grows_as_its_input "diff text: elements with ids"
}
