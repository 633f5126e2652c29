// The board of a room: it shows what the server last said, how old that is, and by which way it came.

import { words, fill } from "/static/js/day_words.js";
import { ServerClock, beijing, span } from "/static/js/day_clock.js";
import { ask, passing } from "/static/js/day_link.js";
import { Feed } from "/static/js/board_feed.js";
import { showCounts, showSeats } from "/static/js/board_seats.js";
import { onOpening, showOpening } from "/static/js/board_opening.js";
import { actOn, judge } from "/static/js/board_acts.js";
import { boardFrom, follow, openNext, openRoom, openSeat } from "/static/js/board_dialog.js";
import { showRecord } from "/static/js/board_record.js";
import { showHappenings } from "/static/js/board_happenings.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const { sitting } = find("sitting").dataset;
const checkIn = `/proctor/sittings/${sitting}/check-in`;
const clock = new ServerClock();
let board = JSON.parse(document.getElementById("first-board").textContent);
let heardAt = 0;
let way = "";
let lost = null;
let feed = null;

const seatActs = {
  onOpen: openSeat,
  onNext: (seat) => {
    if (seat.next === "check_in") location.assign(checkIn);
    else if (seat.next === "confirm_reopening") location.assign(`/results/reopenings/${sitting}`);
    // The candidate signs in by themselves; the seat says what there is to know.
    else if (seat.next === "sign_in_again") openSeat(seat);
    else openNext(seat);
  },
};

function show() {
  const begun = performance.now();
  write("phase-word", words.phase[board.sitting.phase]);
  find("phase-word").dataset.phase = board.sitting.phase;
  write("times", `${beijing(board.sitting.starts_at).slice(0, 5)}–${beijing(board.sitting.ends_at).slice(0, 5)}`);
  showCounts(board.seats);
  showSeats(board.seats, seatActs);
  showOpening(board, clock.now());
  showHappenings(board);
  showRecord(board);
  showPause();
  showCut();
  showOutage();
  follow(board.seats);
  judge(board);
  performance.measure("board-shown", { start: begun });
  tick();
}

// Which acts on the whole room a phase leaves any sense; the server judges again.
const ROOM_ACTS = {
  planned: [],
  check_in: ["extra", "message", "incident"],
  running: ["pause", "extra", "message", "incident"],
  paused: ["extra", "message", "incident"],
  ended: ["incident"],
};

function showPause() {
  const still = board.paused_at !== null;
  find("paused").hidden = !still;
  write("paused-why", still && board.pause_reason ? fill(words.paused_because, { reason: board.pause_reason }) : "");
  for (const button of document.querySelectorAll(".board-acts [data-room-act]")) {
    button.hidden = !ROOM_ACTS[still ? "paused" : board.sitting.phase].includes(button.dataset.roomAct);
  }
}

function showOutage() {
  find("outage").hidden = board.outage_minutes === 0;
  write("outage", board.outage_minutes ? fill(words.outage, { n: board.outage_minutes }) : "");
}

// Many machines that fall silent at once are one fault, and one act keeps everybody's time.
function showCut() {
  find("cut").hidden = board.cut === 0;
  write("cut-word", board.cut ? fill(words.cut, { n: board.cut }) : "");
}

function write(mark, text) {
  const place = find(mark);
  if (place.textContent !== text) place.textContent = text;
}

function tick() {
  // What was shown before the machine slept is old, however fresh it looks.
  if (clock.woke()) feed?.now();
  const now = clock.now();
  const { starts_at: starts, ends_at: ends } = board.sitting;
  const [word, until] = now < Date.parse(starts) ? [words.left_to_start, starts] : [words.left_to_end, ends];
  const over = now >= Date.parse(ends) && board.paused_at === null;
  const still = board.paused_at !== null;
  write("clock", beijing(now));
  write("left-word", over ? words.over : still ? words.standing : word);
  write("left", over ? "–" : span(Date.parse(until) - (still ? Date.parse(board.now) : now)));
  if (still) write("paused-word", fill(words.paused, { time: span(now - Date.parse(board.paused_at)) }));
  showOpening(board, now);
  showAge();
}

function showAge() {
  const age = Math.max(0, Math.round((clock.now() - heardAt) / 1000));
  find("way").dataset.way = way;
  write("way-word", words.way[way] ?? "");
  write("age", fill(words.age, { n: age }));
  find("stale").hidden = lost === null;
  find("signed-out").hidden = lost?.status !== 401;
  if (lost === null) return;
  const refusal = lost.status === 401 ? words.signed_out : lost.message;
  write("stale", fill(passing(lost) ? words.stale : refusal, { n: age, time: beijing(board.now) }));
}

async function read() {
  const askedAt = performance.now();
  const answer = await ask("GET", `/api/v1/sittings/${sitting}/board`);
  clock.hear(answer.now, askedAt);
  return answer;
}

function onPicture(picture) {
  // A pushed picture and an asked one may overtake each other; the server's time says which is newer.
  if (Date.parse(picture.now) < Date.parse(board.now)) return;
  heardAt = clock.now();
  board = picture;
  feed.calm = board.sitting.phase === "ended" && board.seats.every((seat) => seat.state !== "working");
  show();
}

function onWay(next, error) {
  if (lost && !error) find("stale-said").textContent = words.back_said;
  if (!lost && error) find("stale-said").textContent = words.stale_said;
  [way, lost] = [next, error];
  tick();
}

let toastTimer = 0;
function toast(sentence) {
  write("toast", sentence);
  find("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { find("toast").hidden = true; }, 4000);
}

clock.hear(board.now, performance.now());
heardAt = clock.now();
boardFrom(() => board);
show();
feed = new Feed(`/api/v1/sittings/${sitting}/board/events`, read, { picture: onPicture, way: onWay });
actOn({ now: () => clock.now(), board: () => board, look: () => feed.now(), toast });
onOpening(() => feed.now());
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-room-act]");
  if (button) openRoom(button.dataset.roomAct);
});
setInterval(tick, 1000);
