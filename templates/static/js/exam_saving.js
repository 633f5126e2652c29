// Saving answers over a bad network. Every change lies in IndexedDB at once, signed, and goes to the server in the
// order it was made; it leaves the queue when the server's reply has come, and not before.

import { VERSION } from "/static/js/exam_key.js";
import { ask, passing, unable } from "/static/js/exam_link.js";
import * as store from "/static/js/exam_store.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 10000;
// A hand that ticks three boxes in a row makes one request, not three; the last seconds wait for nothing.
const GATHER = 200;

export class Saving {
  overruled = [];
  #unsent = new Map();
  #seqs = new Map();
  #ticket;
  #paper;
  #sign;
  #clock;
  #typing;
  #on;
  #order = 0;
  #busy = false;
  #stopped = false;
  #held = false;
  #wait = FIRST_WAIT;
  #unable = false;
  #timer = 0;
  #writing = Promise.resolve();
  #drained = [];

  // `typing()` says whether something is being typed that is no change yet. `on` has four listeners: state(),
  // acknowledged(reply, askedAt), stale(position, error) when the server holds something newer or refuses this one change
  // for good, refused(error) when this machine may not save now.
  constructor({ ticket, paper, stored, queued, sign, clock, typing, on }) {
    this.#ticket = ticket;
    this.#paper = paper;
    this.#sign = sign;
    this.#clock = clock;
    this.#typing = typing;
    this.#on = on;
    for (const answer of stored) this.#seqs.set(answer.position, answer.seq);
    const choices = new Map(stored.map((answer) => [answer.position, answer.choice]));
    for (const entry of queued) {
      // What was answered on a form that the room has given up is no answer to this one.
      if ((entry.paper ?? paper) === paper) this.#inherit(entry, choices.get(entry.position));
      else this.#write(() => store.release(ticket, entry.position, entry.seq));
    }
    window.addEventListener("online", () => this.hurry());
    this.#schedule(0);
  }

  // What an earlier page of this exam could not send. A stored answer as new as that one was acknowledged after all,
  // or a later one was given elsewhere: then the server's stands, and where it differs the candidate is told.
  #inherit(entry, choice) {
    this.#order = Math.max(this.#order, entry.order);
    if (entry.seq > (this.#seqs.get(entry.position) ?? 0)) {
      this.#put(entry);
      return;
    }
    if (entry.choice !== choice) this.overruled.push(entry.position);
    this.#write(() => store.release(this.#ticket, entry.position, entry.seq));
  }

  get unsent() {
    return new Map(this.#unsent);
  }

  // "saved", "saving", "waiting" for the network, "unable" when the server answers but cannot save just now, or "held"
  // by a pause or a refusal that may pass.
  get state() {
    if (!this.#unsent.size) return this.#typing() ? "saving" : "saved";
    if (this.#held) return "held";
    if (this.#wait === FIRST_WAIT) return "saving";
    return this.#unable ? "unable" : "waiting";
  }

  change(position, choice, flagged) {
    this.#order += 1;
    const seq = (this.#seqs.get(position) ?? 0) + 1;
    const paper = this.#paper;
    const said = { position, choice, flagged, seq, paper, made_at: this.#clock.stamp() };
    const entry = { ...said, version: VERSION, order: this.#order, signature: "" };
    this.#put(entry);
    this.#write(async () => {
      entry.signature = await this.#sign(entry);
      await store.keep(this.#ticket, entry);
    });
    this.#on.state();
    if (this.#wait === FIRST_WAIT) this.#schedule(GATHER);
  }

  // Resolves when everything has been acknowledged.
  whenDrained() {
    if (!this.#unsent.size) return Promise.resolve();
    this.hurry();
    return new Promise((resolve) => { this.#drained.push(resolve); });
  }

  // The network seems to be back, or the exam goes on.
  hurry() {
    this.#held = false;
    this.#schedule(0);
  }

  hold() {
    this.#held = true;
    clearTimeout(this.#timer);
    this.#on.state();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  // The queue as it lies on the disk, every entry signed.
  async settled() {
    await this.#writing;
    return [...this.#unsent.values()];
  }

  // A newer answer of the server's takes the place of what was here.
  adopt(position, seq) {
    const entry = this.#unsent.get(position);
    this.#seqs.set(position, Math.max(seq, this.#seqs.get(position) ?? 0));
    if (entry && entry.seq <= seq) this.#drop(entry);
  }

  #put(entry) {
    this.#seqs.set(entry.position, entry.seq);
    // The newest change of an item stands where it was made in time, behind those made before it.
    this.#unsent.delete(entry.position);
    this.#unsent.set(entry.position, entry);
  }

  #drop(entry) {
    if (this.#unsent.get(entry.position)?.seq === entry.seq) this.#unsent.delete(entry.position);
    this.#write(() => store.release(this.#ticket, entry.position, entry.seq));
    if (!this.#unsent.size) for (const resolve of this.#drained.splice(0)) resolve();
  }

  // One after another, so that a removal can never overtake what it removes. A browser that refuses storage still
  // saves to the server.
  #write(work) {
    this.#writing = this.#writing.then(work).catch(() => {});
  }

  #schedule(after) {
    if (this.#stopped || this.#held) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), after);
  }

  async #send() {
    if (this.#busy || this.#stopped || this.#held || !this.#unsent.size) return;
    this.#busy = true;
    const entry = this.#unsent.values().next().value;
    const { choice, flagged, seq } = entry;
    const paper = this.#paper;
    const askedAt = performance.now();
    try {
      const reply = await ask("PUT", `/api/v1/exam/answers/${entry.position}`, { choice, flagged, seq, paper });
      this.#busy = false;
      this.#acknowledge(entry, reply, askedAt);
    } catch (error) {
      this.#busy = false;
      this.#fail(entry, error);
    }
  }

  #acknowledge(entry, reply, askedAt) {
    if (this.#stopped) return;
    this.#wait = FIRST_WAIT;
    if (reply.seq > entry.seq) {
      this.adopt(entry.position, reply.seq);
      this.#on.stale(entry.position, null);
    } else {
      this.#drop(entry);
    }
    this.#on.acknowledged(reply, askedAt);
    this.#on.state();
    this.#schedule(0);
  }

  #fail(entry, error) {
    if (this.#stopped) return;
    if (passing(error)) this.#again(entry, error);
    else if (error.status === 422 || error.code === "answer_from_two_windows") this.#refuse(entry, error);
    else this.#on.refused(error);
  }

  // An answer that the server will never take must not block the others.
  #refuse(entry, error) {
    this.#drop(entry);
    this.#on.stale(entry.position, error);
    this.#on.state();
    this.#schedule(0);
  }

  #again(entry, error) {
    // Should only this one item be in trouble, the others go first; with no network the order stays.
    const newest = this.#unsent.get(entry.position);
    if (error.status && newest) {
      this.#unsent.delete(entry.position);
      this.#unsent.set(entry.position, newest);
    }
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#unable = unable(error);
    this.#on.state();
    this.#schedule(this.#wait);
  }
}
