// The door itself: a ticket is looked at, a person decides, and what the server says to it later is taken in. Shows
// nothing; whoever listens is told what there is to show.

import * as clock from "/static/js/checkin_clock.js";
import { present } from "/static/js/checkin_roster.js";
import { judge } from "/static/js/checkin_verdict.js";
import * as store from "/static/js/checkin_store.js";
import { nonce } from "/static/js/day_link.js";

const RECENT = 60;
const STATES = { admit: "admitted", refuse: "refused" };
const NOBODY = { code: null, seat: null };

export class Door {
  roster = null;
  // The ticket that lies before the proctor: {text, nonce, at, code, reason, seat, last, heard}.
  card = null;
  tally = null;
  #room;
  #queue = null;
  #hear;
  #looks = 0;
  // When a seat was last decided here, by the monotonic timer: an older word of the server about it is no news.
  #decided = new Map();

  // `hear` {onCard(card, {heard, news, since}), onDone(decision), onAnswered(decision, trouble), onChange, onShutOut}.
  constructor(room, hear) {
    this.#room = room;
    this.#hear = hear;
  }

  connect(queue) {
    this.#queue = queue;
  }

  get recent() {
    return this.#room.recent;
  }

  get troubles() {
    return this.#room.troubles;
  }

  seat(id) {
    const open = this.card?.seat;
    return this.roster?.seat(id) ?? (open?.seat_id === id ? open : null) ?? null;
  }

  // --- looking ---

  // `since` is when the ticket came into sight, by the monotonic timer.
  async look(text, since) {
    const look = { text, nonce: nonce(), at: clock.instant() };
    const card = await this.#judge(look, since);
    if (!card) return;
    this.#room.card = { ...look, last: card.last };
    await this.#queue.add({ ...look, act: "look" });
  }

  // The card that was open when the page went away; its look is on its way already.
  async restore() {
    const kept = this.#room.card;
    if (kept) await (this.roster ? this.#judge(kept) : this.look(kept.text));
  }

  // Shows the verdict before anything touches the disk or the network. Without a roster the server has to say it.
  async #judge(look, since) {
    this.#looks += 1;
    const mine = this.#looks;
    const { code, seat, issue } = this.roster ? await judge(look.text, this.roster, clock.now()) : NOBODY;
    if (mine !== this.#looks) return null;
    const last = "last" in look ? look.last : seat?.last_scan_at ?? null;
    this.card = { ...look, code, seat, last, reason: "", heard: false, since };
    if (seat) this.#change(seat.seat_id, { last_scan_at: look.at, ...(issue ? { issue } : {}) });
    this.#hear.onCard(this.card, { heard: false, since });
    return this.card;
  }

  // Next, please: whoever was not decided on can be scanned again.
  async next() {
    this.#looks += 1;
    this.card = null;
    this.#room.card = null;
    await store.keepRoom(this.#room);
  }

  // --- deciding ---

  // `why` is {confirmed}, where the proctor has seen the new ticket of a seat whose old one was replaced.
  admit(why = {}) {
    return this.#decide("admit", why);
  }

  refuse(reason, note) {
    return this.#decide("refuse", { reason, note });
  }

  async #decide(act, why) {
    const { card } = this;
    if (!card?.seat) return;
    const { seat } = card;
    const { state, admitted_at, refused } = seat;
    const decision = { nonce: nonce(), act, seat_id: seat.seat_id, number: seat.number, at: clock.instant(), state: "waiting" };
    const in_time = this.#inTime(seat);
    decision.before = { state, admitted_at, refused, in_time };
    const now = act === "admit" ? { admitted_at: decision.at, refused: null } : { admitted_at: null, refused: why.reason };
    const earlier = this.#room.recent;
    this.#change(seat.seat_id, { state: STATES[act], ...now, in_time });
    this.#room.recent = [decision, ...earlier.filter((one) => one.seat_id !== seat.seat_id)].slice(0, RECENT);
    this.#room.card = null;
    this.card = null;
    try {
      await this.#queue.add({ nonce: decision.nonce, act, seat_id: seat.seat_id, text: card.text, ...why, at: decision.at });
    } catch (error) {
      // What is not on the disk has not been decided.
      this.#change(seat.seat_id, decision.before);
      this.#room.recent = earlier;
      this.card = card;
      throw error;
    }
    this.#hear.onDone(decision, seat);
  }

  // Takes the last decision on a seat back; both stay in the record. A card that lies open stays open.
  async undo(decision) {
    const { seat_id: id, state } = decision;
    const act = { nonce: nonce(), act: "undo", seat_id: id, at: clock.instant() };
    const present = { ...this.#room.seats[id] };
    Object.assign(decision, { undone: act.nonce, state: "waiting" });
    this.#change(id, { ...decision.before, in_time: this.#inTime(present) });
    try {
      await this.#queue.add(act);
    } catch (error) {
      Object.assign(decision, { undone: undefined, state });
      this.#change(id, present);
      throw error;
    }
    await this.#again(id);
    this.#hear.onChange();
  }

  // Whether somebody was let in before the last entry, even if it is taken back: they came in time.
  #inTime({ admitted_at: at, in_time }) {
    return Boolean(in_time || (at && Date.parse(at) <= this.roster.time("last_entry_at")));
  }

  #change(id, changes) {
    this.#room.seats[id] = { ...this.#room.seats[id], ...changes };
    if ("state" in changes) this.#decided.set(id, performance.now());
  }

