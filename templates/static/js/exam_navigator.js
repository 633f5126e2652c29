// The answer card: one cell per question whose fill, outline, corner and spoken words say how it stands.

import { caseGroups } from "/static/js/exam_case.js";
import { words, fill, element } from "/static/js/day_words.js";

const grid = document.querySelector("[data-grid]");
const tally = document.querySelector("[data-tally]");

export function cell(entry, onGo) {
  const button = element("button", "exam-cell", entry.place + 1);
  button.type = "button";
  button.addEventListener("click", () => onGo(entry.place));
  mark(button, entry);
  return button;
}

function mark(button, entry) {
  button.dataset.answered = entry.choice ? "yes" : "no";
  button.dataset.flagged = entry.flagged ? "yes" : "no";
  const answered = entry.choice ? words.answered : words.unanswered;
  const label = fill(words.cell, { n: entry.place + 1, answered });
  button.setAttribute("aria-label", entry.flagged ? `${label}${words.list_comma}${words.flagged}` : label);
}

// Cells in order; before the first sub-question of a case stands its name, across the whole grid.
export function fillGrid(place, entries, onGo) {
  place.replaceChildren(...caseGroups(entries).flatMap(({ name, entries: mine }) => [
    ...(name ? [element("p", "exam-grid-case", name)] : []),
    ...mine.map((entry) => cell(entry, onGo)),
  ]));
}

const cells = () => [...grid.querySelectorAll(".exam-cell")];

export function buildNavigator(sheet, onGo) {
  fillGrid(grid, sheet.entries, onGo);
  count(sheet);
}

export function updateNavigator(sheet, entry) {
  mark(cells()[entry.place], entry);
  count(sheet);
}

function count(sheet) {
  const unanswered = sheet.unanswered.length;
  const answered = sheet.entries.length - unanswered;
  tally.textContent = fill(words.tally, { answered, unanswered, flagged: sheet.flagged.length });
}

export function pointTo(index) {
  for (const [place, button] of cells().entries()) {
    if (place === index) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  follow(cells()[index]);
}

// A card with more cells than the window is high keeps the present one in sight, without moving the page.
function follow(button) {
  const side = grid.parentElement;
  if (!button || side.scrollHeight <= side.clientHeight) return;
  const outside = button.getBoundingClientRect().bottom > side.getBoundingClientRect().bottom;
  const above = button.getBoundingClientRect().top < side.getBoundingClientRect().top;
  if (outside || above) side.scrollTop += button.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 2;
}
