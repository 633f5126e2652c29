// Signing in to a seat. The page checks the form of what was typed, so that a slip costs none of the five attempts.

import "/static/js/exam_language.js";
import { Problem } from "/static/js/api.js";
import { words, fill } from "/static/js/day_words.js";
import { deviceKeyOf, keyOf, shown } from "/static/js/exam_key.js";
import { deliver } from "/static/js/exam_late.js";
import { addressed, ask, dropSession, keepSession, passing, session } from "/static/js/exam_link.js";
import { dropReceipt } from "/static/js/exam_receipt_card.js";
import * as store from "/static/js/exam_store.js";

const form = document.querySelector("[data-sign-in]");
const { ticket, tail } = form.elements;
const fault = document.getElementById("fault");
const button = form.querySelector("[type=submit]");
const leftover = document.querySelector("[data-leftover]");

// Full-width digits from a Chinese input method and spaces copied from paper are not mistakes.
const plain = (field) => field.value.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();

function faultIn(number, digits) {
  if (!number) return [ticket, words.ticket_missing];
  if (!/^\d{6,12}$/.test(number)) return [ticket, words.ticket_wrong];
  if (!digits) return [tail, words.tail_missing];
  if (!/^\d{5}[\dX]$/.test(digits)) return [tail, fill(words.tail_wrong, { n: digits.length })];
  return null;
}

function complain(field, text) {
  for (const one of [ticket, tail]) one.toggleAttribute("aria-invalid", one === field);
  if (field) field.setAttribute("aria-invalid", "true");
  fault.textContent = text;
  fault.hidden = !text;
  field?.focus();
}

function working(busy) {
  button.disabled = busy;
  button.textContent = busy ? words.busy : words.enter;
}

// Whether the server may have let this browser in under a ticket: it has, or its answer was lost.
const maybeIn = async (number) => Boolean((await store.desk(number).catch(() => ({}))).maybe_in);
const noteIn = (number, maybe_in) => store.remember(number, { maybe_in }).catch(() => {});

// A mistyped ticket leaves nothing behind. A key that has signed something stays, and whatever the server may know.
async function tidy(number) {
  if ((await maybeIn(number)) || (await store.queued(number)).length) return;
  await store.forget(number);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [number, digits] = [plain(ticket), plain(tail)];
  const found = faultIn(number, digits);
  if (found) return complain(...found);
  complain(null, "");
  working(true);
  const before = await maybeIn(number);
  try {
    const browser_key = await shown(await keyOf(number));
    const device_key = await deviceKeyOf(number);
    // Noted before asking, for the power may go before the answer comes.
    if (!before) await noteIn(number, true);
    const exam = await ask("POST", "/api/v1/exam/session", { ticket_number: number, id_tail: digits, browser_key, device_key });
    keepSession({ token: exam.exam_token });
    location.assign(addressed("/exam/paper"));
  } catch (error) {
    complain(null, error instanceof Problem ? error.message : words.network);
    working(false);
    if (passing(error)) return;
    if (!before) await noteIn(number, false);
    await tidy(number).catch(() => {});
  }
});

form.querySelector("[data-x]").addEventListener("click", () => {
  tail.value = `${plain(tail).slice(0, 5)}X`;
  tail.focus();
});

// Answers of an exam that ended, or went on elsewhere, while this machine was cut off or without power: the session that
// this browser still has may send its own; anybody else's are named, so that a proctor can act.
async function sendLeftover() {
  const counts = await store.leftover();
  if (!counts.size) return;
  const lines = [];
  for (const number of counts.keys()) {
    const { kept, saved, left } = await deliver(number, await store.queued(number));
    const sent = kept.length + saved.length;
    if (sent) lines.push(fill(words.leftover_sent, { n: sent, ticket: number }));
    if (left.length) lines.push(fill(words.leftover, { n: left.length, ticket: number }));
  }
  leftover.textContent = lines.join("\n");
  leftover.hidden = false;
}

dropSession();
dropReceipt();
session.token = "";
sendLeftover().catch(() => {});
