# What a person meets around the commands: --help, --version, installing, the source archive.

load helpers

# A copy of the sources as they are, under git, and what `make dist` makes of it, unpacked and
# built. One for the whole file, for it takes seconds.
setup_file()
{
    load helpers
    under_sanitizers && return
    export SOURCE_DATE_EPOCH=1700000000
    export TREE=$BATS_FILE_TMPDIR/tree UNPACKED=$BATS_FILE_TMPDIR/unpacked
    mkdir "$TREE" "$UNPACKED"
    tar -C "$TOP" -c cmd lib man tests scripts Makefile README.md COPYING .ci .clang-format \
        .gitignore | tar -C "$TREE" -x
    git -C "$TREE" init -q
    git -C "$TREE" add -A
    git -C "$TREE" -c user.name=x -c user.email=x@example.org commit -q -m x
    make -s -C "$TREE" dist
    tar -C "$UNPACKED" --strip-components=1 -xzf "$TREE"/build/delta-tools-*.tar.gz
    make -s -j 2 -C "$UNPACKED" CFLAGS=-O1 >"$BATS_FILE_TMPDIR/log" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/log" >&2
        return 1
    }
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

version()
{
    sed -n 's/^#define DELTA_VERSION "\(.*\)"/\1/p' "$TOP/lib/include/delta.h"
}

# ---- Every command -------------------------------------------------------------------------------

@test "there are commands" {
    [ "${#COMMANDS[@]}" -ge 2 ]
}

@test "--help and -h say how a command is used, on standard output, status 0" {
    for command in "${COMMANDS[@]}"; do
        run -0 --separate-stderr "$command" --help
        [[ $output == *"$command"* && $output == *--version* ]] || fail "$command: $output"
        assert_equal "$stderr" ""
        long=$output
        run -0 --separate-stderr "$command" -h
        assert_equal "$output" "$long"
    done
}

@test "--version and -V give the version, status 0" {
    for command in "${COMMANDS[@]}"; do
        for option in --version -V; do
            run -0 --separate-stderr "$command" "$option"
            [[ ${lines[0]} == "$command"*" $(version)" ]] || fail "$command: $output"
            assert_equal "$stderr" ""
        done
    done
}

@test "an unknown option: one line, that points to --help, status 2" {
    for command in "${COMMANDS[@]}"; do
        for option in --no-such-option -@; do
            run -2 --separate-stderr "$command" "$option"
            assert_equal "$output" ""
            assert_one_error "$command" "--help"
        done
    done
}

@test "no operands: one line, status 2" {
    for command in "${COMMANDS[@]}"; do
        run -2 --separate-stderr "$command"
        assert_equal "$output" ""
        assert_one_error "$command"
    done
}

@test "/dev/full under --help and --version: status 2, one line" {
    for command in "${COMMANDS[@]}"; do
        for option in --help --version; do
            run -2 --separate-stderr bash -c "$command $option >/dev/full"
            assert_one_error "$command"
        done
    done
}

@test "standard output that is closed: status 2, one line" {
    for command in "${COMMANDS[@]}"; do
        run -2 --separate-stderr bash -c "$command --version >&-"
        assert_one_error "$command"
    done
}

@test "every option stands in the manual page, and the page has no other" {
    for command in "${COMMANDS[@]}"; do
        "$command" --help=table | awk -F '\t' '$1 == "option" { print "--" $4 }' | sort -u >options
        [ -s options ]
        # mdoc spells --name as "Fl -name".
        grep -oE 'Fl -[a-z][a-z-]+' "$TOP/man/$command.1" | sed 's/^Fl -/--/' | sort -u >page
        diff options page
    done
}

# ---- The house -----------------------------------------------------------------------------------

@test "nothing but what belongs there stands at the top" {
    if [ -e "$TOP/.git" ]; then
        found=$(git -C "$TOP" ls-files | cut -d / -f 1 | sort -u | tr '\n' ' ')
    else
        found=$(cd "$TOP" && printf '%s\n' .[!.]* * | grep -vx build | LC_ALL=C sort | tr '\n' ' ')
    fi
    assert_equal "$found" \
        ".ci .clang-format .gitignore COPYING Makefile README.md cmd lib man scripts tests "
}

@test "the build leaves the sources alone" {
    under_sanitizers && skip "once is enough"
    run -0 git -C "$TREE" status --porcelain
    assert_equal "$output" ""
    run -0 find "$UNPACKED" -path "$UNPACKED/build" -prune -o -newer "$UNPACKED/build" -type f -print
    assert_equal "$output" ""
}

@test "libdelta.so exports delta_ names and no other; libdelta.a likewise" {
    nm -D --defined-only "$DELTA_BIN/libdelta.so" | awk '{ print $NF }' >names
    [ -s names ]
    run -1 grep -v '^delta_' names
    under_sanitizers && skip "the sanitizers add names of their own to libdelta.a"
    nm -g --defined-only "$DELTA_BIN/libdelta.a" | awk 'NF == 3 { print $NF }' >names
    [ -s names ]
    run -1 grep -v '^delta_' names
}

@test "libdelta.so needs no function of a shared libzstd; nothing is linked with a divsufsort" {
    nm -D --undefined-only "$DELTA_BIN/libdelta.so" | awk '$1 == "U" { print $2 }' >needed
    run -1 grep ZSTD_ needed
    # libdivsufsort is loaded at first use; libzstd.a has another function of that name.
    run -1 grep -x divsufsort needed
    for command in "${COMMANDS[@]}"; do
        nm "$DELTA_BIN/$command" | grep -E ' [tTU] divsufsort$' && fail "$command has one"
    done
    true
}

