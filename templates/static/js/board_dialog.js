// What a proctor can do with one seat or with the whole room: one panel at a time, each says what it will do first.
// What the panels mean is in board_forms.js, how it is done over a bad network in board_acts.js.

import { words, fill, slots } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { perform } from "/static/js/board_acts.js";
import { FORMS } from "/static/js/board_forms.js";
import { Photos } from "/static/js/board_photos.js";
import { cut, linkWord, nextWord, short, stateWord, titled } from "/static/js/board_card.js";

const dialog = document.querySelector("[data-act-dialog]");
const places = slots(dialog);
const photos = new Photos(dialog.querySelector("[data-photos]"));
let seat = null;
let first = "choose";
let pending = null;
let board = () => null;

// Which acts a seat's state leaves any sense; the server judges again.
const WORKING = ["compensate", "release", "pause", "extra", "message", "recheck", "incident", "collect", "terminate"];
const OFFERED = {
  expected: ["check_in", "incident"],
  refused: ["check_in", "incident"],
  absent: ["incident"],
  admitted: ["resume", "release", "extra", "message", "incident", "collect", "terminate"],
  working: WORKING,
  paused: WORKING.map((act) => (act === "pause" ? "resume" : act)),
  on_paper: ["extra", "incident", "collect", "terminate"],
  handed_in: ["incident"],
  terminated: ["incident"],
};
// Whoever only looks is shown what is known of the seat, and everything that may be done with it.
const PANEL_OF = { look: "choose" };
const FIRST = "button:not(:disabled, [hidden]), a:not([hidden]), input:not(:disabled), textarea";
const face = dialog.querySelector("[data-face]");
const noFace = dialog.querySelector("[data-no-face]");

function go(panel) {
  for (const one of dialog.querySelectorAll("[data-panel]")) one.hidden = one.dataset.panel !== panel;
  complain("");
  const shown = dialog.querySelector(`[data-panel="${panel}"]`);
  places.panel_title.textContent = shown.dataset.title ?? "";
  places.panel_title.hidden = !shown.dataset.title;
  places.facts.hidden = seat === null || panel !== "choose";
  if (panel === "recheck") showFace();
  if (panel === "message") offerTimeLeft();
  (shown.querySelector(".tab-primary[data-offer]:not([hidden])") ?? shown.querySelector(FIRST))?.focus();
}

function showFace() {
  face.hidden = true;
  noFace.hidden = true;
  face.src = `/api/v1/sittings/seats/${seat.seat_id}/photo`;
}

// The message most often sent is the one that nobody should have to compute.
function offerTimeLeft() {
  const { now, sitting, paused_at: paused } = board();
  const left = Math.round((Date.parse((seat ?? sitting).ends_at) - Date.parse(now)) / 60000);
  const button = dialog.querySelector("[data-left-message]");
  button.hidden = left < 1 || paused !== null || !["running", "paused"].includes(sitting.phase);
  button.textContent = button.dataset.text = fill(words.left_message, { n: left });
}

function complain(text) {
  places.fault.textContent = text;
  places.fault.hidden = text === "";
}

function prepare(target, panel) {
  seat = target;
  first = panel;
  pending = null;
  photos.clear();
  for (const form of dialog.querySelectorAll("form")) { form.reset(); branch(form); }
  places.title.textContent = seat ? titled(seat) : words.whole_room;
  if (seat) showSeat(seat);
}

export function openRoom(panel) {
  prepare(null, panel);
  dialog.showModal();
  go(panel);
}

export function openSeat(target) {
  prepare(target, "choose");
  dialog.showModal();
  go("choose");
}

// The seat's main button: straight to the panel of the one next act.
export function openNext(target) {
  prepare(target, "choose");
  const why = target.locked ? "locked" : "lost";
  if (target.next === "release") dialog.querySelector(`[data-panel=release] [data-for=${why}]`).checked = true;
  dialog.showModal();
  go(PANEL_OF[target.next] ?? target.next);
}

