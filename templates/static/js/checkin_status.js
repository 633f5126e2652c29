// What a proctor must always see: how much has not reached the server, how old the roster is, and what waits for a person.

import { words, fill } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const minutes = (instant) => beijing(instant).slice(0, 5);

// Decisions are what counts; looks at tickets are told of only where nothing else waits.
function queueWord({ state, count, decisions, looks }) {
  if (!count) return words.all_delivered;
  if (!decisions) return fill(words.looks_waiting, { count: looks });
  return fill(state === "waiting" ? words.sending : words.waiting, { count: decisions });
}

// Nobody must read that all is delivered while somebody else's acts, or those of another sitting, still lie here.
function othersWord(others) {
  const count = others.reduce((sum, line) => sum + line.count, 0);
  return fill(words.others_waiting, { count });
}

export function showQueue(queue, others) {
  // Before the disk was read nobody knows what waits there, and nobody must be told that nothing does.
  if (queue.state === "unread") return;
  const place = find("queue");
  const theirs = !queue.count && others.length > 0;
  place.dataset.state = queue.count ? queue.state : theirs ? "waiting" : "delivered";
  place.querySelector("[data-slot=queue]").textContent = theirs ? othersWord(others) : queueWord(queue);
  const how = queue.count ? words[`queue_${queue.state}`] ?? "" : theirs ? words.others_how : "";
  place.querySelector("[data-slot=queue-how]").textContent = how;
}

export function showRoster(roster, { able, expected }) {
  const place = find("roster");
  const kept = roster ? fill(words.roster, { count: roster.size, time: minutes(roster.fetched) }) : words.no_roster;
  const differs = roster && expected !== undefined && expected !== roster.size;
  place.dataset.state = roster ? (differs ? "old" : "kept") : "none";
  place.querySelector("[data-slot=roster]").textContent = able ? kept : words.roster_needs_https;
  place.querySelector("[data-slot=roster-how]").textContent = differs ? words.roster_differs : "";
}

export function showCounts(roster, tally) {
  const admitted = roster ? roster.admitted : tally?.admitted;
  if (admitted !== undefined) find("admitted").textContent = admitted;
  const expected = roster ? roster.size : tally?.expected;
  if (expected !== undefined) find("expected").textContent = expected;
}

export function showToSee(count) {
  const place = find("cases");
  place.dataset.state = count ? "some" : "none";
  place.querySelector("[data-slot=cases]").textContent = fill(words.to_see, { count });
}

// One sentence under the bar, the most pressing one; with a button where a person can do something about it. `link` is
// what became of the last attempt to read the room: {kind, reason}, or null.
export function showBanner(queue, { link, revoked }) {
  const place = find("banner");
  const [kind, sentence] = bannerOf(queue, link, revoked);
  place.hidden = !kind;
  place.dataset.kind = kind;
  place.querySelector("[data-slot=banner]").textContent = sentence;
  find("sign-in").hidden = kind !== "signed_out";
}

function bannerOf(queue, link, revoked) {
  const kinds = [queue.state, link?.kind];
  if (revoked) return ["revoked", words.revoked];
  if (kinds.includes("signed_out")) return ["signed_out", words.signed_out];
  if (kinds.includes("shut")) return ["shut", fill(words.shut, { reason: queue.reason || link?.reason || "" })];
  if (kinds.includes("away")) return ["away", words.away];
  return ["", ""];
}

let timer = 0;
export function toast(sentence) {
  const place = find("toast");
  place.textContent = sentence;
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { place.hidden = true; }, 4000);
}
