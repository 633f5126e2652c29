// Asking again for the password, or for a code of the second factor, before an act that must be one's own.

import { call } from "./api.js";

const dialog = document.getElementById("step-up");

// Six digits are a code of the authenticator, four groups of four a recovery code; all else is the password.
const CODE = /^\s*(\d{3}\s?\d{3}|[0-9A-Za-z]{4}(-[0-9A-Za-z]{4}){3})\s*$/;

async function given(field, alert) {
  const secret = field.value;
  field.value = "";
  try {
    await call("POST", "/api/v1/session/proof", CODE.test(secret) ? { code: secret.trim() } : { password: secret });
    return true;
  } catch (error) {
    alert.textContent = error.message;
    alert.hidden = false;
    field.focus();
    return false;
  }
}

// Resolves to whether the person proved themselves; wrong tries are said in the dialog, which stays.
export function prove() {
  if (!dialog) return Promise.resolve(false);
  const form = dialog.querySelector("form");
  const field = form.elements.secret;
  const alert = form.querySelector(".alert");
  alert.hidden = true;
  field.value = "";
  dialog.returnValue = "no";
  form.querySelector("[data-answer=no]").onclick = () => dialog.close("no");
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (await given(field, alert)) dialog.close("yes");
  };
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