function showSeat(shown) {
  const lost = Math.floor(shown.lost_seconds / 60);
  seat = shown;
  places.citizen.textContent = shown.citizen_id_masked;
  places.state.textContent = stateWord(shown);
  places.link.textContent = linkWord(shown);
  places.seen.textContent = shown.seen_at ? fill(words.seen, { time: beijing(shown.seen_at) }) : "";
  places.answered.textContent = `${shown.answered} / ${shown.items}`;
  places.saved.textContent = shown.last_saved_at ? beijing(shown.last_saved_at) : words.never_saved;
  places.leavings.textContent = shown.leavings;
  places.ends.textContent = shown.ends_at ? short(shown.ends_at) : "–";
  places.extra.textContent = fill(words.minutes, { n: shown.extra_minutes });
  places.arrangements.textContent = shown.arrangements.join(" · ") || words.none;
  places.lost.textContent = fill(words.lost, { n: lost, s: shown.lost_seconds - 60 * lost });
  places.proposed.textContent = fill(words.minutes, { n: Math.round(shown.proposed_seconds / 60) });
  const begun = !["planned", "check_in"].includes(board().sitting.phase);
  const now = {
    compensate: shown.proposed_seconds > 0,
    recheck: shown.recheck_due_at !== null,
    // While the whole room stands still there is no clock of one seat to start or to stop.
    resume: board().paused_at === null && shown.paused,
    pause: board().paused_at === null,
    // Before the start there is no sheet: whoever must not sit is turned away at the door.
    collect: begun,
    terminate: begun,
  };
  for (const one of dialog.querySelectorAll("[data-offer]")) {
    const { offer } = one.dataset;
    one.hidden = !OFFERED[shown.state].includes(offer) || now[offer] === false;
    one.classList.toggle("tab-primary", one.dataset.offer === shown.next);
  }
  dialog.querySelector("[data-offer=compensate]").textContent = nextWord({ ...shown, next: "compensate" });
  places.empty.hidden = shown.state !== "expected";
  places.silent.hidden = !cut(shown);
}

// The board goes on moving behind the dialog; what the dialog says moves with it.
export function follow(seats) {
  const found = dialog.open && seat && seats.find((one) => one.seat_id === seat.seat_id);
  if (found) showSeat(found);
}

// Of a tree of reasons only the chosen branch can be chosen from.
function branch(form) {
  const cause = form.querySelector("[name=cause]:checked")?.value;
  for (const one of form.querySelectorAll("fieldset[data-branch]")) {
    one.hidden = one.disabled = one.dataset.branch !== cause;
  }
}

function ask(act) {
  const kind = act.key.split(":")[0];
  pending = act;
  [places[`${kind}_ask`].textContent, places[`${kind}_sure`].textContent] = act.questions;
}

function holdButtons(held) {
  for (const button of dialog.querySelectorAll(held ? "button:enabled" : "button[data-held]")) {
    button.disabled = held;
    button.toggleAttribute("data-held", held);
  }
  dialog.toggleAttribute("aria-busy", held);
  if (held) places.working.textContent = words.sending;
  places.working.hidden = !held;
}

async function carryOut(act) {
  complain("");
  holdButtons(true);
  const { state, text, answer } = await perform(act);
  const id = answer?.id ?? act.made?.(board());
  if (state === "done" && photos.waiting && id) await photos.upload(id);
  holdButtons(false);
  if (state === "done" && photos.waiting) go("photos");
  else if (state === "done") dialog.close();
  else if (text) complain(text);
}

async function uploadAgain() {
  holdButtons(true);
  await photos.again();
  holdButtons(false);
  if (photos.waiting) complain(words.photos_failed);
  else dialog.close();
}

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.go) go(button.dataset.go);
  if ("back" in button.dataset) {
    if (first === "choose") go("choose");
    else dialog.close();
  }
  if ("close" in button.dataset) dialog.close();
  if (button.dataset.text) button.form.elements.text.value = button.dataset.text;
  if ("again" in button.dataset) uploadAgain();
});

dialog.addEventListener("change", (event) => {
  if (event.target.name === "cause") branch(event.target.form);
});

dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const act = form.dataset.panel in FORMS ? FORMS[form.dataset.panel](form, seat) : pending;
  if (typeof act === "string") complain(act);
  else if (!form.dataset.then) carryOut(act);
  else {
    if (act.questions) ask(act);
    go(form.dataset.then);
  }
});

face.addEventListener("load", () => { face.hidden = false; });
face.addEventListener("error", () => { noFace.hidden = false; });

// Escape must not close what is on its way.
dialog.addEventListener("cancel", (event) => { if (dialog.hasAttribute("aria-busy")) event.preventDefault(); });

export function boardFrom(newest) {
  board = newest;
}
