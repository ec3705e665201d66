
"use strict";
(function () {
    const byId = (id) => document.getElementById(id);
    const revisions = Array.from(document.querySelectorAll("#revisions > details"));
    const filter = byId("filter");

    // ---- Opening a revision ---------------------------------------------------------------------

    function show(body) {
        const revision = body.parentElement;
        if (revision.hidden) {
            filter.value = "";
            choose();
        }
        revision.open = true;
        revision.scrollIntoView({ block: "start" });
        revision.firstElementChild.focus({ preventScroll: true });
    }

    function showNamed() {
        const body = /^#r\d+$/.test(location.hash) && byId(location.hash.slice(1));
        if (body)
            show(body);
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

    function choose() {
        const fits = isChosen(filter.value);
        let found = 0;
        for (const revision of revisions) {
            revision.hidden = !fits(revision);
            found += !revision.hidden;
        }
        byId("found").textContent = filter.value ? found + " of " + revisions.length : "";
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
                    show(body);
            }
        });
        svg.addEventListener("click", (event) => {
            const link = event.target.closest("a");
            const body = link && byId(link.getAttribute("href").slice(1));
            if (body) {
                event.preventDefault();
                show(body);
            }
        });
    }

    // ---- The start ------------------------------------------------------------------------------

    const svg = document.querySelector("#timeline svg");
    if (!svg)
        return;
    followTimeline(svg);
    for (const code of document.querySelectorAll("#places .path code")) {
        const button = document.createElement("button");
        button.type = "button";
        button.title = "Show the revisions that change this";
        code.replaceWith(button);
        button.append(code);
        button.addEventListener("click", () => {
            filter.value = code.textContent;
            choose();
            byId("controls").scrollIntoView({ block: "start" });
        });
    }
    byId("controls").hidden = false;
    byId("open").addEventListener("click", () => openAll(true));
    byId("close").addEventListener("click", () => openAll(false));
    filter.addEventListener("input", choose);
    window.addEventListener("hashchange", showNamed);
    choose();
    showNamed();
    document.documentElement.dataset.script = "ran";
})();
