// The text of a case above each of its sub-questions: shown or folded away for all of them together.

import { words, fill } from "/static/js/day_words.js";

const nameOf = ({ number }) => words.case_names[number - 1] ?? `${words.case_name}${words.case_names.length ? number : ""}`;

// “Case one, question 2 of 4”.
export const caseLine = (told) => fill(words.case_line, { case: nameOf(told), place: told.place, size: told.size });

export function showCase(article, told, texts) {
  const place = article.querySelector("[data-case]");
  place.hidden = false;
  place.dataset.case = told.number;
  texts.case_line.textContent = caseLine(told);
  texts.case_text.textContent = told.text;
  // Whoever has read the text folds it once, and opens it once to look something up.
  place.addEventListener("toggle", () => {
    for (const other of article.parentElement?.querySelectorAll(`[data-case="${told.number}"]`) ?? []) other.open = place.open;
  });
}

// What is read aloud of it: the label, and the text as long as it is shown.
export function spokenCase(article, { case: told }) {
  if (!told) return "";
  return article.querySelector("[data-case]").open ? `${caseLine(told)}\n${told.text}` : caseLine(told);
}

// Cells of the answer card: those of a case stand together under its name.
export function caseGroups(entries) {
  const groups = [];
  for (const entry of entries) {
    const told = entry.question.case ?? null;
    if (!groups.length || groups.at(-1).number !== (told?.number ?? 0)) groups.push({ number: told?.number ?? 0, name: told ? nameOf(told) : "", entries: [] });
    groups.at(-1).entries.push(entry);
  }
  return groups;
}
