// Where questions are shown: one at a time, or all below one another; by mouse, finger or keyboard alone.

import { buildQuestions, drawQuestion, inputsOf } from "/static/js/exam_questions.js";
import { lettersChoose } from "/static/js/exam_settings.js";
import { settleTyped } from "/static/js/exam_typed.js";

const MOVES = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 };
const AMONG = { ArrowUp: -1, ArrowDown: 1 };

export class Stage {
  at = 0;
  #place;
  #sheet;
  #on;
  #one = true;

  // `on` hears changed(entry), typing() where there is somewhere to type, moved(index) and, beyond the last question,
  // finished().
  constructor(place, sheet, on) {
    this.#place = place;
    this.#sheet = sheet;
    this.#on = on;
    buildQuestions(place, sheet, (entry) => {
      if (!this.#one) this.#setAt(entry.place);
      on.changed(entry);
    }, () => on.typing?.());
  }

  get last() {
    return this.at === this.#sheet.entries.length - 1;
  }

  article(index = this.at) {
    return this.#place.children[index];
  }

  oneAtATime(one) {
    this.#one = one;
    this.go(this.at);
  }

  go(index) {
    settleTyped();
    this.#setAt(Math.max(0, Math.min(index, this.#sheet.entries.length - 1)));
    for (const article of this.#place.children) article.hidden = this.#one && article !== this.article();
    this.article().querySelector("[data-slot=number]").focus({ preventScroll: true });
    if (this.#one) window.scrollTo(0, 0);
    else this.article().scrollIntoView({ block: "start" });
  }

  #setAt(index) {
    this.at = index;
    this.#on.moved(index);
  }

  forward() {
    if (this.last) this.#on.finished();
    else this.go(this.at + 1);
  }

  back() {
    if (this.at > 0) this.go(this.at - 1);
  }

  // What the server holds has taken the place of what was shown.
  redraw(entry) {
    drawQuestion(this.article(entry.place), entry);
  }

  clear() {
    this.#place.replaceChildren();
  }

  // Whether the key was for the questions; other keys stay with the browser.
  take(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || composes(event)) return false;
    const article = event.target.closest(".exam-question") ?? this.article();
    const typed = Boolean(event.target.closest("[data-typed]"));
    if (typed) this.#typesAt(article);
    const step = typed && event.key.startsWith("Arrow") ? 0 : MOVES[event.key];
    if (step) return this.#move(step, event);
    // Where there is room for several lines, Enter begins another one.
    if (typed && event.target.matches("textarea") && (event.key === "Enter" || event.key.startsWith("Page"))) return false;
    if (event.key === "Enter") return this.#enter(event);
    // Everything else in a field belongs to what is typed there.
    if (typed) return false;
    if (AMONG[event.key]) return moveAmong(event.target, AMONG[event.key]);
    return lettersChoose() && pick(article, event.key);
  }

  // Where all questions are shown, the one that is typed into is the one to go on from.
  #typesAt(article) {
    const place = [...this.#place.children].indexOf(article);
    if (place !== this.at && place >= 0) this.#setAt(place);
  }

  #move(step, event) {
    // A question longer than the window is read to its end before Page Down leaves it.
    if (event.key.startsWith("Page") && unseen(this.article(), step)) return false;
    if (step > 0 && !this.last) this.go(this.at + 1);
    if (step < 0) this.back();
    return true;
  }

  // Enter on a button or a link presses it; anywhere else it goes on. A held key does not rush through the paper.
  #enter(event) {
    if (event.target.closest("button, a, summary, [data-tools]")) return false;
    if (!event.repeat) this.forward();
    return true;
  }
}

// An input method takes the key for itself; some browsers say so by this number only.
const composes = (event) => event.isComposing || event.keyCode === 229;

const EDGE = 4;

function unseen(article, step) {
  const { top, bottom } = article.getBoundingClientRect();
  return step > 0 ? bottom > window.innerHeight + EDGE : top < -EDGE;
}

// Picks by 1–9 or by the letter on the card. A picked radio stays picked; a checkbox goes on and off.
function pick(article, key) {
  const inputs = inputsOf(article);
  const input = /^[1-9]$/.test(key) ? inputs[Number(key) - 1] : inputs.find((one) => one.dataset.label === key.toUpperCase());
  if (!input || key.length !== 1) return false;
  input.focus();
  input.click();
  return true;
}

// Radio buttons move by arrows on their own; checkboxes are made to do the same, without being ticked.
function moveAmong(input, step) {
  if (input.type !== "checkbox" || !input.closest(".exam-question")) return false;
  const inputs = inputsOf(input.closest(".exam-question"));
  inputs[(inputs.indexOf(input) + step + inputs.length) % inputs.length].focus();
  return true;
}
