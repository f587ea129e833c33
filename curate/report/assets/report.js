// The page's own behaviour. Text from the dataset is only ever set as textContent or read from attributes.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("curate-data").textContent);
  const root = document.documentElement;
  const PAGE = 48;
  const PAPER = 640;

  // Charts: drawn when they come near, in the page's own colours, again when those change.
  const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"] };
  const drawn = new Set();

  function coloured(value, styles) {
    if (typeof value === "string" && value.startsWith("--")) {
      const [name, percent] = value.split("/");  // "--c0/65" is the colour at 65 %
      const colour = styles.getPropertyValue(name).trim();
      const parts = colour.slice(1).match(/../g);
      return percent && parts ? `rgba(${parts.map((part) => parseInt(part, 16)).join(",")},${percent / 100})` : colour;
    }
    if (Array.isArray(value)) return value.map((entry) => coloured(entry, styles));
    return value;
  }

  function themed(value, styles, name) {
    if (name && /color$/.test(name)) return coloured(value, styles);
    if (Array.isArray(value)) return typeof value[0] === "object" ? value.map((entry) => themed(entry, styles)) : value;
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, themed(entry, styles, key)]));
    }
    return value;
  }

  function layoutFor(layout, styles, width) {
    const read = (name) => styles.getPropertyValue(name).trim();
    const ink = read("--ink"), muted = read("--muted"), rule = read("--rule");
    const axis = { gridcolor: rule, linecolor: rule, zerolinecolor: rule, automargin: true, fixedrange: width < 600 };
    const base = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: muted },
      margin: { l: 48, r: 12, t: 30, b: 44 },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: ink } },
      hoverlabel: { bgcolor: read("--raised"), bordercolor: read("--faint"), font: { color: ink }, align: "left" },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: read("--faint"), activecolor: ink },
    };
    const own = themed(layout, styles);
    const legend = (own.annotations || []).length ? { ...base.legend, y: 1.1 } : base.legend;
    const margin = (own.annotations || []).length ? { ...base.margin, t: 48 } : base.margin;
    const paper = root.classList.contains("printing") ? { width: PAPER } : {};
    return { ...base, ...paper, legend, margin, ...own, xaxis: { ...axis, ...own.xaxis }, yaxis: { ...axis, ...own.yaxis } };
  }

  function draw(place) {
    const figure = data.figures[place.dataset.figure];
    if (!figure || !window.Plotly) return;
    const styles = getComputedStyle(root);
    drawn.add(place);
    window.Plotly.react(place, themed(figure.data, styles), layoutFor(figure.layout, styles, place.clientWidth), CONFIG);
  }

  const plots = [...document.querySelectorAll(".plot")];
  addEventListener("DOMContentLoaded", () => {  // by then the script of the charts has been read, too
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
      }
    }, { rootMargin: "300px" });
    plots.forEach((place) => near.observe(place));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(draw));

  // Paper: every chart, light, as broad as a page; short tables open.
  let opened = [];
  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    opened = [...document.querySelectorAll("details[data-print]:not([open])")];
    opened.forEach((entry) => { entry.open = true; });
    plots.forEach(draw);
    document.querySelectorAll("img[loading]").forEach((image) => { image.loading = "eager"; });
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    opened.forEach((entry) => { entry.open = false; });
    plots.forEach(draw);
  });

  // Tables that fit need no stop of their own for the keyboard.
  const scrolls = [...document.querySelectorAll(".scroll")];
  function stops() {
    for (const place of scrolls) {
      const larger = place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight;
      if (larger || !place.clientWidth) place.tabIndex = 0;
      else place.removeAttribute("tabindex");
    }
  }
  addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
  stops();

  // The section that is being read, in the list of sections.
  const links = new Map([...document.querySelectorAll(".sections a")].map((link) => [link.getAttribute("href").slice(1), link]));
  const sections = [...document.querySelectorAll("main > section")];
  let waiting = false;
  function read() {
    waiting = false;
    const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight * 0.4);
    const current = (passed.pop() || sections[0]).id;
    links.forEach((link, name) => (name === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  }
  addEventListener("scroll", () => {
    if (!waiting) { waiting = true; requestAnimationFrame(read); }
  }, { passive: true });
  read();

  // The gallery: filters, pages, keys.
  if (!$("pictures")) return;
  const items = [...$("pictures").children];
  const filters = $("filters");
  let matching = items.map((_, place) => place);
  let start = 0;

  function fits(row) {
    for (const name of ["category", "split", "label"]) {
      const field = filters.elements[name];
      if (field && field.value !== "*" && row[name] !== field.value) return false;
    }
    const finding = filters.elements.finding;
    if (finding && finding.value !== "*" && !row.finding.includes(finding.value)) return false;
    const words = filters.elements.text.value.toLowerCase().split(/\s+/);
    return words.every((word) => row.text.includes(word));
  }

  function show() {
    const shown = new Set(matching.slice(start, start + PAGE));
    items.forEach((item, place) => { item.hidden = !shown.has(place); });
    const last = Math.min(start + PAGE, matching.length);
    const all = matching.length === items.length ? "" : `, of ${items.length.toLocaleString("en")} in all`;
    $("status").textContent = matching.length
      ? `Pictures ${start + 1} to ${last} of ${matching.length.toLocaleString("en")}${all}`
      : "No picture fits these filters";
    $("before").disabled = start === 0;
    $("after").disabled = last >= matching.length;
  }

  function filter() {
    matching = data.gallery.flatMap((row, place) => (fits(row) ? [place] : []));
    start = 0;
    root.classList.toggle("no-outlines", !filters.elements.outlines.checked);
    $("viewer-outlines").setAttribute("aria-pressed", String(filters.elements.outlines.checked));
    show();
  }

  function turn(step) {
    start = Math.max(0, Math.min(start + step * PAGE, Math.floor((matching.length - 1) / PAGE) * PAGE));
    show();
    $("gallery").scrollIntoView();
    const first = items[matching[start]];
    if (first) first.querySelector("button").focus({ preventScroll: true });
  }

  filters.addEventListener("input", filter);
  filters.addEventListener("reset", () => setTimeout(filter));
  filters.addEventListener("submit", (event) => event.preventDefault());
  $("before").addEventListener("click", () => turn(-1));
  $("after").addEventListener("click", () => turn(1));
  document.querySelectorAll("a[data-finding]").forEach((link) => link.addEventListener("click", () => {
    filters.reset();
    setTimeout(() => {
      filters.elements.finding.value = link.dataset.finding;
      filter();
    });
  }));

  $("pictures").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() }[event.key];
    const place = matching.indexOf(items.indexOf(event.target.closest("li")));
    if (!step || place < 0) return;
    const next = place + step;
    event.preventDefault();
    if (next < 0 || next >= matching.length) return;
    if (next < start || next >= start + PAGE) turn(Math.sign(step));
    items[matching[next]].querySelector("button").focus();
  });

  function columns() {
    return getComputedStyle($("pictures")).gridTemplateColumns.split(" ").length;
  }

  // The larger view.
  const viewer = $("viewer");
  let looked = 0;

  function look(place) {
    looked = place;
    const row = data.gallery[place];
    const frame = items[place].querySelector(".frame").cloneNode(true);
    const image = frame.querySelector("img");
    if (image) {
      image.alt = items[place].querySelector("button").getAttribute("aria-label").replace("Look at ", "");
      image.loading = "eager";
      frame.classList.toggle("broad", image.width / image.height > 1.25);
    }
    $("viewer-picture").replaceChildren(frame);
    $("viewer-title").textContent = row.key;
    $("viewer-tags").replaceChildren(...[row.category, row.split, row.label, ...row.finding].filter(Boolean).map((text) => {
      const tag = document.createElement("span");
      tag.className = "tag";
      tag.textContent = text;
      return tag;
    }));
    $("viewer-lines").replaceChildren(...row.lines.map((text) => {
      const line = document.createElement("li");
      line.textContent = text;
      return line;
    }));
    const at = matching.indexOf(place);
    $("viewer-before").disabled = at <= 0;
    $("viewer-after").disabled = at < 0 || at >= matching.length - 1;
    if (!viewer.open) viewer.showModal();
  }

  function other(step) {
    const next = matching[matching.indexOf(looked) + step];
    if (next !== undefined) look(next);
  }

  function outlines() {
    filters.elements.outlines.checked = !filters.elements.outlines.checked;
    root.classList.toggle("no-outlines", !filters.elements.outlines.checked);
    $("viewer-outlines").setAttribute("aria-pressed", String(filters.elements.outlines.checked));
  }

  $("pictures").addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) look(items.indexOf(item));
  });
  $("viewer-before").addEventListener("click", () => other(-1));
  $("viewer-after").addEventListener("click", () => other(1));
  $("viewer-outlines").addEventListener("click", outlines);
  $("viewer-close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowRight") other(1);
    else if (event.key === "ArrowLeft") other(-1);
    else if (event.key === "o" || event.key === "O") outlines();
    else return;
    event.preventDefault();
  });
  viewer.addEventListener("close", () => {
    const at = matching.indexOf(looked);
    if (at >= 0 && (at < start || at >= start + PAGE)) { start = Math.floor(at / PAGE) * PAGE; show(); }
    items[looked].querySelector("button").focus();
  });

  // A link to a picture, from a finding or another file, opens it.
  function linked() {
    const item = /^#picture-\d+$/.test(location.hash) && document.querySelector(location.hash);
    if (item) { filters.reset(); setTimeout(() => { filter(); look(items.indexOf(item)); }); }
  }
  addEventListener("hashchange", linked);

  filter();
  root.classList.add("ready");
  linked();
})();
