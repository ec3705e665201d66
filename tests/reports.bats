#!/usr/bin/env bats
# Reports of a comparison, to the letter: what became of each file, and how much of it is shown.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir a b
    echo '{"n":1,"l":[{"id":1},{"id":2},{"id":3}],"gone":"x"}' >a/changed.json
    echo '{"n":2,"l":[{"id":1},{"id":3},{"id":2}],"new":"<&>"}' >b/changed.json
    echo 1 | tee a/removed.json b/added.json a/same.json b/same.json >b/bad.json
    echo '{"a":}' >a/bad.json
}

@test "markdown: every outcome of a file" {
    run -2 --separate-stderr delta-diff -f markdown a b
    assert_equal "$output" '**1 file added, 1 removed, 1 changed, 1 the same, 1 unreadable**

<details><summary><code>added.json</code> added</summary></details>

<details><summary><code>bad.json</code> <b>unreadable</b>: a/bad.json:1:6: unexpected &#39;}&#39;: expected a value</summary></details>

<details><summary><code>changed.json</code> 1 added, 1 removed, 1 changed, 1 moved</summary>

```diff
- /gone  "x"
! /l/2 {id=2}  from /l/1
! /n  1 -> 2
+ /new  "<&>"
```

</details>

<details><summary><code>removed.json</code> removed</summary></details>'
}

@test "junit: every outcome of a file" {
    run -2 --separate-stderr delta-diff -f junit a b
    assert_equal "$output" '<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="delta-diff" tests="5" failures="3" errors="1">
  <testcase classname="delta-diff" name="added.json">
    <failure message="file added"></failure>
  </testcase>
  <testcase classname="delta-diff" name="bad.json">
    <error message="a/bad.json:1:6: unexpected &#39;}&#39;: expected a value"/>
  </testcase>
  <testcase classname="delta-diff" name="changed.json">
    <failure message="1 added, 1 removed, 1 changed, 1 moved">- /gone  &quot;x&quot;
&gt; /l/2 {id=2}  from /l/1
~ /n  1 -&gt; 2
+ /new  &quot;&lt;&amp;&gt;&quot;
</failure>
  </testcase>
  <testcase classname="delta-diff" name="removed.json">
    <failure message="file removed"></failure>
  </testcase>
  <testcase classname="delta-diff" name="same.json"/>
</testsuite>
</testsuites>'
}

@test "html: every outcome of a file" {
    run -2 --separate-stderr delta-diff -f html a b
    printf '%s\n' "$output" | sed -n '/^<details/,/^<.main>/p' >body
    assert_equal "$(cat body)" '<details open>
<summary><span class="n">added.json</span> <span class="counts"><span class="a" title="added">+1</span> </span> <span class="note">added</span></summary>
<div class="body"><table class="sides">
<thead><tr><th>place</th><th>old</th><th>new</th></tr></thead>
<tbody>
<tr><td><b class="a">+</b> <span class="p">(root)</span></td><td class="r"></td><td class="a">1</td></tr>
</tbody>
</table></div>
</details>
<details open>
<summary><span class="n">bad.json</span> <span class="counts"></span> <span class="note">a/bad.json:1:6: unexpected &#39;}&#39;: expected a value</span></summary>
</details>
<details open>
<summary><span class="n">changed.json</span> <span class="counts"><span class="a" title="added">+1</span> <span class="c" title="changed">~1</span> <span class="r" title="removed">-1</span> <span class="m" title="moved">&gt;1</span> </span> <span class="note"></span></summary>
<div class="body"><table class="sides">
<thead><tr><th>place</th><th>old</th><th>new</th></tr></thead>
<tbody>
<tr><td><b class="r">-</b> <span class="p">/gone</span></td><td class="r">&quot;x&quot;</td><td class="a"></td></tr>
<tr><td><b class="m">&gt;</b> <span class="p">/l/2</span> <span class="f">{id=2}</span></td><td class="f">from /l/1</td><td></td></tr>
<tr><td><b class="c">~</b> <span class="p">/n</span></td><td class="r">1</td><td class="a">2</td></tr>
<tr><td><b class="a">+</b> <span class="p">/new</span></td><td class="r"></td><td class="a">&quot;&lt;&amp;&gt;&quot;</td></tr>
</tbody>
</table></div>
</details>
<details open>
<summary><span class="n">removed.json</span> <span class="counts"><span class="r" title="removed">-1</span> </span> <span class="note">removed</span></summary>
<div class="body"><table class="sides">
<thead><tr><th>place</th><th>old</th><th>new</th></tr></thead>
<tbody>
<tr><td><b class="r">-</b> <span class="p">(root)</span></td><td class="r">1</td><td class="a"></td></tr>
</tbody>
</table></div>
</details>
</div>
</main>'
}

# Two files that differ by COUNT changes.
changes_of() {
    python3 - "$1" <<'PYTHON'
import json, sys
count = int(sys.argv[1])
for name, value in ("old.json", 1), ("new.json", 2):
    json.dump({"k%07d" % i: value for i in range(count)}, open(name, "w"))
PYTHON
}

@test "markdown and junit show whole lines of a file, up to 8 and 64 KiB" {
    for row in "markdown 8" "junit 64"; do
        read -r format most <<<"$row"
        # Lines as "~ /k0000000  1 -> 2", of 20 bytes.
        local fit=$((most * 1024 / 20))
        changes_of "$fit"
        run -1 delta-diff -f "$format" old.json new.json
        assert_equal "$(grep -c ' /k0' <<<"$output")" "$fit"
        [[ $output != *…* ]]
        changes_of $((fit + 1))
        run -1 delta-diff -f "$format" old.json new.json
        assert_equal "$(grep -c ' /k0' <<<"$output")" "$fit"
        assert_equal "$(grep -A 1 "k$(printf %07d $((fit - 1)))" <<<"$output" | tail -n 1)" …
    done
}

@test "github and sarif cut a value at 200 bytes, between characters" {
    letters() { printf '%*s' "$1" '' | tr ' ' x; }
    echo 1 >old.json
    for format in github sarif; do
        while read -r text shown; do
            printf '"%s"' "$text" >new.json
            run -1 delta-diff -f "$format" old.json new.json
            [[ ${output//\\\"/\"} == *"1 -> $shown"* ]] || fail "$text: $output"
            [[ $shown == *… || $output != *…* ]] || fail "$text: $output"
        done <<END
$(letters 198) "$(letters 198)"
$(letters 199) "$(letters 199)…
$(letters 196)é "$(letters 196)é"
$(letters 197)é "$(letters 197)é…
$(letters 198)é "$(letters 198)…
END
    done
}
