// Signing in to a seat. The page checks the form of what was typed, so that a slip costs none of the five attempts.

import { Problem } from "/static/js/api.js";
import { words, fill } from "/static/js/day_words.js";
import { ask } from "/static/js/day_link.js";

const form = document.querySelector("[data-sign-in]");
const { ticket, tail } = form.elements;
const fault = document.getElementById("fault");
const button = form.querySelector("[type=submit]");

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

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [number, digits] = [plain(ticket), plain(tail)];
  const found = faultIn(number, digits);
  if (found) return complain(...found);
  complain(null, "");
  button.disabled = true;
  button.textContent = words.busy;
  try {
    await ask("POST", "/api/v1/exam/session", { ticket_number: number, id_tail: digits });
    location.assign("/exam/paper");
  } catch (error) {
    complain(null, error instanceof Problem ? error.message : words.network);
    button.disabled = false;
    button.textContent = words.enter;
  }
});

form.querySelector("[data-x]").addEventListener("click", () => {
  tail.value = `${plain(tail).slice(0, 5)}X`;
  tail.focus();
});