@test "every function that delta.h declares is exported" {
    # A declaration may break before the name.
    grep -v '^#' "$TOP/lib/include/delta.h" | tr '\n' ' ' | grep -oE 'DELTA_API [^(;]*\(' |
        sed 's/.*[ *]\(delta_[a-z0-9_]*\)(/\1/' | sort -u >declared
    [ -s declared ]
    nm -D --defined-only "$DELTA_BIN/libdelta.so" | awk '{ print $NF }' | sort -u >exported
    diff declared exported
}

@test "delta.h is a header of C and of C++ by itself" {
    for language in c c++; do
        if [ "$language" = c++ ] && ! command -v g++ >/dev/null; then
            continue
        fi
        run -0 "${CC:-cc}" -x "$language" -Wall -Wextra -Werror -fsyntax-only "$TOP/lib/include/delta.h"
    done
}

@test "install puts everything under DESTDIR and PREFIX, and uninstall takes it back" {
    under_sanitizers && skip "once is enough"
    make -s -C "$UNPACKED" CFLAGS=-O1 PREFIX=/opt/delta DESTDIR="$PWD/root" install
    (cd root && find . -type f -o -type l) | sort >installed
    {
        for command in "${COMMANDS[@]}"; do
            echo "./opt/delta/bin/$command"
            echo "./opt/delta/share/bash-completion/completions/$command"
            echo "./opt/delta/share/zsh/site-functions/_$command"
            echo "./opt/delta/share/fish/vendor_completions.d/$command.fish"
        done
        echo ./opt/delta/bin/git-delta-setup
        echo ./opt/delta/include/delta.h
        printf './opt/delta/lib/%s\n' libdelta.a libdelta.so libdelta.so.0 pkgconfig/delta.pc
        for page in "$TOP"/man/*.[1357]; do
            [ ! -e "$page" ] || echo "./opt/delta/share/man/man${page##*.}/${page##*/}"
        done
        for profile in "$TOP"/cmd/rules/*; do
            echo "./opt/delta/share/delta-tools/rules/${profile##*/}"
        done
        for recipe in "$TOP"/scripts/recipes/*; do
            echo "./opt/delta/share/delta-tools/recipes/${recipe##*/}"
        done
        for schema in "$TOP"/cmd/*/*.schema.json; do
            echo "./opt/delta/share/delta-tools/${schema##*/}"
        done
    } | sort >wanted
    diff wanted installed
    assert_equal "$(root/opt/delta/bin/delta-diff --version | head -n 1)" \
        "$(delta-diff --version | head -n 1)"

    make -s -C "$UNPACKED" CFLAGS=-O1 PREFIX=/opt/delta DESTDIR="$PWD/root" uninstall
    run -0 find root -type f -o -type l
    assert_equal "$output" ""
}

@test "a program finds the library by pkg-config, shared and static" {
    under_sanitizers && skip "once is enough"
    make -s -C "$UNPACKED" CFLAGS=-O1 PREFIX="$PWD/usr" install
    cat >program.c <<'C'
#include <delta.h>
#include <stdio.h>
/* A name of the library's own insides, which must not clash. */
int buf_append(void);
int buf_append(void) { return 0; }
int main(void)
{
    struct delta_arena *arena = delta_arena_new();
    delta_arena_free(arena);
    puts(arena ? DELTA_VERSION : "no memory");
    return buf_append();
}
C
    export PKG_CONFIG_PATH=$PWD/usr/lib/pkgconfig
    assert_equal "$(pkg-config --modversion delta)" "$(version)"
    # shellcheck disable=SC2046
    "${CC:-cc}" program.c -o shared $(pkg-config --cflags --libs delta)
    assert_equal "$(LD_LIBRARY_PATH=$PWD/usr/lib ./shared)" "$(version)"
    LD_LIBRARY_PATH=$PWD/usr/lib ldd shared | grep -q "$PWD/usr/lib/libdelta.so.0"
    rm usr/lib/libdelta.so*
    # shellcheck disable=SC2046
    "${CC:-cc}" program.c -o static $(pkg-config --static --cflags --libs delta)
    assert_equal "$(./static)" "$(version)"
}

@test "the commands are position independent, and their relocations are read-only" {
    under_sanitizers && skip "the sanitizers' build is for tests"
    for command in "${COMMANDS[@]}"; do
        readelf -hld "$DELTA_BIN/$command" >elf
        grep -q 'Type: *DYN' elf
        grep -q GNU_RELRO elf
        grep -q BIND_NOW elf
        run -1 grep 'GNU_STACK.*E' elf
    done
}

# ---- The source archive --------------------------------------------------------------------------

@test "dist makes the same bytes twice, and again from the unpacked archive" {
    under_sanitizers && skip "once is enough"
    cp "$TREE"/build/delta-tools-*.tar.gz first
    touch "$TREE"/lib/*/* "$TREE"/man
    (umask 077 && make -s -C "$TREE" dist)
    assert_same_bytes first "$TREE/build/delta-tools-$(version).tar.gz"
    make -s -C "$UNPACKED" dist
    assert_same_bytes first "$UNPACKED/build/delta-tools-$(version).tar.gz"
}

@test "dist needs neither git nor SOURCE_DATE_EPOCH in an unpacked archive" {
    under_sanitizers && skip "once is enough"
    unset SOURCE_DATE_EPOCH
    make -s -C "$UNPACKED" dist
    assert_same_bytes "$TREE/build/delta-tools-$(version).tar.gz" \
        "$UNPACKED/build/delta-tools-$(version).tar.gz"
}
