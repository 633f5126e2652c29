// A question that waits for its answer; Escape and leaving answer with nothing.

import { slots } from "/static/js/day_words.js";

export function confirm(dialog, texts = {}) {
  const places = slots(dialog);
  for (const [slot, text] of Object.entries(texts)) places[slot].textContent = text;
  return new Promise((resolve) => {
    const answer = (event) => {
      const button = event.target.closest("[data-answer]");
      if (button) dialog.close(button.dataset.answer);
    };
    const closed = () => {
      dialog.removeEventListener("click", answer);
      resolve(dialog.returnValue);
    };
    dialog.addEventListener("click", answer);
    dialog.addEventListener("close", closed, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
}
