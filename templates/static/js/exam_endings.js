// The end, however it came: handed in by hand, by the clock, by a proctor; terminated; moved to another machine. Each
// has a page of its own that says what became of the answers and what to do next.

import { words, fill } from "/static/js/day_words.js";
import { deliver } from "/static/js/exam_late.js";
import { ownReceipt } from "/static/js/exam_hand_in.js";
import { dropSession, session } from "/static/js/exam_link.js";
import { keepReceipt, showReceipt } from "/static/js/exam_receipt_card.js";
import { screen } from "/static/js/exam_screens.js";
import * as store from "/static/js/exam_store.js";

const AGAIN_AFTER = 3000;
const ATTEMPTS = 10;
const HANDED_IN_BY = { candidate: "done", clock: "over", proctor: "collected", termination: "terminated" };

const placeOf = (name) => document.querySelector(`[data-screen="${name}"]`);

// Which ending it was, when the server no longer knows this machine: the receipt says whether its sheet was closed,
// and by whom; a machine without one was left behind, for another one or for paper. `over` is what the clock as last
// heard says.
export async function whichEnding(over) {
  let code = "";
  const receipt = await ownReceipt((said) => { code = said; });
  if (receipt) return [HANDED_IN_BY[receipt.by] ?? (over ? "over" : "collected"), receipt];
  if (code === "answers_on_paper") return ["on_paper", null];
  return [over ? "over" : "moved", null];
}

// Shows an ending and settles what is left: the receipt, and what could not be delivered in time.
export async function showEnding(name, receipt, { ticket, paper }) {
  screen(name);
  delete document.documentElement.dataset.closed;
  // A locked browser quits when it is led to the address that its configuration names.
  if (session.token) placeOf(name).querySelector("[data-quit]").hidden = false;
  // A reload from here must not land on a page that this machine may no longer see.
  history.replaceState(null, "", receipt || name === "over" ? "/exam/done" : "/exam");
  dropSession();
  if (receipt) hold(name, receipt);
  else if (name === "over") lookForReceipt(name);
  const late = paper ? await paper.saving.settled() : [];
  if (late.length) await settle(name, ticket, late, (entries) => paper.sheet.numbers(entries.map((one) => one.position)));
  else await forgetEmpty(ticket).catch(() => {});
}

// What an earlier page left in the queue is the only copy there is; the sign-in page sends it.
async function forgetEmpty(ticket) {
  if (!(await store.queued(ticket)).length) await store.forget(ticket);
}

function hold(name, receipt) {
  keepReceipt(receipt);
  showReceipt(placeOf(name), receipt);
}

// The clock's hand closes a sheet some seconds after the time is over.
async function lookForReceipt(name) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const receipt = await ownReceipt();
    if (receipt) return hold(name, receipt);
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER); });
  }
  return undefined;
}

// Honest about what did not arrive: the numbers as the candidate saw them, for the proctor to note.
async function settle(name, ticket, late, numbersOf) {
  const place = placeOf(name).querySelector("[data-late]");
  const sentence = (text, entries) => {
    const numbers = numbersOf(entries);
    return entries.length ? [fill(text, { n: numbers.length, list: numbers.join(words.list_comma) })] : [];
  };
  const say = (sentences, state) => {
    place.hidden = false;
    place.dataset.state = state;
    place.textContent = sentences.join("");
  };
  say(sentence(words.late_sending, late), "waiting");
  const { kept, saved, left } = await deliver(ticket, late, () => say(sentence(words.late_waiting, late), "waiting"));
  const sentences = [
    ...sentence(words.late_saved, saved),
    ...sentence({ moved: words.late_moved, on_paper: words.late_on_paper }[name] ?? words.late_kept, kept),
    ...sentence(words.late_lost, left),
  ];
  say(sentences, left.length ? "lost" : "kept");
}
