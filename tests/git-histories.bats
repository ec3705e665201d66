# Random git histories, merged with the merge driver and without. RANDOM_HISTORIES=500 is the full count,
# which prints the conflicts of both; RANDOM_SEED is another seed than 1.

load helpers

@test "two branches over three files: no change is lost, and no conflict is invisible" {
    command -v python3 >/dev/null || skip "no python3"
    git merge-tree -h 2>&1 | grep -q write-tree || skip "git merge-tree --write-tree needs git 2.38"
    python3 "$BATS_TEST_DIRNAME/random/histories.py" "${RANDOM_HISTORIES:-20}" "${RANDOM_SEED:-1}"
}
