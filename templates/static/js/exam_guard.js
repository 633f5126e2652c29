// A closed-book exam: nothing goes out of the window and nothing comes in. What a page can notice it counts, tells the
// candidate and sends with the next sign of life; what it cannot notice remains the proctor's to see.

import { words, fill } from "/static/js/day_words.js";
import { nonce } from "/static/js/exam_link.js";
import * as store from "/static/js/exam_store.js";

// One attempt makes several events (a key, a menu, a dialog); within this time they are one.
const ONE_ACT = 1500;
// A long absence is told while it lasts, so that the proctor can act; the rest of it follows with the return.
const LONG_ABSENCE = 60000;
// Going to full screen takes the focus for a moment; that is the browser's doing and nobody's leaving.
const FLICKER = 500;
const SAYS = { clipboard: words.left_clipboard, print: words.left_print, menu: words.left_menu };

export class Guard {
  #ticket;
  #clock;
  #on;
  #counting = false;
  #left = new Map();
  #lastOf = new Map();
  #away = null;
  #timer = 0;

  // `on` hears noticed(sentence), to be shown, and changed(), when there is something to send.
  constructor({ ticket, left, clock, on }) {
    this.#ticket = ticket;
    this.#clock = clock;
    this.#on = on;
    for (const { ticket: _, ...one } of left) this.#left.set(one.nonce, one);
    this.#watch();
  }

  get left() {
    return [...this.#left.values()];
  }

  // From the first question to the last everything counts; before and after it is only prevented.
  count(counting) {
    if (!counting) this.#back();
    this.#counting = counting;
  }

  told(leavings) {
    for (const one of leavings) this.#left.delete(one.nonce);
    store.releaseLeavings(this.#ticket, leavings.map((one) => one.nonce)).catch(() => {});
  }

  // `instant` is when it began by the server's clock.
  note(kind, seconds = 0, instant = this.#clock.now()) {
    if (!this.#counting) return;
    const since = performance.now() - (this.#lastOf.get(kind) ?? -Infinity);
    if (seconds === 0 && since < ONE_ACT) return;
    this.#lastOf.set(kind, performance.now());
    const one = { nonce: nonce(), kind, seconds, made_at: new Date(instant).toISOString() };
    this.#left.set(one.nonce, one);
    store.keepLeaving(this.#ticket, one).catch(() => {});
    this.#on.changed();
  }

  #attempt(kind) {
    if (!this.#counting) return;
    this.note(kind);
    this.#on.noticed(SAYS[kind]);
  }

  #watch() {
    const refuse = (kind) => (event) => {
      event.preventDefault();
      this.#attempt(kind);
    };
    for (const name of ["copy", "cut", "paste"]) document.addEventListener(name, refuse("clipboard"));
    for (const name of ["dragstart", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
    // One's own words may be selected, to be written over; nothing else may.
    document.addEventListener("selectstart", (event) => { if (!event.target.closest?.("[data-typed]")) event.preventDefault(); });
    // A slow finger opens the menu without meaning to: it is kept shut, and counted only for a mouse or a key.
    document.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      if (event.pointerType !== "touch") this.#attempt("menu");
    });
    window.addEventListener("beforeprint", () => this.#attempt("print"));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p") refuse("print")(event);
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#returned()));
    window.addEventListener("blur", () => this.#leave());
    window.addEventListener("focus", () => this.#returned());
  }

  #leave() {
    if (!this.#counting || this.#away) return;
    // By the server's clock, which goes on while this machine sleeps with the lid shut.
    this.#away = { instant: this.#clock.now(), told: 0 };
    this.#timer = setTimeout(() => this.#tellAbsence(), LONG_ABSENCE);
  }

  #tellAbsence() {
    const seconds = Math.max(1, Math.round((this.#clock.now() - this.#away.instant) / 1000) - this.#away.told);
    this.note("window", seconds, this.#away.instant + this.#away.told * 1000);
    this.#away.told += seconds;
    return this.#away.told;
  }

  #returned() {
    // Focus comes back before the page is seen again, or the other way round; both have to be.
    if (!document.hidden && document.hasFocus()) this.#back();
  }

  #back() {
    if (!this.#away) return;
    clearTimeout(this.#timer);
    const flicker = this.#clock.now() - this.#away.instant < FLICKER;
    const all = flicker ? 0 : this.#tellAbsence();
    this.#away = null;
    if (all) this.#on.noticed(fill(words.left_window, { n: all }));
  }
}
