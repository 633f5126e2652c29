// Signing in again without leaving the page: the session ran out, the queue and the open card stay where they are.

import { call, Problem } from "/static/js/api.js";
import { words } from "/static/js/day_words.js";

const dialog = document.querySelector("[data-signing-in]");
const form = dialog.querySelector("form");
const fault = dialog.querySelector("[data-slot=sign-in-fault]");
const PATIENCE = 15000;

function complain(sentence) {
  fault.textContent = sentence;
  fault.hidden = !sentence;
}

// `onSignedIn` is called when the same proctor is back; anybody else gets a page of their own.
export function signInAgain(actor, onSignedIn) {
  document.querySelector("[data-sign-in]").addEventListener("click", () => {
    complain("");
    dialog.showModal();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { username, password, code } = form.elements;
    const body = { username: username.value.trim(), password: password.value, code: code.value.trim() };
    try {
      const me = await call("POST", "/api/v1/session", body, { signal: AbortSignal.timeout(PATIENCE) });
      form.reset();
      dialog.close();
      if (me.label === actor) onSignedIn();
      else location.reload();
    } catch (error) {
      // Whoever has a second factor, though proctors need none, is asked for a code as well.
      if (error.code === "second_factor_needed") code.closest("label").hidden = false;
      complain(error instanceof Problem ? error.message : words.needs_network);
    }
  });
}
