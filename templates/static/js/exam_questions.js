// One question as an element: its stem, its options as whole cards to press or a field to type into, a mark for later.

import { words, fill, slots } from "/static/js/day_words.js";
import { showCase } from "/static/js/exam_case.js";
import { buildTyped, drawTyped, isTyped } from "/static/js/exam_typed.js";

const questionTemplate = document.querySelector("[data-question-template]");
const optionTemplate = document.querySelector("[data-option-template]");
const TRUTHS = { T: words.true, F: words.false };
const SIGNS = { T: "✓", F: "✕" };
let scopes = 0;

const PLACES = "ABCDEFGH";

// [letter, text, label] of every option, in the order this seat sees them. What is saved is the letter of the paper;
// what is shown goes A, B, C by place.
export function optionsOf(question) {
  if (question.kind === "true_false") return Object.entries(TRUTHS).map(([letter, text]) => [letter, text, letter]);
  return Object.entries(question.options).map(([letter, text], place) => [letter, text, PLACES[place]]);
}
export const inputsOf = (article) => [...article.querySelectorAll("[data-options] .exam-option input")];

// `onChange(entry)` is called after an entry of the sheet has taken a new choice or flag, `onTyping()` when typing begins
// or ends.
export function buildQuestions(place, sheet, onChange, onTyping = () => {}) {
  scopes += 1;
  const scope = `q${scopes}`;
  place.replaceChildren(...sheet.entries.map((entry) => build(scope, entry, sheet.entries.length, onChange, onTyping)));
}

function build(scope, entry, all, onChange, onTyping) {
  const { question } = entry;
  const article = questionTemplate.content.firstElementChild.cloneNode(true);
  const texts = slots(article);
  const kind = { kind: words.kinds[question.kind], hint: words.hints[question.kind], points: question.points };
  article.dataset.place = entry.place;
  texts.number.id = `${scope}-${entry.place}`;
  article.setAttribute("aria-labelledby", texts.number.id);
  texts.kind.textContent = fill(question.points ? words.kind_line : words.kind_line_practice, kind);
  texts.number.textContent = fill(words.number_line, { n: entry.place + 1, all });
  texts.stem.textContent = question.stem;
  if (question.case) showCase(article, question.case, texts);
  const name = `${scope}-${question.position}`;
  const place = article.querySelector("[data-options]");
  const changed = (change) => () => {
    change();
    drawQuestion(article, entry);
    onChange(entry);
  };
  if (isTyped(question)) {
    place.append(buildTyped(entry, `${name}-typed`, { changed: (change) => changed(change)(), told: onTyping }));
  } else {
    place.append(...optionsOf(question).map((one) => option(question, name, ...one)));
    place.addEventListener("change", changed(() => {
      entry.choice = inputsOf(article).filter((input) => input.checked).map((input) => input.value).sort().join("");
    }));
  }
  if (question.pictures && Object.keys(question.pictures).length) pictured(article, question);
  drawQuestion(article, entry);
  article.querySelector("[data-flag]").addEventListener("click", changed(() => { entry.flagged = !entry.flagged; }));
  article.querySelector("[data-clear]").addEventListener("click", changed(() => {
    entry.choice = "";
    // The button that was pressed disappears, and the focus must not go with it.
    texts.number.focus({ preventScroll: true });
  }));
  return article;
}

// Most papers have no picture, and their page does not load what shows them.
function pictured(article, question) {
  import("/static/js/exam_pictures.js").then(
    ({ showPictures }) => showPictures(article, question),
    () => setTimeout(() => { if (article.isConnected) pictured(article, question); }, 3000),
  );
}

function option(question, name, letter, text, label) {
  const card = optionTemplate.content.firstElementChild.cloneNode(true);
  const input = card.querySelector("input");
  input.type = question.kind === "multiple" ? "checkbox" : "radio";
  input.name = name;
  input.value = letter;
  input.dataset.label = label;
  card.querySelector(".exam-letter").textContent = SIGNS[label] ?? label;
  card.querySelector(".exam-option-text").textContent = text;
  return card;
}

export function drawQuestion(article, entry) {
  for (const input of inputsOf(article)) input.checked = entry.choice.includes(input.value);
  const field = article.querySelector("[data-typed] :is(input, textarea)");
  if (field) drawTyped(field, entry);
  const flag = article.querySelector("[data-flag]");
  flag.setAttribute("aria-pressed", String(entry.flagged));
  article.querySelector("[data-clear]").hidden = !entry.choice;
  article.dataset.flagged = entry.flagged ? "yes" : "no";
}
