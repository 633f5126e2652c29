// What a proctor can do with one seat. Every act says what it will do, and collecting a sheet asks twice.

import { Problem } from "/static/js/api.js";
import { words, fill, slots } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { ask } from "/static/js/day_link.js";
import { stateWord } from "/static/js/board_seats.js";

const dialog = document.querySelector("[data-seat-dialog]");
const places = slots(dialog);
const { sitting } = document.querySelector("[data-sitting]").dataset;
let open = null;
let done = () => {};

const named = () => ({ seat: open.number, name: open.name });

function go(panel) {
  for (const one of dialog.querySelectorAll("[data-panel]")) one.hidden = one.dataset.panel !== panel;
  places.fault.hidden = true;
  dialog.querySelector(`[data-panel="${panel}"]`).querySelector("button, input, textarea").focus();
}

function complain(text) {
  places.fault.textContent = text;
  places.fault.hidden = false;
}

export function openSeat(seat) {
  showSeat(seat);
  places.collect.textContent = fill(words.collect, named());
  places.collect_sure.textContent = fill(words.collect_sure, named());
  for (const form of dialog.querySelectorAll("form")) form.reset();
  dialog.showModal();
  go("choose");
}

function showSeat(seat) {
  open = seat;
  places.title.textContent = `${fill(words.seat_number, named())} ${seat.name}`;
  places.citizen.textContent = seat.citizen_id_masked;
  places.state.textContent = stateWord(seat);
  places.answered.textContent = `${seat.answered} / ${seat.items}`;
  places.saved.textContent = seat.last_saved_at ? beijing(seat.last_saved_at) : words.never_saved;
  const seated = ["admitted", "working"].includes(seat.state);
  dialog.querySelector("[data-go=collect]").disabled = !seated;
  dialog.querySelector("[data-go=release]").disabled = !seated && !seat.locked;
}

// The board goes on moving behind the dialog; what the dialog says moves with it.
export function follow(seats) {
  const seat = dialog.open && seats.find((one) => one.seat_id === open.seat_id);
  if (seat) showSeat(seat);
}

async function act(path, body, sentence) {
  const buttons = [...dialog.querySelectorAll("[data-panel] button")].filter((one) => !one.disabled);
  for (const button of buttons) button.disabled = true;
  try {
    await ask("POST", path, body);
    dialog.close();
    done(fill(sentence, named()));
  } catch (error) {
    complain(error instanceof Problem ? error.message : words.network);
  }
  for (const button of buttons) button.disabled = false;
}

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.go) go(button.dataset.go);
  if ("close" in button.dataset) dialog.close();
  if ("collect" in button.dataset) act(`/api/v1/sittings/seats/${open.seat_id}/collection`, undefined, words.collected);
});

dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const typed = form.elements.text.value.trim();
  if (form.dataset.panel === "incident") {
    const body = { seat_id: open.seat_id, text: typed };
    if (typed.length < 2) complain(words.write_incident);
    else act(`/api/v1/sittings/${sitting}/incidents`, body, words.reported);
    return;
  }
  const reason = typed || form.querySelector("[name=preset]:checked")?.value || "";
  if (reason.length < 2) complain(words.write_reason);
  else act(`/api/v1/sittings/seats/${open.seat_id}/release`, { reason }, words.released);
});

export function onSeatDone(callback) {
  done = callback;
}
