// Printing a paper: the answer is the PDF itself, or word that a second person has to confirm.

import { bodyOf } from "./form.js";
import { toastAfterReload } from "./speech.js";

// The browser shows the PDF in a window of its own, from memory; where it must not open one, it is offered as a file.
function show(blob) {
  const address = URL.createObjectURL(blob);
  if (window.open(address, "_blank")) return;
  const link = Object.assign(document.createElement("a"), { href: address, download: "paper.pdf" });
  link.click();
}

async function print(form) {
  const body = JSON.stringify(bodyOf(form));
  const headers = { "Content-Type": "application/json", "Accept": "application/pdf, application/json", "Accept-Language": document.documentElement.lang };
  const reply = await fetch(form.action, { method: "POST", credentials: "same-origin", headers, body });
  if ((reply.headers.get("content-type") ?? "").startsWith("application/pdf")) {
    show(await reply.blob());
    return form.dataset.done;
  }
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.detail ?? answer.title);
  return form.dataset.first;
}

document.querySelector("[data-print-paper]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const fault = form.querySelector("[data-fault-line]");
  const button = form.querySelector("button");
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  fault.hidden = true;
  try {
    toastAfterReload(await print(form));
    location.reload();
  } catch (error) {
    fault.textContent = error instanceof TypeError ? form.dataset.lost : error.message;
    fault.hidden = false;
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});
