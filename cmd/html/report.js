"use strict";

// The report of a comparison: its changes, filtered by path or text. Without a script the page shows
// all of them.
(() => {
    const byId = (id) => document.getElementById(id);
    const filter = byId("filter");
    const rows = Array.from(document.querySelectorAll("#revisions tbody tr"));
    const files = Array.from(document.querySelectorAll("#revisions > details"));
    let current = -1;

    const placeOf = (row) => row.querySelector(".p").textContent;

    // "/a/*/b" and what is below it; anything else is looked for in the text of the row.
    function chosenBy(wanted) {
        if (!wanted.startsWith("/"))
            return (row) => row.textContent.toLowerCase().includes(wanted.toLowerCase());
        const steps = wanted.split("/");
        return (row) => {
            const at = placeOf(row).split("/");
            const last = steps.length - 1;
            return steps.every((step, i) => step === "*" ? i < at.length
                : i === last ? (at[i] || "").startsWith(step) : at[i] === step);
        };
    }

    function choose() {
        const fits = filter.value ? chosenBy(filter.value) : () => true;
        let found = 0;
        for (const row of rows) {
            row.hidden = !fits(row);
            found += !row.hidden;
        }
        for (const file of files)
            file.hidden = filter.value !== "" && !file.querySelector("tbody tr:not([hidden])");
        byId("found").textContent = filter.value ? found + " of " + rows.length : "";
        current = -1;
    }

    function step(by) {
        const visible = rows.filter((row) => !row.hidden);
        if (!visible.length)
            return;
        current = Math.max(0, Math.min(visible.length - 1, current + by));
        for (const row of rows)
            row.classList.toggle("marked", row === visible[current]);
        visible[current].closest("details").open = true;
        visible[current].scrollIntoView({ block: "nearest" });
    }

    function press(event) {
        const inField = event.target === filter;
        const actions = {
            "/": () => filter.focus(),
            j: () => step(1),
            k: () => step(-1),
            Escape: () => {
                filter.value = "";
                filter.blur();
                choose();
            },
        };
        if (event.ctrlKey || event.altKey || event.metaKey || (inField && event.key !== "Escape") ||
            !Object.hasOwn(actions, event.key))
            return;
        event.preventDefault();
        actions[event.key]();
    }

    function openAll(open) {
        for (const file of files)
            file.open = open;
    }

    if (!rows.length)
        return;
    byId("controls").hidden = byId("keys").hidden = false;
    byId("keys").textContent = "Keys: / filter, j and k next and previous change, Esc ends the filter. " +
        "A click on a place filters by it.";
    byId("open").addEventListener("click", () => openAll(true));
    byId("close").addEventListener("click", () => openAll(false));
    byId("revisions").addEventListener("click", (event) => {
        const row = event.target.closest(".p") && event.target.closest("tr");
        if (row) {
            filter.value = placeOf(row);
            choose();
        }
    });
    filter.addEventListener("input", choose);
    document.addEventListener("keydown", press);
    document.documentElement.dataset.script = "ran";
})();
