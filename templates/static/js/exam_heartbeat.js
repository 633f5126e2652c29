// Signs of life: one small request every few seconds tells the server that this machine is there, and brings back
// whatever has changed for it. Nothing else on the page asks by itself.

import { ask } from "/static/js/exam_link.js";

const HEARTBEAT = 15000;
const WAITING = 5000;
export const ASKING = 2000;
// A room of thirty does not ask in the same instant.
const JITTER = 800;
// While the network is away the next attempt comes sooner, so that its return is noticed at once.
const AWAY = 5000;

// How long to wait: little while the server is asked whether the time is over, and never past the start of the exam.
export function untilNext(asking, paper, startsIn) {
  if (asking) return ASKING;
  if (paper) return HEARTBEAT;
  return startsIn > 0 ? Math.min(WAITING, startsIn + Math.random() * JITTER) : WAITING;
}

export class Heartbeat {
  #tell;
  #every;
  #on;
  #timer = 0;
  #turn = 0;

  // `tell()` gives the body, `every()` the pause until the next one; `on` hears reply(reply, askedAt, body) and
  // failure(error).
  constructor({ tell, every, on }) {
    this.#tell = tell;
    this.#every = every;
    this.#on = on;
    this.#soon = this.now.bind(this);
    window.addEventListener("online", this.#soon);
    document.addEventListener("visibilitychange", this.#seen);
  }

  #soon;
  // What a hidden page's timers put off is asked as soon as it is looked at again.
  #seen = () => { if (!document.hidden) this.#soon(); };

  async now() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    const turn = this.#turn;
    const body = this.#tell();
    const askedAt = performance.now();
    let reply;
    let error;
    try {
      reply = await ask("POST", "/api/v1/exam/heartbeat", body);
    } catch (caught) {
      error = caught;
    }
    if (turn !== this.#turn) return;
    this.#timer = setTimeout(() => this.now(), error ? Math.min(AWAY, this.#every()) : this.#every());
    if (error) this.#on.failure(error);
    else this.#on.reply(reply, askedAt, body);
  }

  stop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    window.removeEventListener("online", this.#soon);
    document.removeEventListener("visibilitychange", this.#seen);
  }
}
