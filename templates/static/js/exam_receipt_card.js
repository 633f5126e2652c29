// The receipt, on the screen that follows handing in and on the page that a reload leads to.

import { fill, slots, words } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";

const KEPT = "peikao.receipt";
const BEIJING = 8 * 60 * 60 * 1000;

export function moment(instant) {
  const day = new Date(Date.parse(instant) + BEIJING).toISOString().slice(0, 10);
  return `${day} ${beijing(instant)}`;
}

export function showReceipt(place, receipt) {
  const card = place.querySelector("[data-receipt]");
  if (!card) return;
  const whole = Boolean(receipt?.code);
  card.hidden = !whole;
  if (!whole) return;
  const texts = slots(card);
  texts.receipt_code.textContent = receipt.code;
  texts.receipt_digest.textContent = receipt.digest.replace(/(.{4})(?=.)/g, "$1 ");
  texts.receipt_paper.textContent = receipt.paper_code;
  texts.receipt_paper.parentElement.hidden = !receipt.paper_code;
  texts.receipt_answered.textContent = fill(words.receipt_answered, { n: receipt.answered, all: receipt.items });
  texts.receipt_at.textContent = moment(receipt.at);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// For this tab only, and until the next candidate comes to the sign-in page: there is no name in it.
export function keepReceipt(receipt) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(receipt));
  } catch {
    // It is on the screen all the same.
  }
}

export function keptReceipt() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

export function dropReceipt() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // There was none.
  }
}
