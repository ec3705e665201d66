# delta-chain show --html: one page that needs nothing, and that no state can break out of.
# Parsed with Python's html.parser; where there is chromium, opened in it without a window.

load helpers

setup_file()
{
    load helpers
    cd "$BATS_FILE_TMPDIR" || return
    python3 - >states.ndjson <<'PYTHON'
import json
mark = "document.documentElement.dataset.owned=1"
one = {
    f"</script><script>{mark}</script>": 1,
    f"<img src=x onerror={mark}>": f"\"'><svg onload={mark}>",
    "__proto__": {"polluted": True}, "constructor": {"prototype": 1}, "hasOwnProperty": 2,
    "c\0\1\x1b[31mred\x1b[m\x7f\x9b": "\0\x1b]0;x\7", "sep\u2028\u2029": "\u2028",
    "bidi\u202e": "\u202egnp.exe\u2066", "": "empty key",
    "a/b~c  two  spaces {name=x}": "q", "<!--": "--> ]]> <![CDATA[", "&lt;&amp;": "&#60;&#62;",
    "arr": [{"name": "</pre></details><h1>x"}, {"id": "\" onclick=\"x"}],
    "lines": "<b>one</b>\n</pre>two\n", "url": "https://example.org/a?b=1&c=2",
    "javascript:alert(1)": f"data:text/html,<script>{mark}</script>",
    "big": "x" * 300000, "k" * 50000: "y", "\ud800lone": "\udfff alone",
}
two = {k: v + "</style><style>*{}" if isinstance(v, str) else v for k, v in one.items()}
two["big"] = "z" * 10 + one["big"]
two["arr"] = list(reversed(one["arr"])) + ["<script>"]
two["lines"] = "<b>one</b>\n</pre>2\n</details>\n"
del two[""]
for state in ({}, one, two, [], "</title>", None):
    print(json.dumps(state))
PYTHON
    export HOSTILE="$BATS_FILE_TMPDIR/<h1> & \"'.chain"
    delta-chain add --ndjson "$HOSTILE" states.ndjson -t 1000000000 \
        -m 'note=</summary><script>x</script>' -m '<i>k"=v'
    delta-chain show --html "$HOSTILE" >hostile.html

    # Something quiet: a number that is set, a list that grows.
    export QUIET=$BATS_FILE_TMPDIR/quiet.chain
    for i in $(seq 0 9); do
        printf '{"n":%d,"list":[%s0],"same":true}\n' "$i" "$(printf '7,%.0s' $(seq 0 "$i"))"
    done >quiet.ndjson
    delta-chain add --ndjson "$QUIET" quiet.ndjson -t 2026-11-22T10:00:00.25Z -m author=jane
    delta-chain show --html "$QUIET" >quiet.html
    # Where a snap's wrapper or a sandbox keeps it from starting, it is not there for us.
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null && browse "$name" about:blank >/dev/null; then
            export BROWSER=$name
            break
        fi
    done
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    PAGES=$BATS_FILE_TMPDIR
}

# Opens a page in browser $1, lets its scripts run, and prints what it then is; what the console got
# is in `console`.
browse()
{
    local status=0
    timeout 60 "$1" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
        --user-data-dir="$PWD/profile" \
        --virtual-time-budget=5000 --enable-logging=stderr --dump-dom "$2" 2>log || status=$?
    grep CONSOLE log >console || true
    return "$status"
}

need_browser()
{
    [ -n "${BROWSER-}" ] || skip "no chromium that starts"
}

# What stands between the tags: "#0 ... first".
words()
{
    python3 -c '
import html.parser, sys
class Text(html.parser.HTMLParser):
    def handle_data(self, data):
        print(data, end="")
Text().feed(open(sys.argv[1], encoding="utf-8").read())' "$1"
}

