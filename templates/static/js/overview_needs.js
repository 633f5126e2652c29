// What of a room needs somebody, the worst first. The bureau looks and telephones; the room itself acts.

import { words, fill } from "/static/js/day_words.js";

const { opensBefore, proctors } = document.querySelector("[data-day]").dataset;
const OPENING = Number(opensBefore) * 60 * 1000;
const NEEDED = Number(proctors);

export function needsOf(room, now) {
  const starts = Date.parse(room.starts_at);
  const over = room.phase === "ended";
  const sealed = !room.opened && !room.rehearsal && !over;
  const { expected, admitted, working, paused } = room.counts;
  const need = (code, rank, tone, n) => ({ rank, tone, what: fill(words.need[code], { n, all: NEEDED }) });
  return [
    sealed && now >= starts && need("sealed_late", 0, "bad", room.hands),
    over && admitted + working + paused > 0 && need("open", 1, "bad", admitted + working + paused),
    room.lost > 0 && need("lost", 2, "bad", room.lost),
    room.paused && need("paused", 3, "wait"),
    !over && room.proctors.length < NEEDED && need("proctors", 4, "wait", room.proctors.length),
    room.open_cases > 0 && need("cases", 5, "wait", room.open_cases),
    sealed && now < starts && now >= starts - OPENING && need("sealed", 6, "wait", room.hands),
    ["running", "paused"].includes(room.phase) && expected > 0 && need("missing", 7, "wait", expected),
  ].filter(Boolean);
}
