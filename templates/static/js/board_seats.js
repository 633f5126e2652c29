// The grid of seats: which are shown, in which order, and how many there are of each kind.

import { words, fill } from "/static/js/day_words.js";
import { Card, cut, urgency } from "/static/js/board_card.js";

// Nothing may move under a finger: the order waits until the hand has been still for this long (milliseconds).
const STILL = 2500;

const list = document.querySelector("[data-seats]");
const choice = document.querySelector("[data-choice]");
const none = document.querySelector("[data-no-seats]");
const said = document.querySelector("[data-attention-said]");
const cards = new Map();
let touchedAt = -STILL;
let attention = -1;
let orderTimer = 0;

export const FILTERS = {
  attention: (seat) => urgency(seat) !== null,
  all: () => true,
  lost: cut,
  missing: (seat) => ["expected", "absent", "refused"].includes(seat.state),
  handed_in: (seat) => ["handed_in", "terminated"].includes(seat.state),
};

const COUNTS = {
  all: () => true,
  present: (seat) => ["admitted", "working", "paused", "on_paper", "handed_in", "terminated"].includes(seat.state),
  working: (seat) => ["working", "paused", "on_paper"].includes(seat.state),
  handed_in: FILTERS.handed_in,
  missing: (seat) => ["expected", "absent"].includes(seat.state),
  refused: (seat) => seat.state === "refused",
  lost: cut,
};

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

export function showCounts(seats) {
  for (const place of document.querySelectorAll("[data-count]")) {
    write(place, String(seats.filter(COUNTS[place.dataset.count]).length));
  }
  document.querySelector("[data-refused]").hidden = !seats.some(COUNTS.refused);
  for (const place of choice.querySelectorAll("[data-chip]")) {
    write(place, String(seats.filter(FILTERS[place.dataset.chip]).length));
  }
  const waiting = seats.filter(FILTERS.attention).length;
  // Said aloud only when it changes, and not when the page has just come up.
  if (attention >= 0 && attention !== waiting) said.textContent = fill(words.attention_said, { n: waiting });
  attention = waiting;
}

export function showSeats(seats, listeners) {
  const ids = new Set(seats.map((seat) => seat.seat_id));
  const gone = [...cards.keys()].filter((id) => !ids.has(id));
  for (const id of gone) cards.delete(id);
  let changed = gone.length > 0;
  for (const seat of seats) {
    let card = cards.get(seat.seat_id);
    if (!card) {
      card = new Card(seat, listeners);
      cards.set(seat.seat_id, card);
    }
    changed = card.show(seat) || changed;
  }
  if (changed) orderWhenStill();
}

function wanted() {
  const { filter, sort, search } = Object.fromEntries(new FormData(choice));
  const text = search.trim().toLowerCase();
  const matches = (seat) => !text || String(seat.number) === text || seat.name.toLowerCase().includes(text);
  const found = [...cards.values()].filter(({ seat }) => FILTERS[filter](seat) && matches(seat));
  const rank = ({ seat }) => (sort === "attention" ? urgency(seat) ?? 9 : 0);
  return { filter, text, found: found.sort((one, other) => rank(one) - rank(other) || one.seat.number - other.seat.number) };
}

function order() {
  clearTimeout(orderTimer);
  const held = document.activeElement;
  const inside = list.contains(held);
  const { filter, text, found } = wanted();
  const items = new Set(found.map((card) => card.item));
  for (const item of [...list.children]) if (!items.has(item)) item.remove();
  let place = list.firstElementChild;
  for (const { item } of found) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
  none.hidden = found.length > 0;
  write(none, filter === "attention" && !text ? words.nothing_to_do : words.no_such_seat);
  // A moved element loses the focus; one that left the grid leaves it to the filter that sent it away.
  if (inside && document.activeElement !== held) {
    (held.isConnected ? held : choice.querySelector("[name=filter]:checked")).focus({ preventScroll: true });
  }
}

function orderWhenStill() {
  clearTimeout(orderTimer);
  const still = performance.now() - touchedAt;
  const free = still >= STILL && document.querySelector("dialog[open]") === null;
  if (list.childElementCount === 0 || free) order();
  else orderTimer = setTimeout(orderWhenStill, Math.max(250, STILL - still));
}

for (const kind of ["pointerdown", "pointerup", "touchmove", "wheel", "keydown"]) {
  window.addEventListener(kind, () => { touchedAt = performance.now(); }, { passive: true });
}
choice.addEventListener("input", order);
choice.addEventListener("submit", (event) => event.preventDefault());
