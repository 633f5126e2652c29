// Signing in: the password first, and where the account has one, its second factor.

import { call } from "./api.js";
import { receive, refused } from "./base.js";
import { bodyOf } from "./form.js";
import * as passkeys from "./passkeys.js";
import { complain, hush } from "./speech.js";

const form = document.querySelector("form[data-receive=sign-in]");
const second = form.querySelector("[data-second]");
const code = second.querySelector("[name=code]");
const key = second.querySelector("[data-passkey]");

function onward(answer) {
  // Duties sleep until the password is one's own, somebody vouched for that, and a second factor is set up.
  const first = answer?.provisional || (answer?.doubted && answer.duties.length) ? "/password" : answer?.unproven && "/second-factor";
  location.assign(first || form.dataset.next);
}

async function byPasskey(options) {
  hush(form);
  try {
    const assertion = await passkeys.use(options);
    onward(await call("POST", "/api/v1/session", { ...bodyOf(form), code: "", assertion }));
  } catch (error) {
    complain(form, error.code ? error.message : key.dataset.failed);
  }
}

receive("sign-in", (_, answer) => onward(answer));

refused("second_factor_needed", (_, { body }) => {
  second.hidden = false;
  const byCode = body.methods.includes("totp");
  second.querySelector("[data-by-code]").textContent = byCode ? code.dataset.both : code.dataset.recovery;
  key.hidden = !(body.passkey && passkeys.possible());
  key.onclick = () => byPasskey(body.passkey);
  (key.hidden ? code : key).focus();
});

