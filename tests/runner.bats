# tests/run, which `make check` runs.

load helpers

@test "a test that is missing is one clear line, and nothing is run" {
    run --separate-stderr -2 "$TOP/tests/run" "$DELTA_BIN" tests/runner.bats tests/missing.bats
    assert_equal "$stderr" "tests/run: no such test: tests/missing.bats"
    assert_equal "$output" ""
}
