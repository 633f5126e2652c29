// The grid of seats. Each seat keeps its element between polls, so that a finger or the focus on it is never lost.

import { words, fill, slots } from "/static/js/day_words.js";

const list = document.querySelector("[data-seats]");
const template = document.querySelector("[data-seat-template]");
const shown = new Map();

export function stateWord(seat) {
  const word = words.state[seat.state];
  if (seat.state === "handed_in" && seat.handed_in_by) return words.by[seat.handed_in_by];
  if (seat.state === "refused" && seat.refusal) return fill(words.refused_because, { word, reason: words.refusal[seat.refusal] });
  return word;
}

export function showSeats(seats, onTap) {
  for (const seat of seats) {
    let item = shown.get(seat.seat_id);
    if (!item) {
      item = template.content.firstElementChild.cloneNode(true);
      item.firstElementChild.addEventListener("click", () => onTap(seat.seat_id));
      shown.set(seat.seat_id, item);
      list.append(item);
    }
    update(item.firstElementChild, seat);
  }
}

function update(button, seat) {
  const places = slots(button);
  const began = ["working", "handed_in"].includes(seat.state);
  const progress = began ? fill(words.progress, { n: seat.answered, all: seat.items }) : "";
  button.dataset.state = seat.state;
  places.number.textContent = seat.number;
  places.name.textContent = seat.name;
  places.state.textContent = stateWord(seat);
  places.progress.textContent = progress;
  places.locked.hidden = !seat.locked;
  const bar = button.querySelector("progress");
  bar.hidden = !began;
  bar.max = seat.items || 1;
  bar.value = seat.answered;
}

const COUNTS = {
  all: () => true,
  present: (seat) => ["admitted", "working", "handed_in"].includes(seat.state),
  working: (seat) => seat.state === "working",
  handed_in: (seat) => seat.state === "handed_in",
  missing: (seat) => ["expected", "absent"].includes(seat.state),
  refused: (seat) => seat.state === "refused",
};

export function showCounts(seats) {
  for (const place of document.querySelectorAll("[data-count]")) {
    place.textContent = seats.filter(COUNTS[place.dataset.count]).length;
  }
  document.querySelector("[data-refused]").hidden = !seats.some(COUNTS.refused);
}
