// The check-in page: a ticket is read, the proctor looks, decides, and the page is ready for the next.

import { Problem } from "/static/js/api.js";
import { words, fill, slots } from "/static/js/day_words.js";
import { ServerClock } from "/static/js/day_clock.js";
import { ask, passing, poll, nonce } from "/static/js/day_link.js";
import { confirm } from "/static/js/day_dialog.js";
import { showBusy, showCard, showReady, showTrouble, verdictOf } from "/static/js/checkin_card.js";
import { remember } from "/static/js/checkin_recent.js";
import { cameraButton } from "/static/js/checkin_camera.js";
import { beep, mute, muted } from "/static/js/scan_sound.js";

const sitting = document.querySelector("[data-sitting]").dataset.sitting;
const find = (mark) => document.querySelector(`[data-${mark}]`);
const input = document.getElementById("ticket");
const reasons = find("reasons");
const clock = new ServerClock();
const PRESENT = ["admitted", "working", "handed_in"];

// What the page is busy with. `again` repeats exactly the call that got no answer.
let step = 0;
let open = null;
let again = null;
let waiting = false;

function ready() {
  step += 1;
  open = null;
  again = null;
  waiting = false;
  showReady();
  input.value = "";
  takeFocus();
}

// On a touch screen focus would raise the keyboard over half the page; typed keys find the field anyway (below).
function takeFocus() {
  if (window.matchMedia("(pointer: fine)").matches) input.focus();
}

// Runs a call of the present step; a late answer to a step that the proctor has left is ignored.
async function run(question, onAnswer) {
  step += 1;
  const mine = step;
  waiting = true;
  showBusy();
  try {
    const answer = await question();
    if (mine !== step) return;
    waiting = false;
    again = null;
    onAnswer(answer);
  } catch (error) {
    if (mine !== step) return;
    waiting = false;
    again = passing(error) ? () => run(question, onAnswer) : null;
    beep("refuse");
    showTrouble(sentenceFor(error), { again: again !== null });
  }
}

function sentenceFor(error) {
  if (!(error instanceof Problem)) return words.network;
  return error.status === 401 ? words.signed_out : error.message;
}

function lookUp(text) {
  const body = { text, nonce: nonce() };
  open = null;
  run(() => ask("POST", `/api/v1/sittings/${sitting}/scans`, body), (found) => {
    open = found;
    showCard(found);
    beep(verdictOf(found) === "ok" ? "ok" : "refuse");
  });
}

function decide(person, body) {
  const admission = () => admit(person.seatId, body);
  run(admission, () => {
    remember({ ...person, admitted: body.admit, at: clock.known ? clock.now() : Date.now() }, undo);
    toast(fill(body.admit ? words.done_admitted : words.done_refused, person));
    ready();
    counting.now();
  });
}

// When an admission's answer was lost and it is sent again, "admitted already" is the answer that was hoped for.
let unanswered = "";
async function admit(seatId, body) {
  const key = `${seatId}/${body.admit}`;
  const repeated = unanswered === key;
  try {
    unanswered = key;
    const answer = await ask("POST", `/api/v1/sittings/seats/${seatId}/admission`, body);
    unanswered = "";
    return answer;
  } catch (error) {
    if (passing(error)) throw error;
    unanswered = "";
    if (repeated && body.admit && error.code === "already_admitted") return { admitted: true };
    throw error;
  }
}

const personOf = (found) => ({ seatId: found.seat_id, seat: found.seat, name: found.name });

async function undo(decision) {
  const question = decision.admitted ? words.undo_admission_question : words.undo_refusal_question;
  const answer = await confirm(find("sure"), {
    question: fill(question, decision),
    detail: words.undo_detail,
    yes: decision.admitted ? words.undo_admission : words.undo_refusal,
  });
  if (answer !== "yes") return;
  open = null;
  const body = decision.admitted ? { admit: false, reason: "other", note: words.undo_note } : { admit: true };
  decide(decision, body);
}

function askReason() {
  const places = slots(reasons);
  find("reason-form").reset();
  places.fault.hidden = true;
  places.who.textContent = `${fill(words.seat_number, personOf(open))} ${open.name}`;
  reasons.showModal();
}

async function refuse(event) {
  event.preventDefault();
  const form = event.target;
  const { fault } = slots(reasons);
  const chosen = form.querySelector("[name=reason]:checked");
  const note = form.elements.note.value.trim();
  fault.hidden = Boolean(chosen) && !(chosen.value === "other" && note.length < 2);
  fault.textContent = chosen ? words.write_note : words.choose_reason;
  if (!fault.hidden) return;

  const person = personOf(open);
  reasons.close();
  const answer = await confirm(find("sure"), {
    question: fill(words.refuse_question, person),
    detail: [chosen.parentElement.textContent.trim(), note].filter(Boolean).join(" · "),
    yes: words.refuse_yes,
  });
  if (answer === "yes") decide(person, { admit: false, reason: chosen.value, note });
}

let toastTimer = 0;
function toast(sentence) {
  const place = find("toast");
  place.textContent = sentence;
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { place.hidden = true; }, 4000);
}

function showMuted() {
  find("mute").setAttribute("aria-pressed", String(muted()));
  find("mute").textContent = muted() ? words.sound_off : words.sound_on;
}

async function readCounts() {
  const askedAt = performance.now();
  const board = await ask("GET", `/api/v1/sittings/${sitting}/board`);
  clock.hear(board.now, askedAt);
  return board;
}

const counting = poll(readCounts, {
  every: 10000,
  slowest: 30000,
  onAnswer(board) {
    find("stale").hidden = true;
    find("admitted").textContent = board.seats.filter((seat) => PRESENT.includes(seat.state)).length;
    find("expected").textContent = board.seats.length;
  },
  onFailure(error) {
    find("stale").textContent = error.status === 401 ? words.signed_out : words.stale;
    find("stale").hidden = false;
  },
});

find("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  // A hand scanner types through whatever input method is on, which may have made the letters full-width.
  const text = input.value.normalize("NFKC").trim();
  input.value = "";
  if (text) lookUp(text);
  else toast(words.empty_reading);
});

// A hand scanner is a keyboard. Its first key moves the focus here, so that its Enter never presses a button.
document.addEventListener("keydown", (event) => {
  const elsewhere = event.target.closest("input, dialog");
  const typed = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (typed && !elsewhere) input.focus();
});

find("admit").addEventListener("click", () => decide(personOf(open), { admit: true }));
find("refuse").addEventListener("click", askReason);
find("reason-form").addEventListener("submit", refuse);
reasons.querySelector("[data-close]").addEventListener("click", () => reasons.close());
find("retry").addEventListener("click", () => again());
for (const button of document.querySelectorAll("[data-next]")) button.addEventListener("click", ready);
cameraButton({
  // While a person stands before the proctor undecided, the next ticket in the queue must not push the card away.
  busy: () => waiting || again !== null || (open !== null && open.allowed) || document.querySelector("dialog[open]") !== null,
  onTicket: lookUp,
});
find("mute").addEventListener("click", () => { mute(!muted()); showMuted(); });
showMuted();
takeFocus();
