"use strict";
// The list of all segments: searched, ordered, and drawn a screenful at a time.
(() => {
  const STEP = 40;
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [list, found, more, search, order, flag] = ["segments", "found", "more", "search", "order", "flag"].map(byId);
  const [ID, SOURCE, REFERENCES, PIECES, SCORES, FLAGS, DOCUMENT] = [0, 1, 2, 3, 4, 5, 6];
  const languages = { source: document.documentElement.dataset.source, target: document.documentElement.dataset.target };

  const node = (name, text, kind) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const textOf = (segment) => [
    segment[ID], segment[DOCUMENT], segment[SOURCE], ...segment[REFERENCES],
    ...segment[PIECES].map((pieces) => pieces.filter((_, i) => i % 2 && pieces[i - 1] !== 2).join(" ")),
  ].join("\n").toLowerCase();
  const texts = data.segments.map(textOf);

  // Orders: by place, by spread between systems, and each metric of each system from its worst.
  const spread = (segment) => {
    const values = segment[SCORES].map((scores) => scores[data.main]).filter((value) => value !== null);
    return values.length ? Math.max(...values) - Math.min(...values) : -1;
  };
  const worst = (system, metric) => (index) => {
    const value = data.segments[index][SCORES][system][metric];
    return value === null ? Infinity : data.metrics[metric][1] ? value : -value;
  };
  const orders = [["in the text's order", null]];
  if (data.systems.length > 1) orders.push(["largest difference first", (index) => -spread(data.segments[index])]);
  data.systems.forEach(([name], system) => data.metrics.forEach(([metric], place) => {
    const key = worst(system, place);
    orders.push([`${name}: worst ${metric} first`, key]);
    orders.push([`${name}: best ${metric} first`, (index) => (key(index) === Infinity ? Infinity : -key(index))]);
  }));
  orders.forEach(([label], place) => order.add(new Option(label, place)));

  // Flags: any, one kind, or one kind of one system.
  const flagged = [["all segments", null]];
  if (data.flags.length) {
    byId("narrow").hidden = false;
    flagged.push(["flagged segments", (segment) => segment[FLAGS].some((flags) => flags.length)]);
    data.flags.forEach((label, kind) => {
      const has = (flags) => flags.some(([own]) => own === kind);
      flagged.push([label, (segment) => segment[FLAGS].some(has)]);
      if (data.systems.length > 1) {
        data.systems.forEach(([name], system) => {
          if (data.segments.some((segment) => has(segment[FLAGS][system]))) flagged.push([`${label}: ${name}`, (segment) => has(segment[FLAGS][system])]);
        });
      }
    });
    const most = (index) => -data.segments[index][FLAGS].reduce((sum, flags) => sum + flags.length, 0);
    orders.push(["most flags first", most]);
    order.add(new Option("most flags first", orders.length - 1));
  }
  flagged.forEach(([label], place) => flag.add(new Option(label, place)));

  const row = (definitions, label, content, kind) => {
    const term = node("dt");
    if (kind) term.append(node("span", "", `swatch ${kind}`));
    term.append(label);
    definitions.append(term, content);
  };
  const spoken = (text, language) => {
    const made = node("dd", text);
    if (language) made.lang = language;
    return made;
  };
  const draw = (index) => {
    const segment = data.segments[index];
    const item = node("li", "", "segment");
    const definitions = node("dl");
    if (segment[SOURCE]) row(definitions, "source", spoken(segment[SOURCE], languages.source));
    segment[REFERENCES].forEach((text) => row(definitions, "reference", spoken(text, languages.target)));
    data.systems.forEach(([name, kind], system) => {
      const cell = node("dd");
      const words = node("span");
      if (languages.target) words.lang = languages.target;
      const pieces = segment[PIECES][system];
      for (let i = 0; i < pieces.length; i += 2) {
        words.append(pieces[i] === 0 ? pieces[i + 1] : node(pieces[i] === 1 ? "del" : "ins", pieces[i + 1]));
      }
      const scores = segment[SCORES][system].map((value, place) => `${data.metrics[place][0]} ${value === null ? "–" : value.toFixed(1)}`);
      cell.append(words, node("span", scores.join(" · "), "scores"));
      (segment[FLAGS][system] || []).forEach(([own, message]) => {
        const line = node("span", "", "flag");
        line.append(node("b", data.flags[own]), ` ${message}`);
        cell.append(line);
      });
      row(definitions, name, cell, kind);
    });
    item.append(node("h3", segment[DOCUMENT] ? `${segment[ID]} · ${segment[DOCUMENT]}` : segment[ID]), definitions);
    return item;
  };

  let chosen = [];
  let shown = 0;
  const extend = () => {
    list.append(...chosen.slice(shown, shown + STEP).map(draw));
    shown = Math.min(shown + STEP, chosen.length);
    more.hidden = shown === chosen.length;
    const all = data.segments.length;
    found.textContent = (chosen.length === all ? `${all} segments` : `${chosen.length} of ${all} segments`)
      + (shown < chosen.length ? `, ${shown} shown` : "");
  };
  const renew = () => {
    const wanted = search.value.trim().toLowerCase();
    const kept = flagged[flag.value || 0][1];
    chosen = [...data.segments.keys()].filter((index) => texts[index].includes(wanted) && (!kept || kept(data.segments[index])));
    const key = orders[order.value || 0][1];
    if (key) {
      const keys = new Map(chosen.map((index) => [index, key(index)]));
      chosen.sort((a, b) => (keys.get(a) === keys.get(b) ? a - b : keys.get(a) - keys.get(b)));
    }
    list.replaceChildren();
    shown = 0;
    extend();
  };
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(renew, 80); });
  order.addEventListener("change", renew);
  flag.addEventListener("change", renew);
  more.addEventListener("click", extend);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("tools").hidden = false;
  renew();
})();
