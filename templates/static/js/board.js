// The board of a room: it shows what the server last said and, when the line is cut, how old that is.

import { Problem } from "/static/js/api.js";
import { words, fill, element } from "/static/js/day_words.js";
import { ServerClock, beijing, span } from "/static/js/day_clock.js";
import { ask, passing, poll } from "/static/js/day_link.js";
import { showCounts, showSeats } from "/static/js/board_seats.js";
import { onOpening, showOpening } from "/static/js/board_opening.js";
import { follow, onSeatDone, openSeat } from "/static/js/board_dialog.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const { sitting, starts, ends } = find("sitting").dataset;
const clock = new ServerClock();
let board = JSON.parse(document.getElementById("first-board").textContent);
let heardAt = performance.now();
let lost = null;

function show() {
  find("phase-word").textContent = words.phase[board.sitting.phase];
  find("phase-word").dataset.phase = board.sitting.phase;
  showCounts(board.seats);
  showSeats(board.seats, (id) => openSeat(board.seats.find((seat) => seat.seat_id === id)));
  showOpening(board, clock.now());
  follow(board.seats);
  find("incidents").replaceChildren(...board.incidents.map(incidentLine));
  find("no-incidents").hidden = board.incidents.length > 0;
}

function incidentLine({ at, seat, text }) {
  const where = seat === null ? words.whole_room : fill(words.seat_number, { seat });
  return element("li", "", `${beijing(at).slice(0, 5)} ${where} ${text}`);
}

function tick() {
  const now = clock.now();
  const [word, until] = now < Date.parse(starts) ? [words.left_to_start, starts] : [words.left_to_end, ends];
  const over = now >= Date.parse(ends);
  find("clock").textContent = beijing(now);
  find("left-word").textContent = over ? words.over : word;
  find("left").textContent = over ? "–" : span(Date.parse(until) - now);
  showOpening(board, now);
  showAge();
}

function showAge() {
  const place = find("stale");
  place.hidden = lost === null;
  if (lost === null) return;
  const age = Math.round((performance.now() - heardAt) / 1000);
  const refusal = lost.status === 401 ? words.signed_out : lost.message;
  place.textContent = fill(passing(lost) ? words.stale : refusal, { n: age, time: beijing(board.now) });
}

async function read() {
  const askedAt = performance.now();
  const answer = await ask("GET", `/api/v1/sittings/${sitting}/board`);
  clock.hear(answer.now, askedAt);
  return answer;
}

const polling = poll(read, {
  every: 2000,
  slowest: 15000,
  onAnswer(answer) {
    if (lost) find("stale-said").textContent = words.back_said;
    lost = null;
    heardAt = performance.now();
    board = answer;
    show();
    tick();
  },
  onFailure(error) {
    if (!lost) find("stale-said").textContent = words.stale_said;
    lost = error;
    tick();
  },
});

let toastTimer = 0;
function toast(sentence) {
  find("toast").textContent = sentence;
  find("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { find("toast").hidden = true; }, 4000);
}

function done(sentence) {
  toast(sentence);
  polling.now();
}

async function reportRoom(event) {
  event.preventDefault();
  const field = event.target.elements.text;
  const text = field.value.trim();
  const fault = find("room-fault");
  fault.hidden = text.length >= 2;
  fault.textContent = words.write_incident;
  if (!fault.hidden) return;
  try {
    await ask("POST", `/api/v1/sittings/${sitting}/incidents`, { text });
    field.value = "";
    done(words.reported);
  } catch (error) {
    fault.textContent = error instanceof Problem ? error.message : words.network;
    fault.hidden = false;
  }
}

onOpening(polling.now);
onSeatDone(done);
find("room-incident").addEventListener("submit", reportRoom);
clock.hear(board.now, performance.now());
show();
tick();
setInterval(tick, 1000);
