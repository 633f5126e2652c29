// The server's clock decides. A page hears it with every reply and counts on by the monotonic timer in between,
// so that a wrong or changed clock on this machine shifts nothing.

import { Sleep } from "/static/js/sleep.js";

const BEIJING = 8 * 60 * 60 * 1000;

export class ServerClock {
  #offset = null;
  #sleep = new Sleep();

  // Half the way there and back is how old the server's word is when it arrives.
  hear(instant, askedAt) {
    if (this.known && this.#sleep.after(askedAt)) return;
    const heardAt = performance.now();
    this.#sleep.begin();
    this.#offset = Date.parse(instant) + (heardAt - askedAt) / 2 - heardAt;
  }

  get known() {
    return this.#offset !== null;
  }

  now() {
    return performance.now() + this.#sleep.slept + this.#offset;
  }

  // True once after the machine has slept: time to ask the server again.
  woke() {
    return this.#sleep.woke();
  }
}

// Screens and papers show Beijing time, whatever zone the machine believes it is in.
export function beijing(instant) {
  const milliseconds = typeof instant === "string" ? Date.parse(instant) : instant;
  return new Date(milliseconds + BEIJING).toISOString().slice(11, 19);
}

export function span(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return hours ? `${hours}:${text}` : text;
}
