// One seat in the grid. Between pictures its element stays, and only what has changed is written, so that a finger or
// the focus on it is never lost and three hundred of them cost next to nothing.

import { words, fill, slots, element } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";

const template = document.querySelector("[data-seat-template]");
const AT_WORK = ["working", "paused"];
const PRESENT = ["admitted", ...AT_WORK];

export const short = (instant) => beijing(instant).slice(0, 5);
export const named = (seat) => ({ seat: seat.number, name: seat.name });
export const titled = (seat) => `${fill(words.seat_number, named(seat))} ${seat.name}`;

export function stateWord(seat) {
  const word = words.state[seat.state];
  if (["handed_in", "terminated"].includes(seat.state) && seat.handed_in_by) return words.by[seat.handed_in_by];
  if (seat.state === "refused" && seat.refusal) return fill(words.refused_because, { word, reason: words.refusal[seat.refusal] });
  return word;
}

export function linkWord(seat) {
  const word = words.connection[seat.connection];
  return seat.connection === "lost" && seat.seen_at ? fill(words.since, { word, time: short(seat.seen_at) }) : word;
}

export function nextWord(seat) {
  const word = seat.next === "release" && seat.locked ? words.next.unlock : words.next[seat.next];
  return fill(word, { n: Math.round(seat.proposed_seconds / 60) });
}

// Somebody at work without a connection needs a look even where there is nothing to press.
export const cut = (seat) => PRESENT.includes(seat.state) && seat.connection === "lost";

const URGENCY = ["release", "look", "recheck", "compensate", "resume", "confirm_reopening", "sign_in_again"];

// The smaller the more urgent; nothing for a seat that needs nobody. Arrivals are many and have a filter of their own.
export function urgency(seat) {
  if (seat.locked) return 0;
  // Where the whole room is cut off, the banner above says what to do, once for all.
  if (seat.state === "working" && seat.next === "wait") return null;
  const place = URGENCY.indexOf(seat.next);
  if (place >= 0) return place + (place > 1 ? 2 : 1);
  return cut(seat) ? 3 : null;
}

function marks(seat) {
  return [
    seat.locked && ["bad", words.locked],
    seat.leavings > 0 && ["wait", fill(words.leavings, { n: seat.leavings })],
    seat.extra_minutes > 0 && ["plain", fill(words.extra, { n: seat.extra_minutes })],
    seat.paper && [seat.paper === "transcribed" ? "plain" : "wait", words.paper[seat.paper]],
    seat.reopening && ["wait", words.reopening],
    seat.reopened_at && ["plain", fill(words.reopened, { time: short(seat.reopened_at) })],
    seat.waiting > 0 && ["wait", fill(words.waiting, { n: seat.waiting })],
    ...seat.arrangements.map((word) => ["plain", word]),
  ].filter(Boolean);
}

export class Card {
  #written = "";
  #texts = {};

  constructor(seat, { onOpen, onNext }) {
    this.item = template.content.firstElementChild.cloneNode(true);
    this.seat = seat;
    this.#texts = slots(this.item);
    this.button = this.item.querySelector("[data-seat]");
    this.next = this.item.querySelector("[data-next]");
    this.bar = this.item.querySelector("progress");
    this.item.dataset.seatId = seat.seat_id;
    this.button.addEventListener("click", () => onOpen(this.seat));
    this.next.addEventListener("click", () => onNext(this.seat));
  }

  // True when the seat looks different from before.
  show(seat) {
    const written = JSON.stringify(seat);
    if (written === this.#written) return false;
    this.#written = written;
    this.seat = seat;
    const began = [...AT_WORK, "on_paper", "handed_in", "terminated"].includes(seat.state);
    const linked = PRESENT.includes(seat.state) && seat.connection !== "none";
    this.#mark("state", seat.state);
    this.#mark("link", linked ? seat.connection : "");
    this.#mark("urgent", urgency(seat) === null ? "" : "yes");
    this.#say("number", String(seat.number));
    this.#say("name", seat.name);
    this.#say("state", stateWord(seat));
    this.#say("link", linked ? linkWord(seat) : "");
    this.#say("progress", began ? fill(words.progress, { n: seat.answered, all: seat.items }) : "");
    this.#say("saved", began && seat.last_saved_at ? fill(words.saved, { time: short(seat.last_saved_at) }) : "");
    this.#showBar(began, seat);
    this.#showMarks(marks(seat));
    this.#showNext(seat);
    return true;
  }

  #mark(name, value) {
    if (this.item.dataset[name] !== value) this.item.dataset[name] = value;
  }

  #say(slot, text) {
    const place = this.#texts[slot];
    if (place.textContent === text) return;
    place.textContent = text;
    place.parentElement.hidden = place.parentElement.hasAttribute("data-line") && text === "";
  }

  #showBar(began, seat) {
    this.bar.hidden = !began;
    this.bar.max = seat.items || 1;
    this.bar.value = seat.answered;
  }

  #showMarks(found) {
    const place = this.#texts.marks;
    const written = found.flat().join("|");
    if (place.dataset.written === written) return;
    place.dataset.written = written;
    place.hidden = found.length === 0;
    place.replaceChildren(...found.map(([tone, word]) => element("span", `board-mark board-${tone}`, word)));
  }

  #showNext(seat) {
    const word = seat.next in words.next ? nextWord(seat) : "";
    this.next.hidden = word === "";
    if (this.next.textContent === word) return;
    this.next.textContent = word;
    this.next.setAttribute("aria-label", `${word} ${titled(seat)}`);
    this.next.dataset.next = seat.next;
  }
}