  // The open card is of a seat of which something new is known.
  async #again(id) {
    if (!this.roster || this.card?.seat?.seat_id !== id) return;
    const { code, seat } = await judge(this.card.text, this.roster, clock.now());
    const changed = code !== this.card.code;
    Object.assign(this.card, { code, seat, reason: "" });
    if (changed) this.#hear.onCard(this.card, { heard: true, news: true });
  }

  // --- hearing ---

  // The server's answers change the room at once; what there is to show is told when that is on the disk.
  takeOutcomes(outcomes, acts, answer) {
    this.tally = answer.seats;
    const told = acts.map((act) => this.#takeOutcome(outcomes.get(act.nonce), act));
    return () => {
      for (const tell of told) tell();
      this.#hear.onChange();
    };
  }

  #takeOutcome(outcome, act) {
    if (outcome.verdict === "tablet_revoked") return this.#hear.onShutOut;
    if (outcome.seat) this.#learn(outcome.seat, act);
    if (act.act === "look") return () => this.#takeLook(outcome);
    const decision = this.#room.recent.find((one) => one.nonce === act.nonce || one.undone === act.nonce);
    const trouble = outcome.verdict === "allowed" ? null : this.#trouble(outcome, act);
    if (decision && (decision.undone ?? decision.nonce) === act.nonce) decision.state = trouble ? "trouble" : "sent";
    return () => this.#hear.onAnswered(act, trouble);
  }

  #trouble({ verdict, reason, case: kind, seat }, act) {
    const number = seat?.number ?? this.seat(act.seat_id)?.number ?? null;
    const trouble = { nonce: act.nonce, act: act.act, seat_id: act.seat_id, number, code: verdict, reason, at: act.at };
    this.#room.troubles = [{ ...trouble, case: Boolean(kind) }, ...this.#room.troubles];
    return this.#room.troubles[0];
  }

  // What the server says of a seat is news, unless a later act of ours is still on its way.
  #learn(seat, act) {
    const known = this.#room.recent.find((one) => one.seat_id === seat.seat_id);
    const later = known && known.state === "waiting" && ![known.nonce, known.undone].includes(act.nonce);
    if (later) return;
    const { state, admitted_at, refused, issue } = seat;
    this.#room.seats[seat.seat_id] = { ...this.#room.seats[seat.seat_id], state, admitted_at, refused, issue };
  }

  #takeLook(outcome) {
    if (this.card?.nonce !== outcome.nonce) return;
    const { verdict: code, reason, seat } = outcome;
    const news = code !== this.card.code;
    const known = seat ? this.seat(seat.seat_id) : null;
    this.card.seat = known ?? seat ?? this.card.seat;
    Object.assign(this.card, { code, reason, heard: true, last: seat?.last_scan_at ?? this.card.last });
    this.#hear.onCard(this.card, { heard: true, news, since: this.card.since });
  }

  // The room as the board shows it: what other tablets did, and where the clock has moved to.
  async takeBoard(board, askedAt) {
    const ours = await this.#queue.undelivered();
    for (const { seat_id: id, state, refusal: refused } of board.seats) {
      if (ours.has(id) || this.#decided.get(id) > askedAt) continue;
      this.#room.seats[id] = { ...this.#room.seats[id], state, refused };
    }
    const { starts_at, last_entry_at, ends_at } = board.sitting;
    this.#room.times = { starts_at, last_entry_at, ends_at };
    this.roster?.moved(this.#room.times);
    this.tally = { admitted: board.seats.filter((seat) => present(seat.state)).length, expected: board.seats.length };
    await store.keepRoom(this.#room);
    if (this.card) await this.#again(this.card.seat?.seat_id);
    this.#hear.onChange();
  }

  // A roster that was just fetched knows everything but what is still on its way.
  async takeRoster(roster, askedAt) {
    const ours = await this.#queue.undelivered();
    for (const id of Object.keys(this.#room.seats).map(Number)) {
      if (!ours.has(id) && !(this.#decided.get(id) > askedAt)) delete this.#room.seats[id];
    }
    this.#room.times = null;
    this.roster = roster;
    await store.keepRoom(this.#room);
    if (this.card) await this.#again(this.card.seat?.seat_id);
    this.#hear.onChange();
  }

  // A person has seen to it; what it was about stays in the server's record.
  async seenTo(trouble) {
    this.#room.troubles = this.#room.troubles.filter((one) => one.nonce !== trouble.nonce);
    await store.keepRoom(this.#room);
    this.#hear.onChange();
  }

  // Cases are the server's to list: once it has, our own note of them is not needed.
  async casesListed() {
    this.#room.troubles = this.#room.troubles.filter((one) => !one.case);
    await store.keepRoom(this.#room);
  }
}
