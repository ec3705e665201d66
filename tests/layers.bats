# scripts/layers, which `make lint` runs: what it must find when it is planted.

load helpers

setup()
{
    under_sanitizers && skip "once is enough"
    cd "$BATS_TEST_TMPDIR" || return
    cp -r "$TOP/lib" "$TOP/cmd" "$TOP/scripts" .
    mkdir build
    (cd "$DELTA_BIN" && find lib cmd -name '*.o' -print0 | xargs -0 cp --parents -t "$OLDPWD/build")
}

# Compiles a module again after its source was changed.
compile()
{
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -fvisibility=hidden -Ilib -Ilib/include -c "$1.c" -o "build/$1.o"
}

compile_command()
{
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Icmd -Ilib/include -c "$1.c" -o "build/$1.o"
}

# What is found is this line and no other.
assert_found()
{
    run -1 scripts/layers build
    assert_equal "$output" "$1"
}

@test "the tree has no fault" {
    run -0 scripts/layers build
    assert_equal "$output" ""
}

@test "an include of a higher group" {
    echo '#include "history/scan.h"' >>lib/json/value.c
    assert_found "lib/json/value.c: json/value uses history/scan: json may not use history"
}

@test "an include of a module that comes later in its group" {
    echo '#include "json/pointer.h"' >>lib/json/number.c
    assert_found "lib/json/number.c: json/number uses json/pointer, which comes after it in lib/GROUPS"
}

@test "a call of a higher group without an include" {
    cat >>lib/json/number.c <<'C'
int text_write(void);
int number_planted(void);
int number_planted(void) { return text_write(); }
C
    compile lib/json/number
    assert_found "lib/json/number.c: text_write: json/number uses view/text: json may not use view"
}

@test "a circle in cmd, by include" {
    echo '#include "cli/cli.h"' >>cmd/cli/memory.h
    run -1 scripts/layers build
    [[ $output == *"cmd: a circle: "*"cli/memory"* ]]
}

@test "a circle in cmd, by a call" {
    cat >>cmd/chain/git.c <<'C'
extern const int chain_import_options[];
const int *git_planted(void);
const int *git_planted(void) { return chain_import_options; }
C
    compile_command cmd/chain/git
    assert_found "cmd: a circle: chain/git -> chain/import -> chain/git"
}

@test "a header of the library in cmd" {
    echo '#include "json/value.h"' >>cmd/chain/git.c
    assert_found "cmd/chain/git.c: includes json/value.h, which is not a header of cmd"
}

@test "a module that is not in lib/GROUPS" {
    echo 'int planted;' >lib/json/planted.c
    assert_found "lib/json/planted.c: not in lib/GROUPS"
}

@test "a declaration that no other file uses" {
    local kind
    for kind in 'int number_planted(int x);' 'static inline int number_planted(int x) { return x; }' \
        'extern const char number_planted[4];' '#define number_planted 7' \
        'typedef int number_planted(void *context);' \
        'void number_planted(const char *format, ...) DELTA_PRINTF(1, 2);'; do
        cp "$TOP/lib/json/number.h" lib/json/number.h
        sed -i "s|^#endif|$kind\n&|" lib/json/number.h
        assert_found "lib/json/number.h: number_planted is used by no other file"
    done
    # Its own source and a comment elsewhere do not count.
    echo 'int number_planted(int x) { return number_planted(x); }' >>lib/json/number.c
    echo '/* number_planted */' >>lib/json/value.c
    assert_found "lib/json/number.h: number_planted is used by no other file"
    echo 'int (*planted)(int) = number_planted;' >>lib/json/value.c
    run -0 scripts/layers build
}

@test "an export that is not listed, and a listed one that is not exported" {
    cat >>lib/json/number.c <<'C'
__attribute__((visibility("default"))) int delta_planted(void);
int delta_planted(void) { return 0; }
C
    compile lib/json/number
    assert_found "lib/delta.map: delta_planted is exported, but not listed
lib/include/delta.h: delta_planted is exported, but not declared"
    sed -i 's/^ *delta_apply;/&\n    delta_planted;\n    delta_missing;/' lib/delta.map
    assert_found "lib/delta.map: delta_missing is listed, but not exported
lib/include/delta.h: delta_planted is exported, but not declared"
}
