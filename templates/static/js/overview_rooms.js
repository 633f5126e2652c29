// Exam points and their rooms. Elements stay between answers; only what has changed is written.

import { words, fill, slots } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { drawParts } from "/static/js/overview_picture.js";
import { needsOf } from "/static/js/overview_needs.js";

const MINUTE = 60 * 1000;
const short = (instant) => beijing(instant).slice(0, 5);
const copy = (name) => document.querySelector(`[data-${name}-template]`).content.firstElementChild.cloneNode(true);

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

class Room {
  constructor() {
    this.part = copy("room");
    this.places = slots(this.part);
  }

  show(room, now) {
    const { places } = this;
    const [need] = needsOf(room, now);
    this.part.dataset.tone = need?.tone ?? "fine";
    this.part.dataset.sitting = room.sitting_id;
    write(places.room, room.room);
    write(places.class_name, room.class_name);
    places.rehearsal.hidden = !room.rehearsal;
    write(places.phase, words.phase[room.phase]);
    places.phase.dataset.phase = room.phase;
    places.seal.hidden = room.rehearsal;
    places.seal.dataset.hands = room.opened ? 2 : room.hands;
    write(places.hands, room.opened ? words.opened : fill(words.hands, { n: room.hands }));
    write(places.need, need?.what ?? words.fine);
    drawParts(places.picture, room.counts);
    this.#showCourse(room, now);
    for (const name of ["lost", "incidents", "open_cases"]) write(places[name], String(room[name]));
    write(places.proctors, room.proctors.join(words.separator) || words.none);
    places.record.href = `/proctor/sittings/${room.sitting_id}/record`;
  }

  #showCourse(room, now) {
    const [starts, ends] = [Date.parse(room.starts_at), Date.parse(room.ends_at)];
    const all = Math.round((ends - starts) / MINUTE);
    const n = Math.max(0, Math.min(all, Math.floor((now - starts) / MINUTE)));
    const times = fill(room.began_late ? words.late : words.times, { from: short(room.starts_at), until: short(room.ends_at) });
    this.places.course.max = all || 1;
    this.places.course.value = n;
    write(this.places.times, n > 0 ? fill(words.elapsed, { times, n, all }) : times);
  }
}

export class Point {
  #rooms = new Map();

  constructor() {
    this.part = copy("point");
    this.places = slots(this.part);
  }

  show(point, now) {
    write(this.places.name, point.name);
    write(this.places.county, point.county);
    const ids = new Set(point.rooms.map((room) => room.sitting_id));
    for (const [id, room] of this.#rooms) if (!ids.has(id)) { room.part.remove(); this.#rooms.delete(id); }
    point.rooms.forEach((one, place) => {
      if (!this.#rooms.has(one.sitting_id)) this.#rooms.set(one.sitting_id, new Room());
      const room = this.#rooms.get(one.sitting_id);
      const there = this.places.rooms.children[place] ?? null;
      if (there !== room.part) this.places.rooms.insertBefore(room.part, there);
      room.show(one, now);
    });
  }
}