# Every element ends where it should, no attribute is a handler, nothing refers to elsewhere, and no
# character is there that cannot be seen.
check_page()
{
    python3 - "$1" "${2-1}" <<'PYTHON'
import html.parser, json, re, sys, unicodedata

class Page(html.parser.HTMLParser):
    open = []
    ids = set()
    links = set()
    scripts = 0
    def handle_starttag(self, tag, attributes):
        allowed = set("""html head meta title style body header main section h1 h2 p dl div dt dd
            small time svg path text rect a span b table thead tbody tr th td code input button
            output details summary pre i script""".split())
        assert tag in allowed, tag
        self.data = tag == "script" and ("type", "application/json") in attributes
        self.scripts += tag == "script" and not self.data
        for name, value in attributes:
            where = self.getpos(), tag, name, value
            assert not name.startswith("on") and name not in ("src", "style", "srcdoc"), where
            assert name != "type" or value in ("button", "search", "application/json"), where
            assert name != "href" or re.fullmatch(r"#r\d+", value), where
            if name == "href":
                self.links.add(value[1:])
            if name == "id":
                assert value not in self.ids, where
                self.ids.add(value)
        if tag not in ("meta", "input"):
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (self.getpos(), tag)
    def handle_comment(self, data):
        assert False, data
    def handle_data(self, data):
        if self.open and self.open[-1] == "script" and self.data:
            assert isinstance(json.loads(data), list) and "<" not in data
        elif self.open and self.open[-1] in ("script", "style"):
            assert not re.search(r"https?:|//[a-z]|url\(|@import|import\s*\(|fetch|eval", data)

text = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(text)
page.close()
assert page.open == [], page.open
assert page.scripts == int(sys.argv[2])
assert page.links <= page.ids, page.links - page.ids
unseen = {hex(ord(c)) for c in text
          if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\n"}
assert not unseen, unseen
PYTHON
}

@test "a page of hostile states is well formed, and refers to nothing outside itself" {
    check_page "$PAGES/hostile.html"
    grep -F '<title>&lt;h1&gt; &amp; &quot;&#39;.chain</title>' "$PAGES/hostile.html"
}

@test "the check of pages sees what it looks for" {
    for bad in '<img src=x>' '<script></script>' '<p onclick="x">' '<a href="https://example.org">' \
        '</div>' '<div>' $'\xe2\x80\xae' $'\e' '<!-- -->' '<style>@import "x"</style>'; do
        sed "s|</main>|$bad</main>|" "$PAGES/quiet.html" >bad.html
        run ! check_page bad.html
    done
    check_page "$PAGES/quiet.html"
}

@test "the policy names the style and the script, and nothing else may run or load" {
    run -0 grep -c 'http-equiv="Content-Security-Policy"' "$PAGES/hostile.html"
    assert_equal "$output" 1
    python3 - "$PAGES/hostile.html" <<'PYTHON'
import base64, hashlib, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
assert parts["default-src"] == "'none'", parts
assert text.index("Content-Security-Policy") < text.index("<style")
for tag in "style", "script":
    body = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    assert parts[tag + "-src"] == f"'sha256-{digest}'", (tag, parts)
PYTHON
}

@test "each revision tells its time, size, metadata and changes" {
    words "$PAGES/quiet.html" >text
    grep -F '#3 2026-11-22 10:00:00.25 UTC' text
    grep -F 'author: jane' text
    grep -F '~ /n  2 -> 3' text
    grep -F '+ /list/3  7' text
    grep -F "$(delta-chain get "$QUIET" 3 | delta-diff --digest - | cut -c 1-32)" text
    grep -cE '^~ /n ' text >count
    assert_equal "$(cat count)" 9
}

@test "the places that change most stand first, indices as *" {
    words "$PAGES/quiet.html" | grep -xE '/.*[0-9]' >places
    assert_equal "$(cat places)" $'/list/*99\n/n99'
}

@test "the timeline is to scale: sizes as a line, changes as bars, times below" {
    local day=20
    for state in '{"n":0}' '{"n":1}' '{"a":"12345678901234567890","b":2,"n":1}'; do
        echo "$state" | delta-chain add -t "2026-11-${day}T10:00:00Z" -m who=jane scale.chain -
        day=$((day + 1))
    done
    delta-chain name scale.chain v1 1
    delta-chain show --html scale.chain >scale.html
    grep -oE '<(path|rect|text|title) ?[^<]*' scale.html >drawn
    grep -vE '^<rect (class="hit"|width)|^<path class="grid"' drawn >seen
    # Of 136 points' height for 40 bytes 7 take 23.8, of 68 for two changes one takes 34.
    assert_equal "$(cat seen)" '<title>scale.chain
<text x="62" y="18.0" text-anchor="end">40 B
<text x="62" y="86.0" text-anchor="end">20 B
<text x="62" y="154.0" text-anchor="end">0 B
<text x="62" y="250.0" text-anchor="end">0
<text x="62" y="182.0" text-anchor="end">2
<text class="name" x="70" y="170">changes
<path class="area" d="M70.0 150V126.2H376.7V126.2H683.3V14.0H990.0V150Z"/>
<path class="band" d=""/>
<path class="line" d="M70.0 126.2H376.7V126.2H683.3V14.0H990.0"/>
<rect class="c" x="517.0" y="212.0" width="26.0" height="34.0"/>
<rect class="a" x="823.7" y="178.0" width="26.0" height="68.0"/>
<text class="start" x="70.0" y="264" text-anchor="start">2026-11-20 10:00:00 UTC
<text class="middle" x="530.0" y="264" text-anchor="middle">2026-11-21 10:00:00 UTC
<text class="end" x="990.0" y="264" text-anchor="end">2026-11-22 10:00:00 UTC
<title>#0, 2026-11-20 10:00:00 UTC, 7 B
<title>#1, 2026-11-21 10:00:00 UTC, 7 B, 1 changed
<title>#2, 2026-11-22 10:00:00 UTC, 40 B, 2 added'
    words scale.html >text
    grep -Fx '2026-11-20 10:00:00 UTC to 2026-11-22 10:00:00 UTC' text
    grep -F '#1 2026-11-21 10:00:00 UTC 7 B ~1  v1 who: jane' text
    grep -F '"i":1,"t":1795255200,"s":7,' scale.html | grep -F '"n":"v1 {\"who\":\"jane\"}"'

    # Sizes that are much alike are not shown from nothing.
    for n in 90 95 100; do
        printf '{"n":"%*s"}\n' $n x | delta-chain add alike.chain -
    done
    delta-chain show --html alike.chain | grep -oE '[0-9]+ B</text>' >marks
    assert_equal "$(cat marks)" $'108 B</text>\n102 B</text>\n96 B</text>'
}

@test "an end that cannot be read: the page says from where" {
    cp "$QUIET" bad.chain
    python3 - <<'PYTHON'
data = bytearray(open("bad.chain", "rb").read())
at, last = 80, None
while at < len(data):
    last, at = at, at + 80 + int.from_bytes(data[at + 16:at + 22], "little")
data[last + 66] ^= 1
open("bad.chain", "wb").write(data)
PYTHON
    run -0 --separate-stderr delta-chain show --html -o bad.html bad.chain
    assert_one_error delta-chain "skipped: the last good state is"
    words bad.html | grep -F "States may be missing at the end: bad.chain: the last $(delta-chain verify bad.chain 2>&1 | sed 's/^the last //')"
}

@test "the same history makes the same page" {
    delta-chain show --html "$QUIET" >again.html
    assert_same_bytes again.html "$PAGES/quiet.html"
}

@test "values, lines and places of any length are cut, and the page says so" {
    [ "$(wc -c <"$PAGES/hostile.html")" -lt 100000 ]
    words "$PAGES/hostile.html" | grep -E 'k{200,}… [0-9]+ bytes more'
    python3 -c '
import json
print("{}"); print(json.dumps({"k%d" % i: i for i in range(1000)}))' >many.ndjson
    delta-chain add --ndjson many.chain many.ndjson
    delta-chain show --html many.chain >many.html
    words many.html | grep -F '800 lines more: delta-chain show HISTORY 1'
    words many.html | grep -F '+1000'
}

@test "a long history: the timeline is whole, the newest revisions are told, a range others" {
    python3 -c '
for i in range(3000): print("{\"n\":%d}" % i)' >long.ndjson
    delta-chain add --ndjson long.chain long.ndjson
    delta-chain show --html long.chain >long.html
    check_page long.html
    words long.html >text
    grep -F '#2500 to #2999 of 3000 states' text
    grep -F '#0…6, ' text
    grep -F '#2996…2999, ' text
    grep -F '/n29992999' text
    assert_equal "$(grep -c '<details>' long.html)" 500
    delta-chain show --html long.chain 7..1007 >range.html
    check_page range.html
    assert_equal "$(grep -c '<details>' range.html)" 1000
    grep -F '#8 to #1007 of 3000 states' range.html
    delta-chain show --html long.chain 5 >one.html
    assert_equal "$(grep -c '<details>' one.html)" 1
}

@test "a page of long revisions ends at 8 MiB of them, and says where" {
    python3 -c '
for i in range(400):
    print("{%s}" % ",".join("\"%d\":\"%d%s\"" % (k, i, "y" * 110) for k in range(200)))' >wide.ndjson
    delta-chain add --ndjson wide.chain wide.ndjson
    delta-chain show --html wide.chain >wide.html
    size=$(wc -c <wide.html) told=$(grep -c '<details>' wide.html)
    [ "$size" -gt $((7 << 20)) ] && [ "$size" -lt $((10 << 20)) ] || fail "$size bytes"
    [ "$told" -gt 50 ] && [ "$told" -lt 400 ] || fail "$told revisions"
    grep -F "#$((400 - told)) to #399 of 400 states" wide.html
    check_page wide.html
}

@test "a history without states makes a page that says so; with one state likewise" {
    : >empty.chain
    delta-chain show --html empty.chain >empty.html
    check_page empty.html
    words empty.html | grep -F 'No state has been added yet.'
    echo 1 | delta-chain add one.chain -
    delta-chain show --html one.chain >one.html
    check_page one.html
    words one.html | grep -F 'Nothing has changed.'
}

@test "a damaged history: the page is whole and says which states are lost, status 2" {
    cp "$QUIET" damaged.chain
    # More than one frame, for a state may stand in two.
    head -c 500 /dev/zero | tr '\0' X | dd of=damaged.chain bs=1 seek=700 conv=notrunc status=none
    run -1 delta-chain verify damaged.chain
    lost=$(grep -c '^state .* is lost' <<<"$output")
    [ "$lost" -ge 1 ]
    run -2 --separate-stderr delta-chain show --html -o damaged.html damaged.chain
    assert_one_error delta-chain "$lost of 10 states cannot be read"
    check_page damaged.html
    assert_equal "$(grep -c '<span class="r">cannot be read' damaged.html)" "$lost"
    words damaged.html | grep -F 'cannot be read: the file is damaged'
}

@test "/dev/full: status 2" {
    run -2 --separate-stderr bash -c 'delta-chain show --html "$QUIET" >/dev/full'
    assert_one_error delta-chain
}

# ---- In a browser --------------------------------------------------------------------------------

@test "in a browser: the script runs, nothing of the states does, and the console stays empty" {
    need_browser
    cp "$PAGES/hostile.html" page.html
    browse "$BROWSER" "file://$PWD/page.html" >dom
    grep -F 'data-script="ran"' dom
    run ! grep -F 'data-owned' dom
    assert_equal "$(cat console)" ""
}

@test "in a browser: another script is refused, and the console tells" {
    need_browser
    sed 's|</body>|<script>document.documentElement.dataset.owned=1</script>&|' \
        "$PAGES/quiet.html" >page.html
    browse "$BROWSER" "file://$PWD/page.html" >dom
    grep -F 'data-script="ran"' dom
    run ! grep -F 'data-owned="' dom
    grep -F 'Content Security Policy' console
}

@test "in a browser: a link to a revision opens it" {
    need_browser
    cp "$PAGES/quiet.html" page.html
    browse "$BROWSER" "file://$PWD/page.html#r4" >dom
    assert_equal "$(grep -c '<details open' dom)" 1
    grep -A 1 '<details open' dom | grep -F '#4'
}

# A script of the test stands in for the hand; without the policy, so that it may run.
@test "in a browser: timeline, places, filter and keys do what they say" {
    need_browser
    cat >hand.js <<'SCRIPT'
"use strict";
const said = [];
const say = (what, is) => said.push(what + ": " + is);
const opened = () => Array.from(document.querySelectorAll("details"))
    .filter((one) => one.open).map((one) => one.querySelector(".n").textContent).join(" ");
const shown = () => Array.from(document.querySelectorAll("details"))
    .filter((one) => !one.hidden).length;
const svg = document.querySelector("#timeline svg");
const key = (name) => svg.dispatchEvent(new KeyboardEvent("keydown", { key: name }));
const filter = document.getElementById("filter");
const type = (text) => {
    filter.value = text;
    filter.dispatchEvent(new Event("input"));
};
svg.focus();
say("at the tip", svg.getAttribute("aria-valuetext"));
key("ArrowLeft");
key("ArrowLeft");
say("two to the left", document.getElementById("readout").textContent);
key("Enter");
say("opened by Enter", opened());
svg.querySelectorAll(".hit")[2].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
say("opened by a click too", opened());
document.getElementById("close").click();
say("closed", opened());
document.querySelector("#places button").click();
say("place", filter.value + " " + shown() + " " + document.getElementById("found").textContent);
type("/n");
say("/n", shown());
type("8 -> 9");
say("text", shown());
type("/nowhere");
say("nowhere", shown());
document.getElementById("open").click();
say("what is hidden stays closed", opened());
location.hash = "#r6";
window.addEventListener("hashchange", () => {
    say("named", opened() + " of " + shown());
    document.body.textContent = "SAID\n" + said.join("\n") + "\nDONE\n";
});
SCRIPT
    python3 - "$PAGES/quiet.html" >page.html <<'PYTHON'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
text = re.sub(r"<meta http-equiv[^>]*>", "", text)
print(text.replace("</body>", "<script>" + open("hand.js").read() + "</script></body>"))
PYTHON
    browse "$BROWSER" "file://$PWD/page.html" >dom
    assert_equal "$(cat console)" ""
    time="2026-11-22 10:00:00.25 UTC"
    assert_equal "$(sed -n '/SAID/,/DONE/p' dom | sed '1d; $d; s/&gt;/>/g')" \
        "at the tip: #9, $time, 50 B, 1 added, 1 changed
two to the left: #7, $time, 46 B, 1 added, 1 changed
opened by Enter: #7
opened by a click too: #7 #2
closed: 
place: /list/* 9 9 of 10
/n: 9
text: 1
nowhere: 0
what is hidden stays closed: 
named: #6 of 10"
}

@test "a page of 5,000 revisions is under 2 MB and knows them all" {
    python3 -c '
for i in range(5000): print("{\"n\":%d,\"m\":{\"a\":%d,\"b\":\"%s\"}}" % (i, i // 7, "x" * (i % 50)))' >long.ndjson
    delta-chain add --ndjson -t 1700000000 long.chain long.ndjson
    delta-chain show --html long.chain >long.html
    check_page long.html
    [ "$(wc -c <long.html)" -lt 2000000 ]
    python3 - long.html <<'PYTHON'
import json, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
rows = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
assert [row["i"] for row in rows] == list(range(4999, -1, -1))
assert rows[0]["c"][-1] == ["~", "/n", "4998", "4999"], rows[0]
assert "c" not in rows[-1]
PYTHON
}

@test "in a browser: older revisions, who set a place, two side by side, keys, links by digest" {
    need_browser
    for i in $(seq 0 1199); do
        echo "{\"n\":$i,\"o\":{\"tens\":$((i / 10))},\"list\":[$((i % 3)),1]}"
    done >states
    delta-chain add --ndjson -t 1700000000 h states
    delta-chain name h v1 1195
    delta-chain show --html h >page
    digest=$(delta-chain log --json h 123 | jq -r .digest)
    cat >hand.js <<'SCRIPT'
"use strict";
const said = [];
const say = (what, is) => said.push(what + ": " + is);
const key = (name) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const all = () => document.querySelectorAll("#revisions > details");
const panel = document.getElementById("panel"), filter = document.getElementById("filter");
const cells = () => Array.from(panel.querySelectorAll("tr")).slice(1).map((row) =>
    Array.from(row.children).map((one) => one.textContent).join(" ")).join(", ");
say("built", all().length + " " + document.getElementById("older").textContent);
say("name", document.querySelector(".tag").closest("details").querySelector(".n").textContent);
key("/");
say("focus", document.activeElement.id);
filter.value = "/o/tens";
filter.dispatchEvent(new Event("input"));
say("found", document.getElementById("found").textContent);
key("Escape");
say("cleared", filter.value + document.activeElement.tagName);
document.querySelector("pre .p").closest("pre").querySelectorAll(".p")[1].click();
say("place", panel.querySelector("h3").firstChild.textContent + " " + panel.querySelector("p").textContent);
say("set", cells().slice(0, 42));
key("Escape");
say("closed", panel.hidden);
key("j");
key("c");
key("j");
key("j");
key("c");
say("sides", panel.querySelector("h3").firstChild.textContent + cells());
say("marked", Array.from(document.querySelectorAll(".marked .n"), (one) => one.textContent).join(" "));
document.getElementById("older").click();
say("more", Array.from(all()).every((one, i, list) => !i || list[i - 1].querySelector(".body").id.slice(1) * 1 >
    one.querySelector(".body").id.slice(1) * 1) + " " + (all().length > 1000));
location.hash = "#dDIGEST";
window.addEventListener("hashchange", () => {
    const open = Array.from(all()).filter((one) => one.open);
    say("linked", open.map((one) => one.querySelector(".n").textContent).join(" "));
    setTimeout(() => {
        say("link", open[0].querySelector(".tools a").getAttribute("href").slice(0, 8));
        document.body.textContent = "SAID\n" + said.join("\n") + "\nDONE\n";
    }, 100);
});
SCRIPT
    python3 - "$digest" >page.html <<'PYTHON'
import re, sys
text = open("page", encoding="utf-8").read()
text = re.sub(r"<meta http-equiv[^>]*>", "", text)
hand = open("hand.js").read().replace("DIGEST", sys.argv[1])
print(text.replace("</body>", "<script>" + hand + "</script></body>"))
PYTHON
    browse "$BROWSER" "file://$PWD/page.html" >dom
    assert_equal "$(cat console)" ""
    assert_equal "$(sed -n '/SAID/,/DONE/p' dom | sed '1d; $d; s/&gt;/>/g')" \
        "built: 500 Show 500 of 700 older
name: #1195
focus: filter
found: 119 of 1200
cleared: BODY
place: /n Set last by #1199; 1199 changes since #0.
set: #1199 2023-11-14 22:13:20 UTC ~ /n 1198 11
closed: true
sides: #1197 and #1199/list/0 0 2, /n 1197 1199
marked: #1199 #1197
more: true true
linked: #123
link: #d${digest:0:6}"
}

@test "delta-diff -f html: two states side by side, well formed whatever they hold" {
    sed -n 2p "$BATS_FILE_TMPDIR/states.ndjson" >o.json
    sed -n 3p "$BATS_FILE_TMPDIR/states.ndjson" >n.json
    run -1 delta-diff -o page.html -f html o.json n.json
    check_page page.html
    words page.html | grep -F '/lines'
    [ "$(wc -c <page.html)" -lt 60000 ]
    echo '{"a":[{"id":1,"v":2},{"id":2}],"c":1}' >o.json
    echo '{"a":[{"id":2},{"id":1,"v":3}],"d":{"e":[]}}' >n.json
    run -1 delta-diff -f html o.json n.json
    python3 - "$output" >rows <<'PYTHON'
import html.parser, sys
class Rows(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        print(end="|" if tag == "td" else "\n" if tag in ("tr", "script") else "")
    def handle_data(self, data):
        print(end=data.strip("\n"))
Rows().feed(sys.argv[1])
PYTHON
    assert_equal "$(sed -n 's/^|//p' rows)" '> /a/1 {id=1}|from /a/0|
~ /a/1/v {id=1}|2|3
- /c|1|
+ /d||{"e":[]}'
    # Directories, files that cannot be read, and states that are the same.
    mkdir a b
    cp o.json a/x.json
    cp n.json b/x.json
    echo '{' >b/bad.json
    run -2 --separate-stderr delta-diff -o page.html -f html a b
    check_page page.html
    words page.html | grep -F '1 file changed, 1 unreadable'
    run -0 delta-diff -f html o.json o.json
    printf '%s\n' "$output" >page.html
    check_page page.html
}

@test "delta-diff -f html: filtered by place or text, by hand and by keys" {
    need_browser
    echo '{"a":[{"id":1,"v":2},{"id":2,"v":2}],"ab":1,"c":"old text","w":[1]}' >o.json
    echo '{"a":[{"id":1,"v":3},{"id":2,"v":4}],"ab":2,"c":"new TEXT","w":[1,2]}' >n.json
    run -1 delta-diff -o made.html -f html o.json n.json
    cat >hand.js <<'SCRIPT'
"use strict";
const said = [];
const key = (name) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const filter = document.getElementById("filter"), found = document.getElementById("found");
const shown = () => Array.from(document.querySelectorAll("tbody tr:not([hidden]) .p"), (p) => p.textContent).join(" ");
const by = (wanted) => {
    filter.value = wanted;
    filter.dispatchEvent(new Event("input"));
    said.push(wanted + ": " + shown() + ", " + found.textContent);
};
said.push("hidden: " + document.getElementById("controls").hidden);
key("/");
said.push("focus: " + document.activeElement.id);
for (const wanted of ["/a", "/a/", "/a/*/v", "/a/1/v", "/nowhere", "text", ""])
    by(wanted);
document.querySelectorAll(".p")[1].click();
said.push("click: " + shown());
key("Escape");
said.push("cleared: " + shown() + document.activeElement.tagName);
key("j");
key("j");
said.push("marked: " + document.querySelector("tr.marked .p").textContent);
key("k");
said.push("marked: " + document.querySelector("tr.marked .p").textContent);
document.body.textContent = "SAID\n" + said.join("\n") + "\nDONE\n";
SCRIPT
    python3 - >page.html <<'PYTHON'
import re
text = re.sub(r"<meta http-equiv[^>]*>", "", open("made.html", encoding="utf-8").read())
print(text.replace("</body>", "<script>" + open("hand.js").read() + "</script></body>"))
PYTHON
    browse "$BROWSER" "file://$PWD/page.html" >dom
    assert_equal "$(cat console)" ""
    assert_equal "$(sed -n '/SAID/,/DONE/p' dom | sed '1d; $d')" \
        "hidden: false
focus: filter
/a: /a/0/v /a/1/v /ab, 3 of 5
/a/: /a/0/v /a/1/v, 2 of 5
/a/*/v: /a/0/v /a/1/v, 2 of 5
/a/1/v: /a/1/v, 1 of 5
/nowhere: , 0 of 5
text: /c, 1 of 5
: /a/0/v /a/1/v /ab /c /w/1, 
click: /a/1/v
cleared: /a/0/v /a/1/v /ab /c /w/1BODY
marked: /a/1/v
marked: /a/0/v"
    # With its policy, too, the script runs.
    browse "$BROWSER" "file://$PWD/made.html" >dom
    assert_equal "$(cat console)" ""
    grep -q 'data-script="ran"' dom
}

@test "filters: only what counts, and masked values nowhere" {
    for i in $(seq 0 9); do
        echo "{\"n\":$((i / 3)),\"noise\":$i,\"secret\":\"word$((i / 5))\"}"
    done >states
    delta-chain add --ndjson h states
    delta-chain show --html --ignore=/noise --mask=/secret h >page.html
    check_page page.html
    run ! grep -F word page.html
    run ! grep -F /noise page.html
    assert_equal "$(grep -c '<details>' page.html)" 5
    words page.html | grep -F '/secret11'
    python3 - page.html <<'PYTHON'
import json, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
rows = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
assert [row["i"] for row in rows] == [9, 6, 5, 3, 0], rows
PYTHON
}
