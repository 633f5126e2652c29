// The roster in memory, with what has happened since it was fetched: our own acts at once, the server's word as it comes.

// Whoever is in the room, or has been.
const PRESENT = ["admitted", "working", "paused", "on_paper", "handed_in", "terminated"];
export const BEGUN = ["working", "paused", "on_paper", "handed_in", "terminated"];

export const present = (state) => PRESENT.includes(state);

export class Roster {
  #seats;
  #numbers;
  #changes;
  #times;

  // `room` is what the tablet keeps; its `seats` are the changes by seat id, its `times` those of the clock.
  constructor({ payload, fetched, ticketKey }, room) {
    this.sitting = payload.sitting_id;
    this.fetched = fetched;
    this.expires = Date.parse(payload.expires_at);
    this.ticketKey = ticketKey;
    this.#seats = new Map(payload.seats.map((seat) => [seat.seat_id, seat]));
    this.#numbers = new Map(payload.seats.map((seat) => [seat.ticket_number, seat.seat_id]));
    this.#changes = room.seats;
    this.#times = { ...payload, ...room.times };
  }

  get size() {
    return this.#seats.size;
  }

  get admitted() {
    return [...this.#seats.keys()].filter((id) => present(this.seat(id).state)).length;
  }

  seat(id) {
    const seat = this.#seats.get(id);
    return seat ? { ...seat, ...this.#changes[id] } : null;
  }

  seatOfNumber(number) {
    return this.seat(this.#numbers.get(number));
  }

  // Milliseconds since 1970 of check_in_from, starts_at, last_entry_at or ends_at, as they stand now.
  time(name) {
    return Date.parse(this.#times[name]);
  }

  moved(times) {
    this.#times = { ...this.#times, ...times };
  }
}
