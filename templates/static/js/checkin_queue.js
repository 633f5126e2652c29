// What was done at the door on its way to the server: in its order, as often as it takes, and never dropped. Driven by
// what becomes of each attempt; the browser's own idea of being online is only a hint to try at once.

import { call, Problem, Unreachable } from "/static/js/api.js";
import { passing } from "/static/js/day_link.js";
import * as clock from "/static/js/checkin_clock.js";
import * as store from "/static/js/checkin_store.js";

const MOST = 200;
const PATIENCE = 8000;
const PATIENCE_PER_ACT = 50;
const SOONEST = 2000;
const SLOWEST = 30000;
const SHUT = 60000;
// An act that has waited this long has happened already, whatever the server may say to it.
const FRESH = 5000;
// One act among many can make a whole request unreadable; it is found by sending them singly.
const MALFORMED = [413, 422];
const AWAY = ["away", "signed_out", "shut"];

const transient = (error) => passing(error) || error.code === "conflict";
// A time-out is a DOMException; anything else that is no answer is a mistake of ours, and is not kept quiet.
const ours = (error) => !(error instanceof Problem || error instanceof Unreachable || error instanceof DOMException);

export class Queue {
  #place;
  #room;
  #hear;
  #timer = 0;
  #failures = 0;
  #most = MOST;
  #sending = null;
  #waiting = [];
  #listening = new AbortController();

  // `state` is unread, delivered, waiting, away, signed_out or shut; `reason` is the server's sentence where it is shut.
  state = "unread";
  reason = "";
  // Decisions and looks that wait; acts that the server could not read.
  decisions = 0;
  looks = 0;
  aside = [];

  // `hear` {onChange, onUnknownTablet, onSignedOut, onOutcomes(outcomes by nonce, acts, answer)}; the last one changes the room and
  // answers with what is to be done once that is on the disk.
  constructor(place, room, hear) {
    this.#place = place;
    this.#room = room;
    this.#hear = hear;
    const { signal } = this.#listening;
    window.addEventListener("online", () => this.send(), { signal });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.send(); }, { signal });
  }

  // Ends after the attempt that is under way: somebody else sends from now on.
  close() {
    clearTimeout(this.#timer);
    this.#listening.abort();
  }

  get count() {
    return this.decisions + this.looks;
  }

  #count(acts) {
    this.#waiting = acts;
    this.looks = acts.filter((one) => one.act === "look").length;
    this.decisions = acts.length - this.looks;
  }

  get away() {
    return AWAY.includes(this.state);
  }

  // Resolves when the act and what it does to the room are on the disk.
  async add(act) {
    const { person, sitting } = this.#place;
    await store.addAct({ ...act, person, sitting, offline: this.away, aside: null }, this.#room);
    this.#count([...this.#waiting, act]);
    if (!this.away) this.state = "waiting";
    this.#hear.onChange();
    this.send();
  }

  // Seats with a decision that the server has not heard of: what it says of them is not the newest.
  async undelivered() {
    const acts = await store.waiting(this.#place.person, this.#place.sitting);
    return new Set(acts.filter((one) => one.act !== "look").map((one) => one.seat_id));
  }

  send() {
    this.#sending ??= this.#drain().finally(() => { this.#sending = null; });
    return this.#sending;
  }

  // A person tries an act again that the server could not read.
  async retry(nonce) {
    const acts = await store.waiting(this.#place.person, this.#place.sitting);
    await store.putActs(acts.filter((one) => one.nonce === nonce).map((one) => ({ ...one, aside: null })));
    return this.send();
  }

  async #drain() {
    clearTimeout(this.#timer);
    for (;;) {
      const acts = await store.waiting(this.#place.person, this.#place.sitting);
      this.aside = acts.filter((one) => one.aside);
      const ready = acts.filter((one) => !one.aside);
      this.#count(ready);
      if (!ready.length) {
        this.#most = MOST;
        this.#settled("delivered");
        return;
      }
      if (!(await this.#attempt(ready.slice(0, this.#most)))) return;
    }
  }

  #settled(state, reason = "") {
    this.state = state;
    this.reason = reason;
    this.#hear.onChange();
  }

  // Whether there is a point in going on at once.
  async #attempt(acts) {
    for (const act of acts) act.offline ||= clock.now() - Date.parse(act.at) > FRESH;
    try {
      await this.#deliver(acts);
      return true;
    } catch (error) {
      return this.#failed(error, acts);
    }
  }

  async #deliver(acts) {
    const askedAt = performance.now();
    const body = { device: this.#place.device, sent_at: clock.instant(), acts: acts.map(shape) };
    const signal = AbortSignal.timeout(PATIENCE + PATIENCE_PER_ACT * acts.length);
    const answer = await call("POST", `/api/v1/sittings/${this.#place.sitting}/check-ins`, body, { signal });
    await clock.hear(answer.now, askedAt);
    const outcomes = new Map(answer.outcomes.map((one) => [one.nonce, one]));
    const settled = acts.filter((act) => outcomes.has(act.nonce));
    if (!settled.length) throw new Error("an answer without any outcome");

    this.#failures = 0;
    const tell = this.#hear.onOutcomes(outcomes, settled, answer);
    await store.settle(settled, this.#room);
    tell();
  }

  async #failed(error, acts) {
    if (ours(error)) console.error(error);
    if (transient(error)) {
      await store.putActs(acts.map((act) => ({ ...act, offline: true })));
      return this.#later("away", SOONEST * 2 ** this.#failures, "");
    }
    if (error.status === 401) {
      this.#hear.onSignedOut();
      return this.#later("signed_out", SLOWEST, "");
    }
    if (error.code === "tablet_unknown" && (await this.#hear.onUnknownTablet())) return true;
    if (!MALFORMED.includes(error.status)) return this.#later("shut", SHUT, error.message);
    if (acts.length > 1) {
      this.#most = 1;
      return true;
    }
    await store.putActs([{ ...acts[0], aside: { code: error.code, reason: error.message } }]);
    return true;
  }

  #later(state, after, reason) {
    this.#failures += 1;
    this.#timer = setTimeout(() => this.send(), Math.min(after, state === "shut" ? SHUT : SLOWEST));
    this.#settled(state, reason);
    return false;
  }
}

function shape({ nonce, act, text, seat_id, reason, note, confirmed, at, offline }) {
  const about = { text: text ?? "", seat_id: seat_id ?? null, reason: reason ?? null, note: note ?? "" };
  return { nonce, act, ...about, confirmed: confirmed ?? false, at, offline };
}
