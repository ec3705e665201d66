load helpers

# Random inputs against other tools and the laws. RANDOM_MERGES=20000 is the full count; RANDOM_SEED is
# another seed than 1.

@test "three-way merges: as git merge-file merges, or a conflict; and the laws" {
    command -v git >/dev/null || skip "no git"
    command -v python3 >/dev/null || skip "no python3"
    python3 "$BATS_TEST_DIRNAME/random/merges.py" "${RANDOM_MERGES:-1000}" "${RANDOM_SEED:-1}"
}

# RANDOM_LAYOUTS=2000 is the full count.
@test "in-place edits and merges in ten layouts: every byte outside of the change is the old one" {
    command -v python3 >/dev/null || skip "no python3"
    python3 "$BATS_TEST_DIRNAME/random/layouts.py" "${RANDOM_LAYOUTS:-200}" "${RANDOM_SEED:-1}"
}

# RANDOM_SPACES=5000 is the full count.
@test "merges and edits of texts with spaces anywhere lead to the values of the canonical forms" {
    command -v python3 >/dev/null || skip "no python3"
    python3 "$BATS_TEST_DIRNAME/random/spaces.py" "${RANDOM_SPACES:-200}" "${RANDOM_SEED:-1}"
}
