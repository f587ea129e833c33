"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const pick = (name) => document.getElementById(name);
  const [metric, category, filter, verified, table] = ["metric", "category", "filter", "verified", "table"].map(pick);
  const categories = [...new Set(Object.values(data.metrics).flat())];
  let order = { column: null, up: false };

  const element = (tag, text, parts = {}) => Object.assign(document.createElement(tag), { textContent: text, ...parts });
  const percent = (value) => (value === null ? "n/a" : (100 * value).toFixed(2));

  // What the columns are: the categories of one metric, or all metrics of one category.
  function columns() {
    if (metric.value) {
      const cells = data.metrics[metric.value].map((name) => ({ name, cell: (entry) => entry.scores[metric.value][name], metric: metric.value, category: name }));
      return [...cells, { name: "rank", rank: (entry) => entry.scores[metric.value].rank }];
    }
    return Object.keys(data.metrics)
      .filter((name) => data.metrics[name].includes(category.value))
      .map((name) => ({ name, cell: (entry) => entry.scores[name][category.value], metric: name, category: category.value }));
  }

  const valueOf = (column, entry) => (column.rank ? column.rank(entry) : column.cell(entry).mean);

  function sorted(shown, entries) {
    const column = shown.find((one) => one.name === order.column);
    const sign = order.up ? 1 : -1;
    const byTitle = (a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0);
    if (!column) return [...entries].sort((a, b) => sign * byTitle(a, b));
    return [...entries].sort((a, b) => {
      const [one, other] = [valueOf(column, a), valueOf(column, b)];
      if (one === null || other === null) return (one === null) - (other === null) || byTitle(a, b);
      return sign * (one - other) || byTitle(a, b);
    });
  }

  function head(shown) {
    const row = element("tr", "");
    for (const name of ["entry", ...shown.map((column) => column.name)]) {
      const cell = element("th", "", { scope: "col" });
      const button = element("button", name, { type: "button" });
      const current = (order.column ?? "entry") === name;
      if (current) cell.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      button.addEventListener("click", () => {
        const first = name === "rank" || name === "entry";
        order = { column: name === "entry" ? null : name, up: current ? !order.up : first };
        draw();
      });
      cell.append(button, current ? (order.up ? " ▲" : " ▼") : "");
      row.append(cell);
    }
    return row;
  }

  function body(shown, entry) {
    const row = element("tr", "", { id: entry.key });
    const name = element("th", "", { scope: "row" });
    name.append(element("a", entry.title, { href: `entries/${entry.key}.html` }));
    if (entry.verification === "verified") name.append(" ", element("span", "verified", { className: "verified" }));
    row.append(name);
    for (const column of shown) {
      if (column.rank) {
        const rank = column.rank(entry);
        row.append(element("td", rank === null ? "n/a" : rank.toFixed(2)));
        continue;
      }
      const cell = column.cell(entry);
      const shownCell = element("td", percent(cell.mean) + (cell.std === null ? "" : ` ± ${percent(cell.std)}`), { className: cell.best ? "best" : "" });
      const interval = (entry.intervals[column.metric] || {})[column.category];
      if (interval) shownCell.append(element("small", `${percent(interval[0])} to ${percent(interval[1])}`));
      row.append(shownCell);
    }
    return row;
  }

  function draw() {
    pick("of-label").hidden = Boolean(metric.value);
    const shown = columns();
    const words = filter.value.trim().toLowerCase();
    const entries = data.entries.filter((entry) => entry.title.toLowerCase().includes(words) && (!verified.checked || entry.verification === "verified"));
    table.caption.textContent = metric.value || `all metrics, ${category.value}`;
    table.tHead.replaceChildren(head(shown));
    table.tBodies[0].replaceChildren(...sorted(shown, entries).map((entry) => body(shown, entry)));
    pick("shown").textContent = `${entries.length} of ${data.entries.length}`;
  }

  for (const name of categories) category.append(element("option", name));
  category.value = categories.at(-1);
  const mean = () => data.metrics[metric.value]?.at(-1) ?? null;
  order.column = mean();
  metric.addEventListener("change", () => { order = { column: mean() ?? Object.keys(data.metrics)[0], up: false }; draw(); });
  for (const control of [category, filter, verified]) control.addEventListener("input", draw);
  pick("controls").addEventListener("submit", (event) => event.preventDefault());
  pick("controls").hidden = false;
  draw();
  // Rows were drawn anew: go once more to the one that the address names.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
