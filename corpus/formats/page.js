"use strict";
// Lights the counterpart of the word or sentence that is pointed at or focused.
// The page is whole without this script. Text is only ever moved between text
// nodes, never parsed as HTML.
(() => {
  const main = document.querySelector("main");
  const status = document.querySelector(".status");
  const sides = {
    source: [...main.querySelectorAll(".source .s")],
    target: [...main.querySelectorAll(".target .s")],
  };
  const placeOf = new Map();
  for (const list of Object.values(sides)) list.forEach((s, place) => placeOf.set(s, place));
  const sideOf = (s) => (s.hasAttribute("data-about") ? "source" : "target");
  const pairOf = (s) => {
    const place = placeOf.get(s);
    return { source: sides.source[place], target: sides.target[place] };
  };
  const counterpart = (s) => pairOf(s)[sideOf(s) === "source" ? "target" : "source"];

  // Words become elements when their sentence is first used: a long document has
  // far too many to make all at once.
  const wrapped = new WeakSet();
  function wrapWords(s) {
    if (wrapped.has(s) || !s.dataset.words) return;
    wrapped.add(s);
    const spans = s.dataset.words.split(" ").map((span) => span.split(",").map(Number));
    const walker = document.createTreeWalker(s, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest(".ref, .none") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    let begin = 0;
    for (const node of nodes) {
      const text = node.data;
      const parts = document.createDocumentFragment();
      let done = 0;
      spans.forEach(([start, end], index) => {
        const from = Math.max(start - begin, done);
        const to = Math.min(end - begin, text.length);
        if (from >= to) return;
        if (from > done) parts.append(text.slice(done, from));
        const word = document.createElement("span");
        word.className = "w";
        word.dataset.word = index;
        word.textContent = text.slice(from, to);
        parts.append(word);
        done = to;
      });
      if (done < text.length) parts.append(text.slice(done));
      begin += text.length;
      node.replaceWith(parts);
    }
  }

  const linksOf = (pair) => (pair.source.dataset.links || "").split(" ").filter(Boolean).map((link) => {
    const [source, target, weight] = link.split("-").map(Number);
    return { source, target, weight };
  });
  const wordParts = (s, index) => s.querySelectorAll(`.w[data-word="${index}"]`);
  const wordText = (s, index) => [...wordParts(s, index)].map((part) => part.textContent).join("");

  let lit = [];
  function dim() {
    for (const element of lit) element.classList.remove("lit", "on", "here", "fair", "weak");
    lit = [];
  }
  function add(element, ...classes) {
    element.classList.add(...classes);
    lit.push(element);
  }
  // Light a sentence, or one of its words, and what corresponds to it.
  function light(s, word) {
    dim();
    if (!s) return [];
    const pair = pairOf(s);
    const side = sideOf(s);
    const other = counterpart(s);
    for (const half of [s, other]) {
      wrapWords(half);
      add(half, "lit");
    }
    if (word === null) return [];
    for (const part of wordParts(s, word)) add(part, "on", "here");
    const otherSide = side === "source" ? "target" : "source";
    const links = linksOf(pair).filter((link) => link[side] === word);
    for (const link of links) {
      const strength = link.weight >= 66 ? [] : link.weight >= 33 ? ["fair"] : ["weak"];
      for (const part of wordParts(other, link[otherSide])) add(part, "on", ...strength);
    }
    return links.map((link) => `${wordText(other, link[otherSide])} (${link.weight}%)`);
  }

  // What has the focus stays lit; pointing elsewhere borrows the light.
  let current = null;
  let currentWord = null;
  function say(text) {
    status.textContent = text;
    status.hidden = !text;
  }
  function relight() {
    const found = light(current, currentWord);
    if (!current) say("");
    else if (currentWord === null) say(pairOf(current).source.dataset.about);
    else say(`${wordText(current, currentWord)} ↔ ${found.join(", ") || "no link"}`);
  }
  const stops = { source: sides.source[0], target: sides.target[0] };
  // One sentence a side is in the tab order: the one last used.
  function moveStop(s) {
    const pair = pairOf(s);
    for (const side of ["source", "target"]) {
      if (stops[side]) stops[side].tabIndex = -1;
      stops[side] = pair[side];
      stops[side].tabIndex = 0;
    }
  }
  if (stops.source) moveStop(stops.source);
  function focusSentence(s, word = null) {
    if (!s) return;
    moveStop(s);
    current = s;
    currentWord = word;
    s.setAttribute("aria-describedby", counterpart(s).id);
    s.focus({ preventScroll: true });
    s.scrollIntoView({ block: "nearest" });
    relight();
  }

  const sentenceAt = (event) => event.target.closest?.(".s") ?? null;
  const wordAt = (event) => {
    const word = event.target.closest?.(".w");
    return word ? Number(word.dataset.word) : null;
  };
  main.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const s = sentenceAt(event);
    if (s) light(s, wordAt(event));
    else relight();
  });
  main.addEventListener("pointerleave", relight);
  main.addEventListener("click", (event) => {
    const back = event.target.closest("a.number");
    if (back) {
      event.preventDefault();
      focusSentence(document.getElementById(decodeURIComponent(back.hash.slice(1))));
      return;
    }
    const s = sentenceAt(event);
    if (event.target.closest("a") || String(getSelection())) return;
    if (s) focusSentence(s, wordAt(event));
    else letGo();
  });
  main.addEventListener("focusin", (event) => {
    const s = sentenceAt(event);
    if (s === event.target && s !== current) focusSentence(s);
  });
  main.addEventListener("focusout", (event) => {
    if (event.target === current && !main.contains(event.relatedTarget)) {
      current = currentWord = null;
      relight();
    }
  });
  function letGo() {
    const held = current;
    current = currentWord = null;
    relight();
    held?.blur();
  }

  // Keys, while a sentence has the focus
  const shown = (s) => s.closest(".block").matches(".has-flag") || !document.body.matches(".only-flagged");
  function step(s, by) {
    const list = sides[sideOf(s)];
    let place = placeOf.get(s) + by;
    while (list[place] && !shown(list[place])) place += by;
    return list[place];
  }
  function stepWord(s, by) {
    wrapWords(s);
    const count = s.dataset.words ? s.dataset.words.split(" ").length : 0;
    if (!count) return;
    const next = currentWord === null ? (by > 0 ? 0 : count - 1) : currentWord + by;
    if (next >= 0 && next < count) currentWord = next;
    relight();
  }
  const keys = {
    ArrowDown: (s) => focusSentence(step(s, 1)),
    ArrowUp: (s) => focusSentence(step(s, -1)),
    ArrowRight: (s) => stepWord(s, 1),
    ArrowLeft: (s) => stepWord(s, -1),
    Home: (s) => focusSentence(sides[sideOf(s)].find(shown)),
    End: (s) => focusSentence(sides[sideOf(s)].findLast(shown)),
    Enter: (s) => focusSentence(counterpart(s)),
    n: () => stepFlag(1),
    p: () => stepFlag(-1),
    Escape: () => {
      if (currentWord === null) return letGo();
      currentWord = null;
      relight();
    },
  };
  main.addEventListener("keydown", (event) => {
    const s = event.target.closest(".s");
    if (event.ctrlKey || event.altKey || event.metaKey || s !== event.target || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key](s);
  });

  // Flags
  const flagged = sides.target.filter((s) => s.matches(".flagged"));
  let lastPlace = -1;
  function stepFlag(by) {
    const here = current ? placeOf.get(current) : lastPlace;
    const ahead = by > 0
      ? flagged.find((s) => placeOf.get(s) > here) ?? flagged[0]
      : flagged.findLast((s) => placeOf.get(s) < here) ?? flagged.at(-1);
    if (!ahead) return;
    lastPlace = placeOf.get(ahead);
    focusSentence(ahead);
    ahead.closest(".block").scrollIntoView({ block: "center" });
    document.getElementById("flag-place").textContent = `${flagged.indexOf(ahead) + 1} of ${flagged.length}`;
  }
  document.getElementById("next-flag")?.addEventListener("click", () => stepFlag(1));

  // Switches
  function onSwitch(id, act) {
    const button = document.getElementById(id);
    button?.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      act(on);
    });
  }
  onSwitch("only-flagged", (on) => document.body.classList.toggle("only-flagged", on));
  onSwitch("by-sentence", (on) => {
    document.body.classList.toggle("by-sentence", on);
    current?.scrollIntoView({ block: "center" });
  });

  // In one column (a phone) list items and sentences alternate between languages.
  for (const block of main.children) {
    for (const [step, side] of ["source", "target"].entries()) {
      const parts = block.querySelectorAll(`.${side} > li, .${side} > .s`);
      parts.forEach((part, place) => { part.style.order = 2 * place + step; });
    }
  }
  document.body.classList.add("stepped");
  const help = document.querySelector(".help");
  help.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    help.open = false;
    help.querySelector("summary").focus();
  });
  const controls = document.querySelector(".controls");
  controls.hidden = false;
})();
