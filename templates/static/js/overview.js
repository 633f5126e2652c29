// An exam day from the bureau's desk: every room at a glance, and above all what needs somebody. It keeps itself
// up to date by asking; a desk can wait five seconds.

import { words, fill, element } from "/static/js/day_words.js";
import { ServerClock } from "/static/js/day_clock.js";
import { ask, passing, poll } from "/static/js/day_link.js";
import { drawParts } from "/static/js/overview_picture.js";
import { needsOf } from "/static/js/overview_needs.js";
import { Point } from "/static/js/overview_rooms.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const { day } = find("day").dataset;
const clock = new ServerClock();
const points = new Map();
const sums = {
  enrolled: (all) => all.enrolled,
  present: ({ counts }) => counts.admitted + counts.working + counts.paused + counts.on_paper + counts.handed_in + counts.terminated,
  working: ({ counts }) => counts.working + counts.paused + counts.on_paper,
  over: ({ counts }) => counts.handed_in + counts.terminated,
  lost: (all) => all.lost,
  incidents: (all) => all.incidents,
  open_cases: (all) => all.open_cases,
};
let shown = JSON.parse(document.getElementById("first-day").textContent);
let heardAt = 0;
let lost = null;
let needed = -1;

function write(mark, text) {
  const place = find(mark);
  if (place.textContent !== text) place.textContent = text;
}

function show() {
  const county = find("county").value;
  const chosen = shown.points.filter((point) => !county || point.county === county);
  const rooms = chosen.flatMap((point) => point.rooms.map((room) => ({ point: point.name, room })));
  showNeeds(rooms);
  showPoints(chosen);
  find("empty").hidden = shown.points.length > 0;
  find("all").hidden = find("needs-part").hidden = shown.points.length === 0;
  for (const place of document.querySelectorAll("[data-sum]")) {
    const text = String(sums[place.dataset.sum](shown));
    if (place.textContent !== text) place.textContent = text;
  }
  write("rooms", fill(words.rooms, { n: shown.points.flatMap((point) => point.rooms).length }));
  drawParts(find("picture"), shown.counts);
}

function showNeeds(rooms) {
  const found = rooms.flatMap(({ point, room }) => needsOf(room, clock.now()).map((need) => ({ point, room, ...need })));
  found.sort((one, other) => one.rank - other.rank);
  const lines = found.map(({ point, room, what }) => fill(words.line, { point, room: room.room, what }));
  const list = find("needs");
  if (list.dataset.written !== lines.join("\n")) {
    list.dataset.written = lines.join("\n");
    list.replaceChildren(...found.map(({ tone }, place) => element("li", `over-${tone}`, lines[place])));
  }
  write("needs-number", String(found.length || ""));
  find("calm").hidden = found.length > 0;
  // Said aloud only when there are more or fewer, and not when the page has just come up.
  if (needed >= 0 && needed !== found.length) find("said").textContent = fill(words.needs_said, { n: found.length });
  needed = found.length;
}

function showPoints(chosen) {
  const ids = new Set(chosen.map((point) => point.exam_point_id));
  for (const [id, point] of points) if (!ids.has(id)) { point.part.remove(); points.delete(id); }
  chosen.forEach((one, place) => {
    if (!points.has(one.exam_point_id)) points.set(one.exam_point_id, new Point());
    const point = points.get(one.exam_point_id);
    const there = find("points").children[place] ?? null;
    if (there !== point.part) find("points").insertBefore(point.part, there);
    point.show(one, clock.now());
  });
}

function showCounties() {
  const place = find("county");
  const found = [...new Set(shown.points.map((point) => point.county))];
  place.append(...found.map((name) => new Option(name, name)));
  place.disabled = found.length < 2;
  place.addEventListener("change", show);
}

function showAge() {
  const n = Math.max(0, Math.round((clock.now() - heardAt) / 1000));
  document.querySelector(".over-way").dataset.way = lost ? "lost" : "live";
  write("way-word", lost ? words.way.lost : words.way.live);
  write("age", fill(words.age, { n }));
  find("stale").hidden = lost === null;
  find("signed-out").hidden = lost?.status !== 401;
  if (lost === null) return;
  write("stale", fill(passing(lost) ? words.stale : lost.status === 401 ? words.signed_out : lost.message, { n }));
}

async function read() {
  const askedAt = performance.now();
  const answer = await ask("GET", `/api/v1/exam-day?day=${day}`);
  clock.hear(answer.now, askedAt);
  return answer;
}

clock.hear(shown.now, performance.now());
heardAt = clock.now();
showCounties();
show();
const asking = poll(read, {
  every: 5000,
  slowest: 30000,
  onAnswer(answer) {
    [lost, heardAt, shown] = [null, clock.now(), answer];
    show();
    showAge();
  },
  onFailure(error) {
    lost = error;
    showAge();
  },
});
setInterval(() => {
  if (clock.woke()) asking.now();
  showAge();
}, 1000);
