// What is asked before a decision: turning somebody away takes a reason of the list, a note where the list does not say
// enough, and a last question.

import { words, fill, slots } from "/static/js/day_words.js";
import { confirm } from "/static/js/day_dialog.js";
import { numberOf } from "/static/js/checkin_card.js";

const dialog = document.querySelector("[data-reasons]");
const sure = document.querySelector("[data-sure]");
const form = document.querySelector("[data-reason-form]");
const OTHER = "other";
const SHORTEST = 2;

// Answers with {reason, note}, or null where the proctor went back. `roster` has the words of the reasons.
export async function askReason(seat) {
  const who = { seat: seat.number, name: seat.name };
  const places = slots(dialog);
  form.reset();
  places.fault.hidden = true;
  places.who.textContent = `${numberOf(seat.number)} ${seat.name}`;
  const chosen = await choose(places.fault);
  if (!chosen) return null;
  const answer = await confirm(sure, {
    question: fill(words.refuse_question, who),
    detail: [chosen.word, chosen.note].filter(Boolean).join(" · "),
    yes: words.refuse_yes,
  });
  return answer === "yes" ? { reason: chosen.reason, note: chosen.note } : null;
}

// Whether the proctor has seen the new ticket of a seat whose old one bears the same number.
export async function askSeen({ number: seat, name, issue }) {
  const question = fill(words.replaced_question, { seat, name, issue });
  return (await confirm(sure, { question, detail: words.replaced_detail, yes: words.replaced_yes })) === "yes";
}

export async function askUndo({ act }, who) {
  const question = fill(act === "admit" ? words.undo_admission_question : words.undo_refusal_question, who);
  return (await confirm(sure, { question, detail: words.undo_detail, yes: words.undo })) === "yes";
}

function choose(fault) {
  return new Promise((resolve) => {
    let chosen = null;
    const submit = (event) => {
      event.preventDefault();
      chosen = chosenNow(fault);
      if (chosen) dialog.close();
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("close", () => {
      form.removeEventListener("submit", submit);
      resolve(chosen);
    }, { once: true });
    dialog.showModal();
  });
}

function chosenNow(fault) {
  const radio = form.querySelector("[name=reason]:checked");
  const note = form.elements.note.value.trim();
  const complete = radio && !(radio.value === OTHER && note.length < SHORTEST);
  fault.hidden = Boolean(complete);
  fault.textContent = radio ? words.write_note : words.choose_reason;
  return complete ? { reason: radio.value, note, word: radio.parentElement.textContent.trim() } : null;
}

dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
