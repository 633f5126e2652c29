// How many people are in which state, as one bar and in words: the bar for the eye, the words for the truth.

import { words, fill, element } from "/static/js/day_words.js";

const SVG = "http://www.w3.org/2000/svg";
// From those who are through to those who are not here; the order never changes, so that bars can be compared.
const ORDER = ["handed_in", "working", "paused", "on_paper", "admitted", "expected", "absent", "refused", "terminated"];

function drawn(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function drawParts(place, counts) {
  const written = JSON.stringify(counts);
  if (place.dataset.written === written) return;
  place.dataset.written = written;
  const parts = ORDER.filter((state) => counts[state] > 0);
  const all = parts.reduce((sum, state) => sum + counts[state], 0);
  const bar = drawn("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", class: "over-bar" });
  let from = 0;
  bar.append(drawn("rect", { x: 0, y: 0, width: 100, height: 6, class: "over-track" }));
  for (const state of parts) {
    const width = (100 * counts[state]) / all;
    bar.append(drawn("rect", { x: from, y: 0, width, height: 6, class: `over-part over-part-${state}` }));
    from += width;
  }
  const legend = element("ul", "over-legend");
  for (const state of parts) legend.append(key(state, counts[state]));
  if (all === 0) legend.append(element("li", "", words.nobody));
  place.replaceChildren(bar, legend);
}

function key(state, n) {
  const item = element("li");
  const patch = drawn("svg", { viewBox: "0 0 10 10", "aria-hidden": "true", class: "over-patch" });
  patch.append(drawn("rect", { x: 0, y: 0, width: 10, height: 10, class: `over-part over-part-${state}` }));
  item.append(patch, document.createTextNode(fill(words.part, { word: words.state[state], n })));
  return item;
}
