// Before handing in: what is unanswered or flagged, each a link back, and whether everything is saved (WCAG 3.3.4).

import { words, fill, slots } from "/static/js/day_words.js";
import { fillGrid } from "/static/js/exam_navigator.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);

export function showReview(sheet, onGo) {
  const texts = slots(document.querySelector("[data-screen=review]"));
  const { unanswered, flagged } = sheet;
  find("unanswered").hidden = !unanswered.length;
  find("flagged-part").hidden = !flagged.length;
  find("complete").hidden = unanswered.length + flagged.length > 0;
  sayFault("");
  const all = sheet.entries.length;
  texts.answered_line.textContent = fill(words.answered_line, { n: all - unanswered.length, all });
  texts.unanswered_title.textContent = fill(words.unanswered_title, { n: unanswered.length });
  texts.flagged_title.textContent = fill(words.flagged_title, { n: flagged.length });
  fillGrid(find("unanswered-grid"), unanswered, onGo);
  fillGrid(find("flagged-grid"), flagged, onGo);
}

export function showUnsaved(count) {
  find("unsaved").hidden = count === 0;
  find("unsaved").textContent = fill(words.unsaved_wait, { n: count });
}

export function sayFault(sentence) {
  find("hand-in-fault").textContent = sentence;
  find("hand-in-fault").hidden = !sentence;
}
