// One screen at a time, and the bar above the paper: who, how long, whether everything is saved.

import { words, fill, slots } from "/static/js/day_words.js";
import { beijing, span } from "/static/js/day_clock.js";
import { inWords } from "/static/js/exam_clock.js";
import { announce, passingNotice } from "/static/js/exam_notices.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const bar = find("bar");
const tools = find("tools");
const MARKS = [[30, words.left_30], [10, words.left_10], [5, words.left_5], [1, words.left_1]];
const MINUTE = 60 * 1000;
// Whatever lasts less than this is not worth interrupting somebody who listens to the page.
const SETTLES = 1200;
const WITH_BAR = ["paper", "review", "paused", "asking"];
const WITH_TOOLS = ["waiting", "paper", "review"];

let shown = "";

// Shows a screen and gives it the focus; showing it again changes nothing.
export function screen(name) {
  if (shown === name) return;
  shown = name;
  for (const one of document.querySelectorAll("[data-screen]")) one.hidden = one.dataset.screen !== name;
  bar.hidden = !WITH_BAR.includes(name);
  tools.hidden = !WITH_TOOLS.includes(name);
  window.scrollTo(0, 0);
  document.querySelector(`[data-screen="${name}"] h1[tabindex]`)?.focus();
}

export const screenShown = () => shown;

export function showWho(exam) {
  const texts = slots(bar);
  texts.name.textContent = exam.name;
  texts.seat.textContent = fill(words.seat_number, { seat: exam.seat });
  texts.rehearsal.hidden = !exam.rehearsal;
}

let settling = 0;
let said = "";

// `state` is Saving's; or, when there is nothing to save, "away" without a network and "unable_quiet" when the server
// could not save anything just now.
export function showSaved(state, count, instant) {
  const saved = instant ? fill(words.saved, { time: beijing(instant) }) : words.nothing_yet;
  const sentences = {
    saved,
    saving: words.saving,
    waiting: fill(words.waiting_network, { n: count }),
    held: fill(words.held, { n: count }),
    away: words.away,
    unable: fill(words.unable, { n: count }),
    unable_quiet: words.unable_quiet,
  };
  find("saved").dataset.state = state;
  find("saved-word").textContent = sentences[state];
  clearTimeout(settling);
  settling = setTimeout(() => saySaved(state, { saved: words.saved_said, waiting: words.waiting_said, unable: words.unable_said }[state] ?? sentences[state]), SETTLES);
}

function saySaved(state, sentence) {
  const moved = said !== state;
  said = state;
  if (moved && state !== "saving") announce(sentence);
}

let mark = Infinity;

// Announced when a mark is passed; minutes that are given back raise it again.
export function showLeft(milliseconds, still) {
  find("left").textContent = inWords(milliseconds);
  find("left-still").hidden = !still;
  const due = MARKS.filter(([minutes]) => milliseconds <= minutes * MINUTE).at(-1);
  const now = due ? due[0] : Infinity;
  find("left-box").dataset.level = due ? String(now) : "";
  if (now < mark) passingNotice(due[1], "time");
  mark = now;
}

export function showWaiting(exam, clock) {
  const place = document.querySelector("[data-screen=waiting]");
  const texts = slots(place);
  const left = Date.parse(exam.starts_at) - clock.now();
  const barred = ["expected", "refused"].includes(exam.state);
  texts.waiting_name.textContent = exam.name;
  texts.waiting_seat.textContent = exam.seat;
  texts.waiting_ticket.textContent = exam.ticket_number;
  texts.waiting_class.textContent = exam.class_name;
  texts.waiting_room.textContent = `${exam.exam_point} ${exam.room}`;
  texts.waiting_paper.textContent = exam.paper_code;
  texts.waiting_paper.parentElement.hidden = !exam.paper_code;
  texts.waiting_when.textContent = `${beijing(exam.starts_at).slice(0, 5)}–${beijing(exam.ends_at).slice(0, 5)}`;
  texts.waiting_rehearsal.hidden = !exam.rehearsal;
  const open = exam.phase === "paused" ? words.still : exam.opened ? words.starting : words.to_open;
  const waiting = left > 0 ? words.to_start : open;
  texts.waiting_word.textContent = barred ? words.not_admitted : waiting;
  texts.waiting_clock.textContent = left > 0 && !barred ? span(left) : "";
}

export function showFault(sentence) {
  for (const fault of document.querySelectorAll("[data-slot=waiting_fault], [data-slot=asking_fault]")) {
    fault.textContent = sentence;
    fault.hidden = !sentence;
  }
  if (sentence) find("loading-word").textContent = sentence;
}
