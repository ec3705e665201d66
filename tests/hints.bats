# What is usual with other programs or files: one line that says what to type here.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    echo '{"a":1}' >a.json
    echo '{"a":2}' >b.json
}

@test "files that are not JSON: how to convert them" {
    printf 'a: 1\n' | tee x.yaml >x.yml
    printf '{\n"a":1 // c\n}\n' | tee x.jsonc >x.json5
    gzip -c a.json | tee x.gz >a.json.gz
    for row in 'x.yaml|yq \. x\.yaml >x\.json' 'x.yml|yq \. x\.yml >x\.json' \
        'x.jsonc|json5 x\.jsonc >x\.json' 'x.json5|json5 x\.json5 >x\.json' \
        'x.gz|zcat x\.gz >x\.json' 'a.json.gz|zcat a\.json\.gz >a\.json$'; do
        run -2 --separate-stderr delta-diff "${row%%|*}" a.json
        assert_one_error delta-diff "${row#*|}"
    done
    # what is told to type works
    zcat x.gz >x.json
    run -0 delta-diff -q x.json a.json
}

@test "several values in a file: --ndjson" {
    cat a.json b.json >both
    run -2 --separate-stderr delta-diff both a.json
    assert_one_error delta-diff '^delta-diff: both:2:1: .*--ndjson'
    run -2 --separate-stderr delta-chain add h both
    assert_one_error delta-chain '--ndjson'
    run -2 --separate-stderr delta-apply both a.json
    [[ $stderr != *--ndjson* ]]
}

@test "options of other programs: what is meant here" {
    run -2 --separate-stderr delta-diff --text a.json b.json
    assert_one_error delta-diff "use '--format=text'"
    run -2 --separate-stderr delta-diff --recursive a.json b.json
    assert_one_error delta-diff 'directories are compared without an option'
    run -2 --separate-stderr delta-diff --tset a.json b.json
    assert_one_error delta-diff "did you mean '--test'"
}

@test "-r and -u at a terminal: a record, and how to get text" {
    for letter in r u; do
        run -0 python3 - "delta-diff -$letter a.json b.json" <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
out = b""
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    out += part
print(out.decode())
PY
        [[ $output == *"-$letter makes a record; for text, leave it out"*'"format":"delta-record/1"'* ]] ||
            fail "$output"
        run -1 --separate-stderr delta-diff "-$letter" a.json b.json
        assert_equal "$stderr" ""
    done
}
