// The large card beside the scanner: exactly one view is visible, and its state colours the whole card.

import { words, slots } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";

const card = document.querySelector("[data-card]");
const places = slots(card);
const photo = card.querySelector("[data-photo]");
const silhouette = card.querySelector("[data-silhouette]");
const noPhoto = card.querySelector("[data-no-photo]");

// Before check-in and after the end nobody is turned away, for nobody is let in.
const UNDECIDABLE = ["check_in_not_begun", "sitting_ended"];
const SIGNS = { ok: "✓", again: "!", refuse: "✕" };

function show(view, state) {
  for (const one of card.querySelectorAll("[data-view]")) one.hidden = one.dataset.view !== view;
  card.dataset.state = state;
  // On a narrow screen the card is below the scanner.
  if (view !== "ready" && window.matchMedia("(max-width: 800px)").matches) card.scrollIntoView({ block: "start" });
}

export function showReady() {
  show("ready", "ready");
}

export function showBusy() {
  show("busy", "ready");
}

export function showTrouble(sentence, { again }) {
  places.trouble.textContent = sentence;
  card.querySelector("[data-retry]").hidden = !again;
  show("trouble", "trouble");
}

export function verdictOf(found) {
  if (found.allowed) return "ok";
  return found.code === "already_admitted" ? "again" : "refuse";
}

export function showCard(found) {
  const verdict = verdictOf(found);
  places.sign.textContent = SIGNS[verdict];
  places.verdict.textContent = { ok: words.may_enter, again: words.already, refuse: words.may_not_enter }[verdict];
  places.why.textContent = found.reason;
  places.why.hidden = !found.reason;

  const known = found.seat_id !== null;
  card.querySelector("[data-person]").hidden = !known;
  if (known) showPerson(found);
  card.querySelector("[data-admit]").hidden = !found.allowed;
  card.querySelector("[data-refuse]").hidden = !known || UNDECIDABLE.includes(found.code);
  show("card", verdict);
}

function showPerson(found) {
  places.name.textContent = found.name;
  places.seat.textContent = found.seat;
  places.citizen.textContent = found.citizen_id_masked;
  places.enterprise.textContent = found.enterprise;
  places.last.textContent = found.last_scan_at ? beijing(found.last_scan_at) : words.never;
  setPhoto(found.photo);
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
