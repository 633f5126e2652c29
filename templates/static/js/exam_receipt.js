// Checking a receipt: whoever has the two numbers can ask whether this sheet was handed in, and when.

import "/static/js/exam_language.js";
import { call, Problem } from "/static/js/api.js";
import { words, fill } from "/static/js/day_words.js";
import { moment } from "/static/js/exam_receipt_card.js";

const form = document.querySelector("[data-check]");
const { code, digest } = form.elements;
const said = document.querySelector("[data-outcome]");
const button = form.querySelector("[type=submit]");

// Copied by hand: full-width characters, spaces and capitals are not mistakes.
const plain = (field) => field.value.normalize("NFKC").replace(/[\s-]/g, "").toLowerCase();

function say(sentence, state) {
  said.textContent = sentence;
  said.dataset.state = state;
  said.hidden = false;
}

function fault() {
  if (!/^\d{6,12}$/.test(plain(code))) return [code, words.code_wrong];
  if (!/^[0-9a-f]{12}$/.test(plain(digest))) return [digest, words.digest_wrong];
  return null;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const found = fault();
  for (const field of [code, digest]) field.toggleAttribute("aria-invalid", found?.[0] === field);
  if (found) {
    found[0].setAttribute("aria-invalid", "true");
    say(found[1], "fault");
    found[0].focus();
    return;
  }
  button.disabled = true;
  try {
    const address = `/api/v1/exam/receipts/${plain(code)}?digest=${plain(digest)}`;
    const answer = await call("GET", address, undefined, { signal: AbortSignal.timeout(8000) });
    const values = { n: answer.answered, all: answer.items, time: answer.valid ? moment(answer.handed_in_at) : "" };
    say(answer.valid ? fill(words.valid, values) : words.invalid, answer.valid ? "good" : "fault");
  } catch (error) {
    say(error instanceof Problem ? error.message : words.network, "fault");
  }
  button.disabled = false;
});
