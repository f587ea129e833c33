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
    const leads = data.leads[place.dataset.figure];
    if (leads && !leading.has(place)) {
      leading.add(place);
      place.on("plotly_click", (event) => follow(leads, event.points[0]));
    }
  }

  // A point of a chart leads to its image, a bar of scores to its images; the gallery, further down, knows how.
  const leading = new Set();
  let follow = () => {};

  // One category at a time: what is about another one is hidden, but never on paper.
  const chooser = $("switch");
  const parts = [...document.querySelectorAll("[data-of]")];
  function choose(name) {
    parts.forEach((part) => { part.hidden = name !== "*" && part.dataset.of !== name; });
  }
  if (chooser) {
    chooser.addEventListener("change", () => choose(chooser.value));
    choose(chooser.value);
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
    choose("*");
    opened = [...document.querySelectorAll("details[data-print]:not([open])")];
    opened.forEach((entry) => { entry.open = true; });
    plots.forEach(draw);
    document.querySelectorAll("img[loading]").forEach((image) => { image.loading = "eager"; });
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    if (chooser) choose(chooser.value);
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
  let range = null;  // {method, category, low, high, last}: the bar of scores that was clicked

  function inRange(row) {
    const score = row.scores[range.method];
    if (row.category !== range.category || score === undefined) return false;
    return score >= range.low && (score < range.high || (range.last && score <= range.high));
  }

  function fits(row) {
    if (range && !inRange(row)) return false;
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
    items.forEach((item, place) => {
      item.hidden = !shown.has(place);
      item.style.order = sorting() ? matching.indexOf(place) : "";
    });
    const last = Math.min(start + PAGE, matching.length);
    const all = matching.length === items.length ? "" : `, of ${items.length.toLocaleString("en")} in all`;
    $("status").textContent = matching.length
      ? `Pictures ${start + 1} to ${last} of ${matching.length.toLocaleString("en")}${all}${told()}`
      : "No picture fits these filters";
    $("before").disabled = start === 0;
    $("after").disabled = last >= matching.length;
  }

  function told() {
    return range ? `: ${range.category}, score of ${range.method} from ${range.low} to ${range.high}` : "";
  }

  function sorting() {
    const field = filters.elements.sort;
    return field ? field.value : "";
  }

  function sorted(places) {
    const by = sorting();
    if (!by) return places;
    const sign = by[0] === "-" ? -1 : 1, method = by.slice(1);
    const score = (place) => data.gallery[place].scores[method];
    const known = places.filter((place) => score(place) !== undefined);
    return [...known.sort((a, b) => sign * (score(a) - score(b)) || a - b), ...places.filter((place) => score(place) === undefined)];
  }

  // What is drawn over and beside the pictures.
  function dress() {
    const { outlines, masks, map } = filters.elements;
    root.classList.toggle("no-outlines", !outlines.checked && !masks.checked);
    root.classList.toggle("masks", masks.checked);
    const method = map ? map.value : "";
    document.querySelectorAll(".frame[data-method]").forEach((frame) => { frame.hidden = frame.dataset.method !== method; });
    $("viewer-outlines").setAttribute("aria-pressed", String(outlines.checked));
    $("viewer-masks").setAttribute("aria-pressed", String(masks.checked));
    if (map) $("viewer-map").setAttribute("aria-pressed", String(method !== ""));
    root.classList.toggle("mapped", method !== "");
  }

  function filter() {
    matching = sorted(data.gallery.flatMap((row, place) => (fits(row) ? [place] : [])));
    start = 0;
    dress();
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
  filters.addEventListener("reset", () => { range = null; setTimeout(filter); });
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

  function dressed(key) {
    const act = { o: () => toggle("outlines"), k: () => toggle("masks"), m: nextMap, v: nextLook }[key.toLowerCase()];
    if (act) act();
    return Boolean(act);
  }

  $("pictures").addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && dressed(event.key)) { event.preventDefault(); return; }
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
    const frames = [...items[place].querySelectorAll(".frame")].map((frame) => frame.cloneNode(true));
    const words = items[place].querySelector("button").getAttribute("aria-label").replace("Look at ", "");
    for (const frame of frames) {
      const image = frame.querySelector("img");
      if (!image) continue;
      image.alt = frame.dataset.method ? `Map of ${frame.dataset.method}: ${words}` : words;
      image.loading = "eager";
      frame.classList.toggle("broad", image.width / image.height > 1.25);
    }
    $("viewer-picture").replaceChildren(...frames);
    $("viewer-picture").classList.toggle("pair", frames.length > 1);
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

  function toggle(name) {
    filters.elements[name].checked = !filters.elements[name].checked;
    dress();
  }

  // One key turns through what maps there are, then shows none.
  function nextMap() {
    const field = filters.elements.map;
    if (!field) return;
    field.selectedIndex = (field.selectedIndex + 1) % field.options.length;
    dress();
  }

  const LOOKS = [[true, false, true], [false, true, false], [true, false, false], [false, false, false]];  // outline, mask, map
  let looks = 0;
  function nextLook() {
    looks = (looks + 1) % LOOKS.length;
    const [outline, mask, map] = LOOKS[looks];
    filters.elements.outlines.checked = outline;
    filters.elements.masks.checked = mask;
    if (filters.elements.map) filters.elements.map.selectedIndex = map ? 0 : filters.elements.map.options.length - 1;
    dress();
  }

  if (chooser) {
    const field = filters.elements.category;
    chooser.addEventListener("change", () => { if (field) { field.value = chooser.value; filter(); } });
  }

  function open(category, key) {
    const place = data.gallery.findIndex((row) => row.category === category && (row.image === key || row.key === key || row.key.endsWith(`/${key}`)));
    if (place >= 0) { filters.reset(); setTimeout(() => { filter(); look(place); }); }
  }

  follow = (leads, point) => {
    if (leads.images) { open(leads.category, leads.images[point.curveNumber][point.pointNumber]); return; }
    const [low, high] = leads.edges.slice(point.pointNumber, point.pointNumber + 2);
    range = { method: leads.method, category: leads.category, low, high, last: point.pointNumber === leads.edges.length - 2 };
    filter();
    $("gallery").scrollIntoView();
  };

  $("pictures").addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) look(items.indexOf(item));
  });
  $("viewer-before").addEventListener("click", () => other(-1));
  $("viewer-after").addEventListener("click", () => other(1));
  $("viewer-outlines").addEventListener("click", () => toggle("outlines"));
  $("viewer-masks").addEventListener("click", () => toggle("masks"));
  if ($("viewer-map")) $("viewer-map").addEventListener("click", nextMap);
  $("viewer-close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowRight") other(1);
    else if (event.key === "ArrowLeft") other(-1);
    else if (!dressed(event.key)) return;
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
