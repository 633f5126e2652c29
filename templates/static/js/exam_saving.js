// Saving answers over a bad network: every change is sent at once, the newest of an item wins, and nothing is
// forgotten until the server has acknowledged it. What is unsent also lies in this tab's session storage (choices
// only, never a question), so that a reload loses nothing.

import { ask, passing } from "/static/js/day_link.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 10000;

export class Saving {
  #unsent = new Map();
  #seqs = new Map();
  #key;
  #busy = false;
  #stopped = false;
  #wait = FIRST_WAIT;
  #timer = 0;
  #on;

  // `on` has three listeners: state("saving" | "unsaved" | "saved"), acknowledged(reply, askedAt), refused(problem).
  constructor(key, stored, on) {
    this.#key = key;
    this.#on = on;
    for (const answer of stored) this.#seqs.set(answer.position, answer.seq);
    for (const [position, answer] of this.#read()) {
      // A stored answer as new as ours was acknowledged after all, or a later one was given on another machine.
      if (answer.seq > (this.#seqs.get(position) ?? 0)) this.#put(position, answer);
    }
    this.#write();
    window.addEventListener("online", () => this.#hurry());
    if (this.#unsent.size) this.#send();
  }

  get unsent() {
    return new Map(this.#unsent);
  }

  change(position, choice, flagged) {
    this.#put(position, { choice, flagged, seq: (this.#seqs.get(position) ?? 0) + 1 });
    this.#write();
    this.#on.state(this.#wait > FIRST_WAIT ? "unsaved" : "saving");
    this.#send();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  forget() {
    this.stop();
    try {
      sessionStorage.removeItem(this.#key);
    } catch {
      // Storage that cannot be written held nothing either.
    }
  }

  #put(position, answer) {
    this.#seqs.set(position, answer.seq);
    this.#unsent.set(position, answer);
  }

  #hurry() {
    clearTimeout(this.#timer);
    this.#send();
  }

  async #send() {
    if (this.#busy || this.#stopped || !this.#unsent.size) return;
    clearTimeout(this.#timer);
    this.#busy = true;
    const [position, answer] = this.#unsent.entries().next().value;
    const askedAt = performance.now();
    try {
      const reply = await ask("PUT", `/api/v1/exam/answers/${position}`, answer);
      this.#acknowledge(position, answer, reply, askedAt);
    } catch (error) {
      this.#fail(position, answer, error);
    }
    this.#busy = false;
    if (this.#wait === FIRST_WAIT) this.#send();
  }

  #acknowledge(position, answer, reply, askedAt) {
    if (this.#stopped) return;
    this.#wait = FIRST_WAIT;
    const newest = this.#unsent.get(position);
    if (reply.seq > answer.seq) {
      // The server holds a later change of another tab; what was just chosen here is later still.
      this.#put(position, { ...newest, seq: Math.max(reply.seq, newest.seq) + 1 });
    } else if (newest.seq === answer.seq) {
      this.#unsent.delete(position);
    }
    this.#write();
    this.#on.acknowledged(reply, askedAt);
    this.#on.state(this.#unsent.size ? "saving" : "saved");
  }

  #fail(position, answer, error) {
    if (this.#stopped) return;
    if (!passing(error)) {
      // An answer that the server calls malformed will never be accepted and must not block the others. Any other
      // refusal means that this machine may not answer any more.
      if (error.status !== 422) this.stop();
      else if (this.#unsent.get(position)?.seq === answer.seq) this.#unsent.delete(position);
      this.#write();
      this.#on.refused(error);
      return;
    }
    // Another item's turn comes first after the wait, should only this one be in trouble.
    const newest = this.#unsent.get(position);
    this.#unsent.delete(position);
    this.#unsent.set(position, newest);
    this.#on.state("unsaved");
    this.#timer = setTimeout(() => this.#send(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key)) ?? [];
    } catch {
      return [];
    }
  }

  // A browser may refuse storage altogether; saving to the server goes on without it.
  #write() {
    try {
      if (this.#unsent.size) sessionStorage.setItem(this.#key, JSON.stringify([...this.#unsent]));
      else sessionStorage.removeItem(this.#key);
    } catch {
      this.#key = "";
    }
  }
}
