// An answer that is typed, in a field of one line. What an input method is still composing is no answer yet, and a change
// ends with a pause or with leaving the field: otherwise every letter would be one.

import { words } from "/static/js/day_words.js";

const template = document.querySelector("[data-typed-template]");
const PAUSE = 500;
// What no keyboard means in one line; the server refuses it.
const UNTYPED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
// What was typed and is not in the sheet yet: one function per field that puts it there.
const pending = new Set();

export const isTyped = (question) => question.kind in (words.longest ?? {});

// Whether something on the screen is not in the sheet yet.
export const typing = () => pending.size > 0;

// Puts into the sheet what is on the screen, before it is counted, left or handed in.
export function settleTyped() {
  for (const settle of [...pending]) settle();
}

// As the server keeps it, so that both say the same of an answer.
function kept(question, text) {
  const letters = [...text.normalize("NFC").replace(UNTYPED, "").trim()];
  return letters.slice(0, words.longest[question.kind]).join("").trim();
}

// Space around what is being typed is not taken from under the candidate's hands.
export function drawTyped(field, entry) {
  if (kept(entry.question, field.value) !== entry.choice) field.value = entry.choice;
}

// A label with its field; `changed(change)` makes a change of the entry known, `told()` that typing began or ended.
export function buildTyped(entry, id, { changed, told }) {
  const label = template.content.firstElementChild.cloneNode(true);
  const field = label.querySelector("input");
  let timer = 0;
  let composing = false;
  field.id = id;
  field.maxLength = words.longest[entry.question.kind];

  const settle = () => {
    if (composing) return;
    clearTimeout(timer);
    pending.delete(settle);
    const choice = kept(entry.question, field.value);
    if (choice === entry.choice) told();
    else changed(() => { entry.choice = choice; });
  };
  const soon = () => {
    clearTimeout(timer);
    pending.add(settle);
    timer = setTimeout(settle, PAUSE);
    told();
  };
  // What stood there before a word is composed is saved without waiting for the word.
  field.addEventListener("compositionstart", () => {
    settle();
    composing = true;
    pending.add(settle);
    told();
  });
  field.addEventListener("compositionend", () => {
    composing = false;
    soon();
  });
  field.addEventListener("input", () => { if (!composing) soon(); });
  field.addEventListener("blur", settle);
  return label;
}
