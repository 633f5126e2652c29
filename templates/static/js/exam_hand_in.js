// Handing in, once, whatever the hand and the network do: everything is saved first, a double click is one, and a reply
// that got lost is asked for until it is known what became of the sheet.

import { words, fill, slots } from "/static/js/day_words.js";
import { confirm } from "/static/js/day_dialog.js";
import { ask, passing } from "/static/js/exam_link.js";
import { inWords } from "/static/js/exam_clock.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const handing = find("handing");
const stay = find("stay");
const AGAIN_AFTER = 2000;
const LATER = Symbol("later");

const pause = () => new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER); });

// Asked a second time only when something is unanswered; a complete sheet has been confirmed by the page itself.
export async function sure(sheet, left) {
  const { unanswered } = sheet;
  if (!unanswered.length) return true;
  const detail = fill(words.ask_detail, { n: unanswered.length, time: inWords(left) });
  const question = fill(words.ask, { n: unanswered.length });
  return await confirm(find("sure"), { question, detail, no: words.go_back, yes: words.ask_yes }) === "yes";
}

// {done: receipt}, {refused: sentence}, {gone: true} when the sheet was closed by somebody else, or {} when the
// candidate went back while it waited for the network. `gone` is a signal that the sheet was closed meanwhile.
export async function handIn(saving, gone) {
  const { handing: word } = slots(handing);
  word.textContent = saving.state === "saved" ? "" : words.handing_saving;
  stay.hidden = false;
  handing.showModal();
  try {
    if (await untilSaved(saving, word, gone) === LATER) return {};
    if (gone.aborted) return { gone: true };
    // From here on it may have happened already, so there is no way back.
    stay.hidden = true;
    word.textContent = "";
    return await send(word);
  } finally {
    handing.close();
  }
}

function untilSaved(saving, word, gone) {
  const watching = setInterval(() => {
    if (saving.state === "waiting") word.textContent = fill(words.handing_waiting, { n: saving.unsent.size });
    if (saving.state === "unable") word.textContent = fill(words.handing_unable, { n: saving.unsent.size });
  }, 500);
  const back = new Promise((resolve) => { stay.onclick = () => resolve(LATER); });
  const closed = new Promise((resolve) => { gone.addEventListener("abort", resolve); });
  return Promise.race([saving.whenDrained(), back, closed]).finally(() => clearInterval(watching));
}

async function send(word) {
  let lost = false;
  for (;;) {
    try {
      const { receipt, handed_in_at: at } = await ask("POST", "/api/v1/exam/hand-in", {});
      return { done: receipt ?? { at } };
    } catch (error) {
      if (!passing(error)) return lost && closed(error) ? { done: await ownReceipt() } : refused(error);
      lost = true;
      word.textContent = words.handing_retry;
      await pause();
    }
  }
}

const closed = (error) => error.status === 401 || error.code === "already_handed_in";

function refused(error) {
  return closed(error) ? { gone: true } : { refused: error.message };
}

// The receipt of the sheet that this machine's session was closed with: null when there is none, and then `whyNot` hears
// the server's code.
export async function ownReceipt(whyNot = () => {}) {
  for (;;) {
    try {
      return await ask("GET", "/api/v1/exam/receipt");
    } catch (error) {
      if (!passing(error)) {
        whyNot(error.code);
        return null;
      }
      await pause();
    }
  }
}

// Nor does the second half of a double click answer a question that only just appeared.
find("sure").addEventListener("click", (event) => {
  if (event.detail > 1) event.stopImmediatePropagation();
}, { capture: true });

// While the sheet is on its way nothing may be changed, so Escape does not close this one.
handing.addEventListener("cancel", (event) => event.preventDefault());
