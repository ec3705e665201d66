# What a program sees of the library that `make install` puts in place.

load helpers

# Everything is built once more, installed, and seen through pkg-config only.
setup_file()
{
    load helpers
    under_sanitizers && return
    export USR=$BATS_FILE_TMPDIR/usr
    make -s -j 2 -C "$TOP" BUILD="$BATS_FILE_TMPDIR/build" CFLAGS=-O1 PREFIX="$USR" install \
        >"$BATS_FILE_TMPDIR/log" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/log" >&2
        return 1
    }
    export PKG_CONFIG_PATH=$USR/lib/pkgconfig
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    under_sanitizers && skip "what is installed has no sanitizers"
    echo '{"name":"pump","limits":{"low":1,"high":9},"log":[1,2,3],"old":true}' >old.json
    echo '{"name":"pump","limits":{"low":1,"high":10},"log":[1,2,3,4],"unit":"bar"}' >new.json
}

# The sources ask for warnings as a careful user's build would.
compile()
{
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror "$@"
}

# Runs an example that was compiled, and holds what it says against what the commands say.
check_example()
{
    run -0 --separate-stderr "$1" old.json new.json
    assert_equal "$stderr" ""
    assert_equal "${lines[0]}" "strategy dict"
    assert_equal "${lines[1]}" "set 3, removed 1, other 0"
    [[ ${lines[2]} == "bytes $(delta-diff --canonical new.json | tr -d '\n' | wc -c) to "* ]]
    assert_equal "${lines[3]}" "timestamp 1700000000000000000"
    # The changes are those that the command shows.
    delta-diff -f text old.json new.json | sed '$d' | awk '{ print $2 }' >wanted || true
    printf '%s\n' "${lines[@]:4}" | sed '/^changes /,$d' >changes
    assert_equal "$(cut -d ' ' -f 2 changes)" "$(cat wanted)"
    assert_equal "$(grep -c ' bytes$' changes)" 3
    assert_equal "$(grep -x 'remove /old' changes)" "remove /old"
    printf '%s\n' "${lines[@]:4}" | sed '1,/^changes /d' >rest
    old=$(delta-diff --digest old.json | cut -d ' ' -f 1)
    new=$(delta-diff --digest new.json | cut -d ' ' -f 1)
    # There and back again.
    printf '%s\n' "old $old" "new $new" "made $new" "made $old" "records 2" | diff - rest

    run -1 --separate-stderr "$1" old.json missing.json
    assert_one_error example missing.json
    printf '{"a":1,}' >bad.json
    run -1 --separate-stderr "$1" bad.json new.json
    assert_one_error example 'bad.json:1:[78]: '
}

@test "the example, with the shared library" {
    # shellcheck disable=SC2046
    compile "$TOP/tests/example/example.c" -o example $(pkg-config --cflags --libs delta)
    export LD_LIBRARY_PATH=$USR/lib
    ldd example | grep -q "$USR/lib/libdelta.so.0"
    check_example ./example
}

@test "the example, with the archive" {
    # shellcheck disable=SC2046
    compile "$TOP/tests/example/example.c" -o example -Wl,-Bstatic \
        $(pkg-config --cflags --libs delta) -Wl,-Bdynamic \
        $(pkg-config --static --libs-only-l delta | sed 's/-ldelta//')
    ldd example >libraries
    run -1 grep libdelta libraries
    check_example ./example
}

@test "a program that holds a json_t" {
    cat >program.c <<'C'
#include <delta.h>
#include <jansson.h>
#include <stdio.h>
int main(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    json_t *json = json_pack("{s:i, s:[f, n]}", "z", 1, "a", 0.1);
    const struct delta_value *value = delta_value_from_json(arena, json, &err);
    struct delta_buf text = {0};
    if (!value || delta_write(value, DELTA_CANONICAL, 0, &text, &err))
        return 1;
    printf("%.*s\n", (int)text.length, text.data);
    json_t *again = delta_value_to_json(value, &err);
    printf("%d\n", json_equal(json, again));
    json_decref(again);
    json_decref(json);
    value = delta_read(arena, "[1e400]", 7, NULL, &err);
    printf("%d\n", delta_value_to_json(value, &err) == NULL);
    printf("%d %s\n", err.code == DELTA_ERR_UNSUPPORTED, err.pointer);
    delta_buf_free(&text);
    delta_arena_free(arena);
    return 0;
}
C
    # shellcheck disable=SC2046
    compile program.c -o program $(pkg-config --cflags --libs delta) -ljansson
    LD_LIBRARY_PATH=$USR/lib run -0 ./program
    assert_equal "$output" '{"a":[0.1,null],"z":1}
1
1
1 /0'
}

@test "the example in C++, with the shared library" {
    command -v g++ >/dev/null || skip "there is no g++"
    # shellcheck disable=SC2046
    g++ -std=c++11 -Wall -Wextra -Wpedantic -Werror "$TOP/tests/example/example.cc" -o example \
        $(pkg-config --cflags --libs delta)
    export LD_LIBRARY_PATH=$USR/lib
    check_example ./example
}
