// An answer that is typed, in a field of one line or, where a text is to be written, of several. What an input method is
// still composing is no answer yet, and a change ends with a pause or with leaving the field: otherwise every letter
// would be one.

import { words, fill } from "/static/js/day_words.js";

const template = document.querySelector("[data-typed-template]");
const essayTemplate = document.querySelector("[data-essay-template]");
const PAUSE = 500;
// What no keyboard means in one line; the server refuses it.
const UNTYPED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
// The same where a new line may be begun.
const UNWRITTEN = /(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
// What was typed and is not in the sheet yet: one function per field that puts it there.
const pending = new Set();

export const isTyped = (question) => question.kind in (words.longest ?? {});
const isEssay = (question) => question.kind === "written";

// Whether something on the screen is not in the sheet yet.
export const typing = () => pending.size > 0;

// Puts into the sheet what is on the screen, before it is counted, left or handed in.
export function settleTyped() {
  for (const settle of [...pending]) settle();
}

// As the server keeps it, so that both say the same of an answer.
function kept(question, text) {
  const letters = [...text.normalize("NFC").replace(isEssay(question) ? UNWRITTEN : UNTYPED, "").trim()];
  return letters.slice(0, words.longest[question.kind]).join("").trim();
}

// Space around what is being typed is not taken from under the candidate's hands.
export function drawTyped(field, entry) {
  if (kept(entry.question, field.value) !== entry.choice) field.value = entry.choice;
  tellLeft(field, entry);
}

function tellLeft(field, entry) {
  const left = field.parentElement.querySelector("[data-left]");
  if (left && words.left_to_write) left.textContent = fill(words.left_to_write, { n: words.longest[entry.question.kind] - [...kept(entry.question, field.value)].length });
}

// A label with its field; `changed(change)` makes a change of the entry known, `told()` that typing began or ended.
export function buildTyped(entry, id, { changed, told }) {
  const label = (isEssay(entry.question) ? essayTemplate : template).content.firstElementChild.cloneNode(true);
  const field = label.querySelector("input, textarea");
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
  field.addEventListener("input", () => {
    tellLeft(field, entry);
    if (!composing) soon();
  });
  field.addEventListener("blur", settle);
  return label;
}
