// The server's clock decides. Every reply tells it; the page counts on by the monotonic timer in between, so that a
// wrong or changed clock on this machine shifts nothing.

import { words, fill } from "/static/js/day_words.js";
import { Sleep } from "/static/js/sleep.js";

const SAMPLES = 9;
// When the server says something else by more than this, it is right at once.
const JUMP = 5000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const IN_SECONDS_BELOW = 10 * MINUTE;

export class ExamClock {
  #offsets = [];
  #sleep = new Sleep();

  // Half the way there and back is how old the server's word is when it arrives.
  hear(instant, askedAt) {
    // An answer that this machine slept over says nothing of now; the next one does.
    if (this.known && this.#sleep.after(askedAt)) return;
    const heardAt = performance.now();
    const offset = Date.parse(instant) + (heardAt - askedAt) / 2 - heardAt;
    if (!Number.isFinite(offset)) return;
    if (this.#sleep.slept || (this.known && Math.abs(offset - this.#median()) > JUMP)) this.#offsets = [];
    this.#sleep.begin();
    this.#offsets = [...this.#offsets, offset].slice(-SAMPLES);
  }

  get known() {
    return this.#offsets.length > 0;
  }

  now() {
    return performance.now() + this.#sleep.slept + (this.known ? this.#median() : 0);
  }

  // True once after the machine has slept: time to ask the server again.
  woke() {
    return this.#sleep.woke();
  }

  stamp() {
    return new Date(this.now()).toISOString();
  }

  // One slow reply is an outlier, not a new time.
  #median() {
    const sorted = [...this.#offsets].sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 2)];
  }
}

// Time left as people say it: whole minutes first, seconds only when they begin to matter.
export function inWords(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  if (milliseconds >= IN_SECONDS_BELOW) {
    const minutes = Math.ceil(seconds / 60);
    const values = { h: Math.floor(minutes / 60), m: minutes % 60 };
    const hours = values.m ? words.left_hours : words.left_whole_hours;
    return fill(values.h ? hours : words.left_minutes, values);
  }
  const values = { m: Math.floor(seconds / 60), s: seconds % 60 };
  return fill(values.m ? words.left_seconds : words.left_only_seconds, values);
}
