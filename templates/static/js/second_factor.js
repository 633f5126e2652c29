// One's own second factors: the QR code of an authenticator, passkeys, and recovery codes that are shown once.

import { call, Problem } from "./api.js";
import { receive } from "./base.js";
import * as passkeys from "./passkeys.js";
import { complain, hush } from "./speech.js";
import { prove } from "./step_up.js";

const box = document.querySelector("[data-codes]");

receive("totp", (form, answer) => {
  const made = document.querySelector("[data-totp]");
  made.querySelector("img").src = answer.picture;
  made.querySelector("[data-secret]").textContent = answer.secret.replace(/(.{4})(?=.)/g, "$1 ");
  made.hidden = false;
  form.hidden = true;
  made.querySelector("[name=code]").focus();
});

// What was set up is there already; the codes must be written down before the page changes.
function show(codes) {
  if (!codes.length) { location.reload(); return; }
  const list = box.querySelector("ol");
  list.replaceChildren(...codes.map((code) => Object.assign(document.createElement("li"), { textContent: code })));
  document.querySelector("[data-settings]").hidden = true;
  box.hidden = false;
  box.focus();
}

receive("codes", (_, answer) => show(answer.codes));

async function proven(method, path, body) {
  try {
    return await call(method, path, body);
  } catch (error) {
    if (error.code !== "step_up_needed" || !(await prove())) throw error;
    return call(method, path, body);
  }
}

const form = document.querySelector("form[data-new-passkey]");
if (form && passkeys.possible()) form.querySelector("button").disabled = false;
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  hush(form);
  try {
    const { options } = await proven("POST", "/api/v1/session/passkeys/challenge", {});
    const credential = await passkeys.make(options);
    const name = form.elements.name.value.trim();
    show((await proven("POST", "/api/v1/session/passkeys", { name, credential })).codes);
  } catch (error) {
    complain(form, error instanceof Problem ? error.message : form.dataset.failed);
  }
});
