// Before handing in: what is unanswered or flagged, whether everything is saved, and two questions (WCAG 3.3.4).

import { Problem } from "/static/js/api.js";
import { words, fill, slots } from "/static/js/day_words.js";
import { span } from "/static/js/day_clock.js";
import { ask, passing } from "/static/js/day_link.js";
import { confirm } from "/static/js/day_dialog.js";
import { cell } from "/static/js/exam_navigator.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const handing = find("handing");
const AGAIN_AFTER = 2000;

export function showReview(sheet, onGo) {
  const texts = slots(document.querySelector("[data-screen=review]"));
  const { unanswered, flagged } = sheet;
  find("unanswered").hidden = !unanswered.length;
  find("flagged-part").hidden = !flagged.length;
  find("complete").hidden = unanswered.length + flagged.length > 0;
  find("hand-in-fault").hidden = true;
  texts.unanswered_title.textContent = fill(words.unanswered_title, { n: unanswered.length });
  texts.flagged_title.textContent = fill(words.flagged_title, { n: flagged.length });
  find("unanswered-grid").replaceChildren(...unanswered.map((entry) => cell(entry, onGo)));
  find("flagged-grid").replaceChildren(...flagged.map((entry) => cell(entry, onGo)));
}

export function showUnsaved(count) {
  find("hand-in").disabled = count > 0;
  find("unsaved").hidden = count === 0;
  find("unsaved").textContent = fill(words.unsaved_wait, { n: count });
}

export async function sureTwice(sheet, left) {
  const missing = { unanswered: sheet.unanswered.length, flagged: sheet.flagged.length };
  const complete = missing.unanswered + missing.flagged === 0;
  const no = words.go_back;
  const detail = complete ? words.ask_once_complete : fill(words.ask_once_detail, missing);
  const first = { question: words.ask_once, detail, no, yes: words.ask_once_yes };
  if (await confirm(find("sure"), first) !== "yes") return false;
  const last = fill(words.ask_twice_detail, { time: span(left) });
  return await confirm(find("sure"), { question: words.ask_twice, detail: last, no, yes: words.ask_twice_yes }) === "yes";
}

// "done", "ended" when the server no longer knows this machine, or "refused" with the reason on the page. A reply that
// got lost is asked for again; the second answer is then a refusal, because the first one has handed in.
export async function handIn() {
  const { handing: word } = slots(handing);
  word.textContent = "";
  handing.showModal();
  try {
    for (;;) {
      try {
        await ask("POST", "/api/v1/exam/hand-in");
        return "done";
      } catch (error) {
        if (!passing(error)) return refused(error);
        word.textContent = words.handing_retry;
        await new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER); });
      }
    }
  } finally {
    handing.close();
  }
}

function refused(error) {
  if (error.status === 401) return "ended";
  if (error instanceof Problem && error.code === "already_handed_in") return "done";
  find("hand-in-fault").textContent = error.message;
  find("hand-in-fault").hidden = false;
  return "refused";
}

// While the sheet is on its way nothing may be changed, so Escape does not close this one.
handing.addEventListener("cancel", (event) => event.preventDefault());
