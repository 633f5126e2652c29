// One screen at a time, and the bar above the paper: who, how long, whether everything is saved.

import { words, fill, slots } from "/static/js/day_words.js";
import { beijing, span } from "/static/js/day_clock.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const bar = find("bar");
const WARNINGS = [[15, words.left_15], [5, words.left_5]];
const MINUTE = 60 * 1000;
const WARNING_STAYS = 20 * 1000;

export function screen(name) {
  for (const one of document.querySelectorAll("[data-screen]")) one.hidden = one.dataset.screen !== name;
  bar.hidden = !["paper", "review"].includes(name);
  window.scrollTo(0, 0);
  document.querySelector(`[data-screen="${name}"] h1[tabindex]`)?.focus();
}

export function announce(sentence) {
  find("announce").textContent = sentence;
}

export function showWho(exam) {
  const texts = slots(bar);
  texts.name.textContent = exam.name;
  texts.seat.textContent = fill(words.seat_number, { seat: exam.seat });
}

export function showSaved(state, instant) {
  const time = instant ? beijing(instant) : "";
  const saved = time ? fill(words.saved, { time }) : words.nothing_yet;
  find("saved").dataset.state = state;
  find("saved-word").textContent = { saved, saving: words.saving, unsaved: words.unsaved }[state];
}

let warned = Infinity;
let warningTimer = 0;

export function showLeft(milliseconds) {
  find("left").textContent = span(milliseconds);
  const due = WARNINGS.filter(([minutes]) => milliseconds <= minutes * MINUTE).at(-1);
  find("left-box").dataset.level = due ? String(due[0]) : "";
  if (!due || due[0] >= warned) return;
  // A page that is opened in the last minutes warns once, by the nearest mark.
  [warned] = due;
  announce(due[1]);
  find("warning").textContent = due[1];
  find("warning").hidden = false;
  clearTimeout(warningTimer);
  warningTimer = setTimeout(() => { find("warning").hidden = true; }, WARNING_STAYS);
}

export function showWaiting(exam, clock) {
  const texts = slots(document.querySelector("[data-screen=waiting]"));
  const left = Date.parse(exam.starts_at) - clock.now();
  texts.waiting_name.textContent = exam.name;
  texts.waiting_seat.textContent = exam.seat;
  texts.waiting_class.textContent = exam.class_name;
  texts.waiting_when.textContent = `${beijing(exam.starts_at).slice(0, 5)}–${beijing(exam.ends_at).slice(0, 5)}`;
  const barred = ["expected", "refused"].includes(exam.state);
  const waiting = left > 0 ? words.to_start : exam.opened ? words.starting : words.to_open;
  texts.waiting_word.textContent = barred ? words.not_admitted : waiting;
  texts.waiting_clock.textContent = left > 0 && !barred ? span(left) : "";
}

export function showWaitingFault(sentence) {
  const { waiting_fault: fault } = slots(document.querySelector("[data-screen=waiting]"));
  fault.textContent = sentence;
  fault.hidden = !sentence;
  find("loading-word").textContent = sentence || find("loading-word").textContent;
}

// Text size belongs to the person at this machine now, so it ends with the tab.
export function onSizes() {
  const key = "peikao.size";
  const chosen = sessionStorage.getItem(key) || "normal";
  document.documentElement.dataset.size = chosen;
  for (const input of document.querySelectorAll("[name=size]")) {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => {
      document.documentElement.dataset.size = input.value;
      sessionStorage.setItem(key, input.value);
    });
  }
}
