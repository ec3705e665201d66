
"use strict";
(function () {
    const byId = (id) => document.getElementById(id);
    const revisions = Array.from(document.querySelectorAll("#revisions > details"));
    const filter = byId("filter");
    const BATCH = 500;

    function element(name, text, className) {
        const made = document.createElement(name);
        if (text !== undefined)
            made.textContent = text;
        if (className)
            made.className = className;
        return made;
    }

    function button(text, action) {
        const made = element("button", text);
        made.type = "button";
        made.addEventListener("click", action);
        return made;
    }

    // ---- Revisions as data ----------------------------------------------------------------------

    // Newest first; those that the page does not show yet are built when they are wanted.
    const rows = JSON.parse(byId("data").textContent);
    const rowOf = new Map(rows.map((row) => [row.i, row]));
    const unbuilt = new Set(rows.filter((row) => !byId("r" + row.i)));
    const KINDS = { "+": "a", "~": "c", "-": "r", ">": "m" };
    const indexOf = (revision) => Number(revision.querySelector(".body").id.slice(1));

    function timeText(row) {
        const text = new Date(row.t * 1000).toISOString();
        return text.slice(0, 10) + " " + text.slice(11).replace(/\.?0*Z$/, "") + " UTC";
    }

    function sizeText(bytes) {
        const units = ["B", "KiB", "MiB", "GiB"];
        let unit = 0;
        for (; bytes >= 1024 && unit < 3; unit++)
            bytes /= 1024;
        return (unit ? bytes.toFixed(1) : bytes) + " " + units[unit];
    }

    function changeLine(change) {
        const [mark, pointer, before, after] = change;
        const line = document.createDocumentFragment(), head = element("b", mark + " ", KINDS[mark]);
        head.append(element("span", pointer || "(root)", "p"));
        line.append(head);
        if (mark === ">") {
            line.append(element("span", "  from ", "f"), before);
        } else {
            line.append("  ");
            if (before !== null)
                line.append(element("span", before, "r"));
            if (before !== null && after !== null)
                line.append(" -> ");
            if (after !== null)
                line.append(element("span", after, "a"));
        }
        line.append("\n");
        return line;
    }

    function build(row) {
        const details = element("details"), summary = element("summary");
        const counts = element("span", undefined, "counts"), body = element("div", undefined, "body");
        const changes = row.c || [];
        summary.append(element("span", "#" + row.i, "n"), " ", element("time", timeText(row)), " ",
            element("span", sizeText(row.s), "size"), " ", counts, " ",
            element("span", row.n || "", "note"));
        for (const mark of Object.keys(KINDS)) {
            const number = changes.filter((change) => change[0] === mark).length;
            if (number)
                counts.append(element("span", mark + number, KINDS[mark]), " ");
        }
        body.id = "r" + row.i;
        const info = element("dl"), list = element("pre");
        info.append(element("dt", "digest"), element("dd", row.d + "\u2026"));
        changes.forEach((change) => list.append(changeLine(change)));
        if (row.more)
            list.append(row.more + " more\n");
        if (!changes.length)
            list.append("no changes");
        body.append(info, list);
        details.append(summary, body);
        let before = revisions.length;
        while (before > 0 && indexOf(revisions[before - 1]) < row.i)
            before--;
        byId("revisions").insertBefore(details, revisions[before] || null);
        revisions.splice(before, 0, details);
        unbuilt.delete(row);
        prepare(details);
        return details;
    }

    function buildSome(wanted) {
        let left = BATCH;
        for (const row of rows) {
            if (!left)
                break;
            if (unbuilt.has(row) && wanted(row)) {
                build(row);
                left--;
            }
        }
        countOlder();
    }

    function countOlder() {
        const older = byId("older");
        older.hidden = unbuilt.size === 0 || filter.value !== "";
        older.textContent = "Show " + Math.min(BATCH, unbuilt.size) + " of " + unbuilt.size + " older";
    }

    // The element of a revision, built if need be.
    function revisionOf(index) {
        const row = rowOf.get(index);
        if (row && unbuilt.has(row))
            return build(row);
        const body = byId("r" + index);
        return body && body.parentElement;
    }

    // ---- Opening a revision ---------------------------------------------------------------------

    function show(revision) {
        if (revision.hidden) {
            filter.value = "";
            choose();
        }
        revision.open = true;
        revision.scrollIntoView({ block: "start" });
        revision.firstElementChild.focus({ preventScroll: true });
    }

    // #r7 is the revision of that index, #d1a2b3c... the one whose digest begins so: digests stay when
    // a rewrite renumbers states. #p/a/b is who set that place.
    function showNamed() {
        const hash = decodeURIComponent(location.hash);
        let index = /^#r\d+$/.test(hash) ? Number(hash.slice(2)) : undefined;
        if (/^#d[0-9a-f]{6,32}$/.test(hash)) {
            const digest = hash.slice(2, 14);
            const row = rows.find((one) => one.d.startsWith(digest));
            index = row && row.i;
        }
        if (hash.startsWith("#p/"))
            showPlace(hash.slice(2));
        const revision = index !== undefined && revisionOf(index);
        if (revision)
            show(revision);
    }

    // What a revision gets once: a link to it by its digest, and a place to compare from.
    function prepare(revision) {
        revision.addEventListener("toggle", () => {
            const row = rowOf.get(indexOf(revision));
            if (!row || revision.dataset.prepared)
                return;
            revision.dataset.prepared = "";
            const tools = element("p", undefined, "tools"), link = element("a", "Link");
            link.href = "#d" + row.d;
            link.title = "Stays valid when states are renumbered";
            tools.append(link, button("Compare", () => mark(row.i)));
            revision.querySelector(".body").prepend(tools);
            for (const place of revision.querySelectorAll("pre .p")) {
                place.tabIndex = 0;
                place.setAttribute("role", "button");
                place.title = "Which revisions set this";
            }
        });
    }

    // ---- Which revisions set a place ------------------------------------------------------------

    const LISTED = 300;

    function panel(title, note) {
        const box = byId("panel"), head = element("h3", title);
        box.replaceChildren(head, element("p", note, "f"));
        head.append(" ", button("Close", closePanel));
        box.hidden = false;
        return box;
    }

    function closePanel() {
        byId("panel").hidden = true;
        byId("panel").replaceChildren();
        marked.length = 0;
        for (const revision of document.querySelectorAll("details.marked"))
            revision.classList.remove("marked");
    }

    function table(names) {
        const made = element("table"), head = element("tr");
        names.forEach((name) => head.append(element("th", name)));
        made.append(head);
        return made;
    }

    function linkTo(index) {
        const link = element("a", "#" + index);
        link.href = "#r" + index;
        return link;
    }

    function cell(content, className) {
        const made = element("td", undefined, className);
        made.append(content === null ? "" : content);
        return made;
    }

    function showPlace(pointer) {
        const inside = (at, place) => at === place || at.startsWith(place + "/");
        const found = [];
        for (const row of rows)
            for (const change of row.c || [])
                if (inside(change[1], pointer) || inside(pointer, change[1]))
                    found.push([row, change]);
        const oldest = rows.length ? rows[rows.length - 1].i : 0;
        const box = panel(pointer, found.length ? "Set last by #" + found[0][0].i + "; " +
            found.length + " changes since #" + oldest + "." : "Not changed since #" + oldest + ".");
        const made = table(["revision", "time", "place", "before", "after"]);
        for (const [row, change] of found.slice(0, LISTED)) {
            const line = element("tr");
            line.append(cell(linkTo(row.i)), cell(timeText(row)),
                cell(change[0] + " " + change[1], KINDS[change[0]]), cell(change[2], "r"),
                cell(change[3], "a"));
            made.append(line);
        }
        if (found.length)
            box.append(made);
        box.scrollIntoView({ block: "start" });
        box.querySelector("button").focus({ preventScroll: true });
    }

    // ---- Two revisions side by side -------------------------------------------------------------

    const marked = [];

    function mark(index) {
        if (marked.includes(index) || marked.length === 2)
            marked.length = 0;
        else
            marked.push(index);
        for (const revision of revisions)
            revision.classList.toggle("marked", marked.includes(indexOf(revision)));
        if (marked.length === 2)
            compare(Math.min(...marked), Math.max(...marked));
        else if (marked.length === 1)
            panel("#" + index, "Compare with: press c on another revision, or its button.");
        else
            closePanel();
    }

    // What the changes between two revisions add up to, place by place.
    function between(first, last) {
        const places = new Map();
        for (let i = rows.length - 1; i >= 0; i--) {
            if (rows[i].i <= first || rows[i].i > last)
                continue;
            for (const [mark, pointer, before, after] of rows[i].c || []) {
                const known = places.get(pointer);
                const from = mark === ">" ? "(at " + before + ")" : before;
                if (known)
                    known.after = mark === ">" ? known.after : after;
                else
                    places.set(pointer, { before: from, after: mark === ">" ? "(moved)" : after });
            }
        }
        return Array.from(places).filter(([, value]) => value.before !== value.after)
            .sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }));
    }

    function compare(first, last) {
        const places = between(first, last);
        const left = rows.some((row) => row.i > first && row.i <= last && row.more);
        const box = panel("#" + first + " and #" + last,
            places.length + (places.length === 1 ? " place differs. " : " places differ. ") +
            "Elements of arrays have the index of their revision" +
            (left ? "; some changes are left out" : "") + ". delta-chain diff -f text HISTORY " + first +
            " " + last + " cuts nothing.");
        const made = table(["place", "#" + first, "#" + last]);
        made.classList.add("sides");
        for (const [pointer, value] of places) {
            const line = element("tr");
            line.append(cell(pointer || "(root)", "p"), cell(value.before, "r"), cell(value.after, "a"));
            made.append(line);
        }
        if (places.length)
            box.append(made);
        box.scrollIntoView({ block: "start" });
    }

    // ---- Choosing revisions ---------------------------------------------------------------------

    // Places are filtered as they are counted: indices are "*".
    const general = (pointer) => pointer.replace(/\/\d+(\.\.\d+)?(?=\/|$)/g, "/*");
    const places = new Map();
    const texts = new Map();

    function placesOf(revision) {
        if (!places.has(revision))
            places.set(revision, Array.from(revision.querySelectorAll("pre .p"),
                (place) => general(place.textContent)));
        return places.get(revision);
    }

    function textOf(revision) {
        if (!texts.has(revision))
            texts.set(revision, revision.textContent.toLowerCase());
        return texts.get(revision);
    }

    // A place that was counted stands for itself and what is in it; one that is being typed, for all
    // that begin so, as does one that was cut (its last character is U+2026); anything else for text.
    const counted = new Set(Array.from(document.querySelectorAll("#places .path code"),
        (code) => code.textContent));

    function isChosen(wanted) {
        const place = general(wanted).replace(/\u2026$/, ""), text = wanted.toLowerCase();
        if (!wanted)
            return () => true;
        if (counted.has(place) && place.startsWith("/"))
            return (revision) => placesOf(revision).some((at) =>
                at === place || at.startsWith(place + "/"));
        return (revision) => textOf(revision).includes(text) ||
            (place.startsWith("/") && placesOf(revision).some((at) => at.startsWith(place)));
    }

    // The same for a revision that is not built.
    function isWanted(wanted) {
        const place = general(wanted).replace(/\u2026$/, ""), text = wanted.toLowerCase();
        const exact = counted.has(place);
        return (row) => (place.startsWith("/") && (row.c || []).some((change) => {
            const at = general(change[1]);
            return exact ? at === place || at.startsWith(place + "/") : at.startsWith(place);
        })) || (!exact && JSON.stringify(row).toLowerCase().includes(text));
    }

    function choose() {
        const all = revisions.length + unbuilt.size;
        let more = 0;
        if (filter.value && unbuilt.size) {
            const wanted = isWanted(filter.value);
            more = Array.from(unbuilt).filter(wanted).length;
            buildSome(wanted);
            more = Math.max(0, more - BATCH);
        }
        countOlder();
        const fits = isChosen(filter.value);
        let found = 0;
        for (const revision of revisions) {
            revision.hidden = !fits(revision);
            found += !revision.hidden;
        }
        byId("found").textContent = filter.value ? found + more + " of " + all : "";
    }

    function openAll(open) {
        for (const revision of revisions)
            if (!revision.hidden)
                revision.open = open;
    }

    // ---- The timeline ---------------------------------------------------------------------------

    function followTimeline(svg) {
        const columns = Array.from(svg.querySelectorAll(".hit"));
        const told = columns.map((column) => {
            const title = column.querySelector("title");
            const text = title.textContent;
            title.remove(); // the readout says it
            return text;
        });
        const readout = byId("readout"), silent = readout.textContent;
        let at = columns.length - 1;

        function point(i) {
            columns[at].classList.remove("at");
            at = Math.max(0, Math.min(columns.length - 1, i));
            columns[at].classList.add("at");
            readout.textContent = told[at];
            svg.setAttribute("aria-valuenow", at);
            svg.setAttribute("aria-valuetext", told[at]);
        }

        function leave() {
            columns[at].classList.remove("at");
            readout.textContent = silent;
        }

        svg.setAttribute("role", "slider");
        svg.setAttribute("tabindex", "0");
        svg.setAttribute("aria-valuemin", 0);
        svg.setAttribute("aria-valuemax", columns.length - 1);
        svg.setAttribute("aria-valuenow", at);
        svg.setAttribute("aria-valuetext", told[at]);
        columns.forEach((column, i) => column.addEventListener("pointerenter", () => point(i)));
        svg.addEventListener("pointerleave", leave);
        svg.addEventListener("focus", () => point(at));
        svg.addEventListener("blur", leave);
        svg.addEventListener("keydown", (event) => {
            const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1,
                PageDown: -10, PageUp: 10, Home: -columns.length, End: columns.length };
            if (Object.hasOwn(steps, event.key)) {
                point(at + steps[event.key]);
                event.preventDefault();
            } else if (event.key === "Enter") {
                const link = columns[at].closest("a");
                const body = link && byId(link.getAttribute("href").slice(1));
                if (body)
                    show(body.parentElement);
            }
        });
        svg.addEventListener("click", (event) => {
            const link = event.target.closest("a");
            const body = link && byId(link.getAttribute("href").slice(1));
            if (body) {
                event.preventDefault();
                show(body.parentElement);
            }
        });
    }

    // ---- Keys -----------------------------------------------------------------------------------

    function step(by) {
        const visible = revisions.filter((revision) => !revision.hidden);
        const at = visible.findIndex((revision) => revision.contains(document.activeElement));
        const next = visible[at < 0 ? 0 : Math.max(0, Math.min(visible.length - 1, at + by))];
        if (next) {
            next.firstElementChild.focus();
            next.scrollIntoView({ block: "nearest" });
        }
    }

    function press(event) {
        const inField = event.target === filter;
        if (event.ctrlKey || event.altKey || event.metaKey || (inField && event.key !== "Escape"))
            return;
        const place = event.target.closest && event.target.closest("pre .p");
        const revision = event.target.closest && event.target.closest("#revisions > details");
        const actions = {
            "/": () => filter.focus(),
            j: () => step(1),
            k: () => step(-1),
            c: () => revision && mark(indexOf(revision)),
            Escape: () => {
                closePanel();
                filter.value = "";
                choose();
                if (inField)
                    filter.blur();
            },
            Enter: () => place && showPlace(pointerOf(place)),
        };
        if (!Object.hasOwn(actions, event.key) || (event.key === "Enter" && !place))
            return;
        event.preventDefault();
        actions[event.key]();
    }

    // Without the end of a range of elements, "/list/3..5".
    const pointerOf = (place) => place.textContent.replace(/\.\.\d+$/, "");

    // ---- The start ------------------------------------------------------------------------------

    const svg = document.querySelector("#timeline svg");
    if (!svg)
        return;
    followTimeline(svg);
    for (const code of document.querySelectorAll("#places .path code")) {
        const opener = button("", () => {
            filter.value = code.textContent;
            choose();
            byId("controls").scrollIntoView({ block: "start" });
        });
        opener.title = "Show the revisions that change this";
        code.replaceWith(opener);
        opener.append(code);
    }
    byId("controls").hidden = false;
    byId("open").addEventListener("click", () => openAll(true));
    byId("close").addEventListener("click", () => openAll(false));
    byId("older").addEventListener("click", () => buildSome(() => true));
    byId("keys").textContent = "Keys: / filter, j and k next and previous, Enter opens, c compares two, " +
        "Esc ends it. A click on a place lists the revisions that set it.";
    byId("keys").hidden = false;
    byId("revisions").addEventListener("click", (event) => {
        const place = event.target.closest("pre .p");
        if (place)
            showPlace(pointerOf(place));
    });
    document.addEventListener("keydown", press);
    revisions.forEach(prepare);
    filter.addEventListener("input", choose);
    window.addEventListener("hashchange", showNamed);
    choose();
    showNamed();
    document.documentElement.dataset.script = "ran";
})();
