# The Debian packages that `make package` makes.

load helpers

setup_file()
{
    load helpers
    under_sanitizers && return
    export SOURCE_DATE_EPOCH=1700000000
    export PACKAGES=$BATS_FILE_TMPDIR/build/package
    for tool in dpkg-deb dpkg-shlibdeps dpkg-architecture; do
        command -v "$tool" >/dev/null || return 0
    done
    make -s -C "$TOP" BUILD="$BATS_FILE_TMPDIR/build" CFLAGS=-O1 package \
        >"$BATS_FILE_TMPDIR/made" 2>"$BATS_FILE_TMPDIR/log" || {
        cat "$BATS_FILE_TMPDIR/log" >&2
        return 1
    }
}

setup()
{
    under_sanitizers && skip "once is enough"
    [ -e "$BATS_FILE_TMPDIR/made" ] || skip "dpkg-deb or dpkg-dev is not installed"
    cd "$BATS_TEST_TMPDIR" || return
    VERSION=$(sed -n 's/^#define DELTA_VERSION "\(.*\)"/\1/p' "$TOP/lib/include/delta.h")
    ARCHITECTURE=$(dpkg-architecture -qDEB_HOST_ARCH)
    LIBRARIES=usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
}

deb()
{
    echo "$PACKAGES/$1_${VERSION}_$ARCHITECTURE.deb"
}

@test "three packages, named one a line, and nothing on standard error" {
    { deb libdelta0; deb libdelta-dev; deb delta-tools; } >wanted
    diff wanted "$BATS_FILE_TMPDIR/made"
    [ ! -s "$BATS_FILE_TMPDIR/log" ] || fail "$(cat "$BATS_FILE_TMPDIR/log")"
    while read -r file; do
        [ -s "$file" ]
    done <wanted
}

@test "lintian finds no error" {
    command -v lintian >/dev/null || skip "lintian is not installed"
    run -0 lintian --fail-on error "$PACKAGES"/*.deb
}

@test "together they hold what make install puts in place" {
    make -s -C "$TOP" BUILD="$PACKAGES/build" CFLAGS=-O1 LIBS='$(SHARED_LIBS)' PREFIX=/usr \
        LIBDIR="/$LIBRARIES" DESTDIR="$PWD/all" install
    (cd all && find . ! -type d) | sort >wanted
    for package in libdelta0 libdelta-dev delta-tools; do
        dpkg-deb -x "$(deb $package)" root
    done
    rm -r root/usr/share/doc
    (cd root && find . ! -type d) | sed '/share\/man/s/\.gz$//' | sort >found
    diff wanted found
}

@test "what is unpacked works, and needs the packages that are named" {
    for package in libdelta0 libdelta-dev delta-tools; do
        dpkg-deb -x "$(deb $package)" root
        dpkg-deb -e "$(deb $package)" "$package"
        (cd root && md5sum --quiet -c "../$package/md5sums")
    done
    for command in "${COMMANDS[@]}"; do
        assert_equal "$("root/usr/bin/$command" --version)" "$("$command" --version)"
    done
    echo '{"a":1}' >old.json
    echo '{"a":[2]}' >new.json
    root/usr/bin/delta-diff -z old.json new.json >record || [ $? -eq 1 ]
    assert_equal "$(root/usr/bin/delta-apply old.json record)" '{"a":[2]}'

    export PKG_CONFIG_PATH=$PWD/root/$LIBRARIES/pkgconfig PKG_CONFIG_SYSROOT_DIR=$PWD/root
    # shellcheck disable=SC2046
    "${CC:-cc}" "$TOP/tests/example/example.c" -o example $(pkg-config --cflags --libs delta)
    LD_LIBRARY_PATH=root/$LIBRARIES ./example old.json new.json

    for library in bz2-1.0 divsufsort3 jansson4 utf8proc2; do
        grep "^Depends:.*lib$library" libdelta0/control
        grep "^Depends:.*lib$library" delta-tools/control
    done
    grep "^Depends: libdelta0 (= $VERSION)" libdelta-dev/control
    # A program that is built with it will depend on it.
    assert_equal "$(cat libdelta0/shlibs)" "libdelta 0 libdelta0 (>= $VERSION)"
    nm -D --defined-only "root/$LIBRARIES/libdelta.so.0" | awk '{ print $NF "@Base" }' | sort >exported
    sed 1d libdelta0/symbols | awk '{ print $1 }' | sort | diff exported -
}

@test "the same sources give the same bytes" {
    cp "$PACKAGES"/*.deb .
    (umask 077 && make -s -C "$TOP" BUILD="$BATS_FILE_TMPDIR/build" CFLAGS=-O1 package) >made
    for package in *.deb; do
        assert_same_bytes "$package" "$PACKAGES/$package"
    done
}
