// A practice sheet for the waiting room: about everyday things, kept nowhere and sent nowhere.

import { words, fill } from "/static/js/day_words.js";
import { Sheet } from "/static/js/exam_sheet.js";
import { Stage } from "/static/js/exam_stage.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const place = find("practice");
const said = find("practice-said");
const open = find("practice-open");

let stage = null;

const chosen = (entry) => fill(words.practice_chosen, { choice: words.truths[entry.choice] ?? [...entry.choice].join(words.list_comma) });

function begin() {
  const questions = words.practice.map((one, index) => ({ ...one, position: index + 1, points: 0 }));
  const sheet = new Sheet(questions, []);
  stage = new Stage(find("practice-questions"), sheet, {
    changed: (entry) => { said.textContent = entry.choice ? chosen(entry) : ""; },
    moved: (index) => {
      said.textContent = "";
      find("practice-back").disabled = index === 0;
      find("practice-forward").textContent = index === questions.length - 1 ? words.practice_end : words.next;
    },
    finished: end,
  });
  place.hidden = false;
  open.hidden = true;
  stage.go(0);
  place.scrollIntoView({ block: "start" });
}

function end() {
  closePractice();
  said.textContent = words.practice_done;
  open.focus();
}

export function closePractice() {
  stage?.clear();
  stage = null;
  place.hidden = true;
  open.hidden = false;
}

// The stage that keys go to while somebody practises.
export const practising = () => stage;

open.addEventListener("click", begin);
find("practice-back").addEventListener("click", () => stage.back());
find("practice-forward").addEventListener("click", () => stage.forward());
