// The questions on the screen: one at a time or all below one another, the same elements in both.

import { words, fill, slots } from "/static/js/day_words.js";

const place = document.querySelector("[data-questions]");
const questionTemplate = document.querySelector("[data-question-template]");
const optionTemplate = document.querySelector("[data-option-template]");
const TRUTHS = { T: words.true, F: words.false };

const optionsOf = (question) => Object.entries(question.kind === "true_false" ? TRUTHS : question.options);
const inputsOf = (article) => [...article.querySelectorAll("[data-options] input")];

// `onChange(entry)` is called after an entry of the sheet has taken a new choice or flag.
export function buildQuestions(sheet, onChange) {
  place.replaceChildren(...sheet.entries.map((entry) => build(entry, sheet.entries.length, onChange)));
}

function build(entry, all, onChange) {
  const { question } = entry;
  const article = questionTemplate.content.firstElementChild.cloneNode(true);
  const texts = slots(article);
  const kind = { kind: words.kinds[question.kind], hint: words.hints[question.kind], points: question.points };
  article.dataset.place = entry.place;
  texts.kind.textContent = fill(words.kind_line, kind);
  texts.number.textContent = fill(words.number_line, { n: entry.place + 1, all });
  texts.stem.textContent = question.stem;
  article.querySelector("[data-options]").append(...optionsOf(question).map(([letter, text]) => option(question, letter, text)));
  show(article, entry);

  article.addEventListener("change", () => {
    entry.choice = inputsOf(article).filter((input) => input.checked).map((input) => input.value).join("");
    show(article, entry);
    onChange(entry);
  });
  article.querySelector("[data-flag]").addEventListener("click", () => {
    entry.flagged = !entry.flagged;
    show(article, entry);
    onChange(entry);
  });
  article.querySelector("[data-clear]").addEventListener("click", () => {
    entry.choice = "";
    show(article, entry);
    onChange(entry);
  });
  return article;
}

function option(question, letter, text) {
  const card = optionTemplate.content.firstElementChild.cloneNode(true);
  const input = card.querySelector("input");
  input.type = question.kind === "multiple" ? "checkbox" : "radio";
  input.name = `question-${question.position}`;
  input.value = letter;
  const judged = question.kind === "true_false";
  card.querySelector(".exam-letter").textContent = judged ? { T: "✓", F: "✕" }[letter] : letter;
  card.querySelector(".exam-option-text").textContent = text;
  return card;
}

function show(article, entry) {
  for (const input of inputsOf(article)) input.checked = entry.choice.includes(input.value);
  const flag = article.querySelector("[data-flag]");
  flag.setAttribute("aria-pressed", String(entry.flagged));
  flag.textContent = entry.flagged ? words.unflag : words.flag;
  article.querySelector("[data-clear]").hidden = !entry.choice;
  article.dataset.flagged = entry.flagged ? "yes" : "no";
}

export function articleAt(index) {
  return place.children[index];
}

export function showOnly(index) {
  for (const article of place.children) article.hidden = index !== null && Number(article.dataset.place) !== index;
}

// Picks by 1–4 or by the letter on the card. A picked radio stays picked; a checkbox goes on and off.
export function pickByKey(article, key) {
  const inputs = inputsOf(article);
  const input = /^[1-9]$/.test(key) ? inputs[Number(key) - 1] : inputs.find((one) => one.value === key.toUpperCase());
  if (!input) return false;
  input.focus();
  input.click();
  return true;
}

// Radio buttons move by arrows on their own; checkboxes are made to do the same, without being ticked.
export function moveAmong(input, step) {
  if (input.type !== "checkbox") return false;
  const inputs = inputsOf(input.closest(".exam-question"));
  inputs[(inputs.indexOf(input) + step + inputs.length) % inputs.length].focus();
  return true;
}

export function clearQuestions() {
  place.replaceChildren();
}
