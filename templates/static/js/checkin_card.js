// The large card at the door: exactly one view is visible, its state colours the card, and its buttons lie at the bottom.

import { words, fill, slots } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { admissible, colour, mayRefuse } from "/static/js/checkin_verdict.js";

const door = document.querySelector("[data-door]");
const card = document.querySelector("[data-card]");
const places = slots(card);
const photo = card.querySelector("[data-photo]");
const silhouette = card.querySelector("[data-silhouette]");
const noPhoto = card.querySelector("[data-no-photo]");
const SIGNS = { ok: "✓", again: "!", refuse: "✕" };
const VERDICTS = { ok: words.may_enter, again: words.attention, refuse: words.may_not_enter };
// When the server's word changes the card under a finger that is on its way down, the touch must not count.
const FROZEN = 600;
let done = null;

function show(view, state) {
  for (const one of card.querySelectorAll("[data-view]")) one.hidden = one.dataset.view !== view;
  for (const one of door.querySelectorAll("[data-acts]")) one.hidden = one.dataset.acts !== view;
  card.dataset.state = state;
  door.dataset.shown = view;
  done = null;
  if (view !== "ready") card.scrollIntoView({ block: "nearest" });
}

export function showReady() {
  show("ready", "ready");
}

export function showBusy() {
  show("busy", "ready");
}

export function showTrouble(title, sentence, { again }) {
  places.word.textContent = title;
  places.trouble.textContent = sentence;
  door.querySelector("[data-retry]").hidden = !again;
  show("trouble", "trouble");
}

function verdictWord(code) {
  return code === "already_admitted" ? words.already : VERDICTS[colour(code)];
}

export function showCard({ code, reason, seat, last, heard }) {
  const state = colour(code);
  places.sign.textContent = SIGNS[state];
  places.verdict.textContent = verdictWord(code);
  const said = reason || words.verdicts[code] || words.may_not_enter;
  const why = code === "allowed" ? "" : fill(said, { issue: seat?.issue });
  places.why.textContent = why;
  places.why.hidden = !why;
  places.source.textContent = heard ? words.by_server : words.by_roster;

  card.querySelector("[data-whose]").hidden = !seat;
  if (seat) showPerson(seat, last);
  door.querySelector("[data-admit]").hidden = !admissible(code);
  door.querySelector("[data-refuse]").hidden = !mayRefuse(code, seat);
  show("card", state);
}

export function freeze() {
  const buttons = [...door.querySelectorAll("[data-acts=card] button")];
  for (const button of buttons) button.disabled = true;
  setTimeout(() => { for (const button of buttons) button.disabled = false; }, FROZEN);
}

function showPerson(seat, last) {
  places.name.textContent = seat.name;
  places.seat.textContent = seat.number;
  places.citizen.textContent = seat.citizen_id_masked;
  places.enterprise.textContent = seat.enterprise;
  places.last.textContent = last ? beijing(last) : words.never;
  setPhoto(seat.photo || (seat.photo_left_out ? `/api/v1/sittings/seats/${seat.seat_id}/photo` : ""));
}

function setPhoto(address) {
  photo.hidden = !address;
  silhouette.toggleAttribute("hidden", Boolean(address));
  noPhoto.hidden = Boolean(address);
  if (address) photo.src = address;
  else photo.removeAttribute("src");
}

// A photo that does not arrive must not leave a hole where a face is expected.
photo.addEventListener("error", () => setPhoto(""));

// After a decision: what was decided, where the person goes, and whether the server has it.
export function showDone(decision, seat) {
  const admitted = decision.act === "admit";
  show("done", admitted ? "ok" : "refuse");
  done = decision;
  places["done-sign"].textContent = admitted ? SIGNS.ok : SIGNS.refuse;
  places["done-word"].textContent = admitted ? words.admitted : words.refused;
  places["done-seat"].textContent = seat.number;
  places["done-name"].textContent = seat.name;
  showDelivery();
}

// Again whenever something has reached the server, or has not.
export function showDelivery() {
  if (!done) return;
  places["done-delivery"].textContent = done.state === "sent" ? words.recorded : words.kept_here;
  places["done-delivery"].dataset.state = done.state;
}

export const isTrouble = () => door.dataset.shown === "trouble";

export const isDone = (nonce) => done?.nonce === nonce;

export const numberOf = (number) => fill(words.seat_number, { seat: number ?? "?" });
