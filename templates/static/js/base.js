// Every page: forms with data-api become calls of the API, the language switch, toasts.
//
//   <form data-api="POST" action="/api/v1/…"      the call; fields become JSON (form.js), or
//         data-multipart | data-raw               files go up as they are (upload.js)
//         data-shape="attendance"                 a function that a page's module registered makes the body
//         data-confirm="…"                        asked first, in a dialog
//         data-done="…" data-next="/…"            said after success; where to go, else the page is loaded again
//         data-leave="person" data-waiting="…"    after success this machine forgets what it kept for the person; asked
//                                                 first where records of theirs have not been delivered
//         data-keep>                              the page stays and <output data-field="…"> shows the answer
//   <a data-proven href="…">                      a file that is fetched after its reader proved themselves a moment ago
//   <input data-fault="code other_code">          refusals of these codes are said beside this field

import { call, Problem, Unreachable } from "./api.js";
import { ask } from "./ask.js";
import { addressOf, bodyOf } from "./form.js";
import { complain, dismiss, hush, showKeptToast, toast, toastAfterReload, words } from "./speech.js";
import { upload } from "./upload.js";

const shapes = {};
const receivers = {};
const refusals = {};

// A page's module may make the body of its form, and may receive the answer instead of the usual reload.
export function shape(name, make) { shapes[name] = make; }
export function receive(name, take) { receivers[name] = take; }
// And may go on from a refusal by its code, instead of showing it.
export function refused(code, take) { refusals[code] = take; }

async function send(form) {
  const method = form.dataset.api;
  if (form.dataset.multipart !== undefined || form.dataset.raw !== undefined) {
    const file = form.querySelector("input[type=file]").files[0];
    const raw = form.dataset.raw !== undefined;
    const reply = await upload(method, addressOf(form, bodyOf(form)), raw ? file : new FormData(form), raw ? file.type : "");
    if (!reply.ok && reply.body?.detail) throw new Problem(reply.status, reply.body);
    return reply.body;
  }
  const body = bodyOf(form);
  const address = addressOf(form, body);
  const made = form.dataset.shape ? shapes[form.dataset.shape](form, body) : body;
  return call(method, address, method === "DELETE" ? undefined : made);
}

// Some acts ask for the password or a code again; once given, the act is sent once more.
async function sendProven(form) {
  try {
    return await send(form);
  } catch (error) {
    if (error.code !== "step_up_needed") throw error;
    const { prove } = await import("./step_up.js");
    if (!(await prove())) throw error;
    return send(form);
  }
}

async function fetchProven(event) {
  const link = event.target.closest("a[data-proven]");
  if (!link) return;
  event.preventDefault();
  try {
    await call("GET", "/api/v1/session/proof");
  } catch (error) {
    const { prove } = await import("./step_up.js");
    // Any other refusal is said in full by the address itself.
    if (error.code === "step_up_needed" && !(await prove())) return;
  }
  location.assign(link.href);
}

function busy(form, working, button) {
  if (working) form.setAttribute("aria-busy", "true"); else form.removeAttribute("aria-busy");
  // Buttons that a rule keeps disabled stay so.
  for (const one of form.querySelectorAll(working ? "button:enabled" : "button[data-held]")) {
    one.disabled = working;
    one.toggleAttribute("data-held", working);
  }
  if (!button) return;
  if (working) button.setAttribute("aria-busy", "true"); else button.removeAttribute("aria-busy");
  if (button.dataset.busy) {
    button.dataset.word ??= button.textContent;
    button.textContent = working ? button.dataset.busy : button.dataset.word;
  }
}

function show(form, answer) {
  for (const output of form.querySelectorAll("output[data-field]")) output.textContent = answer?.[output.dataset.field] ?? "";
  const kept = form.querySelector("[data-answer-box]");
  if (kept) { kept.hidden = false; kept.focus(); }
}

function finish(form, answer) {
  const done = form.dataset.done || words.done;
  const receiver = receivers[form.dataset.receive];
  if (receiver) { receiver(form, answer); return; }
  if (form.dataset.keep !== undefined) { show(form, answer); toast(done); return; }
  toastAfterReload(done);
  if (form.dataset.next) location.assign(form.dataset.next); else location.reload();
}

function fail(form, error) {
  dismiss();
  if (error instanceof Problem && refusals[error.code]) {
    refusals[error.code](form, error);
  } else if (error instanceof Problem) {
    const expired = error.status === 401 && new URL(form.action).pathname !== "/api/v1/session";
    if (expired) { location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`); return; }
    const field = error.code && form.querySelector(`[data-fault~="${CSS.escape(error.code)}"]:enabled`);
    complain(form, error.message, error.source, field);
  } else {
    complain(form, error instanceof Unreachable ? words.unreachable : words.unexpected);
    if (!(error instanceof Unreachable)) console.error(error);
  }
}

// Whoever signs out must know that what they did at the door is still only here.
async function mayLeave(form) {
  const count = await import("./checkin_leave.js").then(({ waiting }) => waiting(form.dataset.leave)).catch(() => 0);
  return count === 0 || ask(form.dataset.waiting.replace("{count}", count));
}

async function agreed(form) {
  if (form.dataset.leave !== undefined && !(await mayLeave(form))) return false;
  return !form.dataset.confirm || ask(form.dataset.confirm);
}

async function submit(event) {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  hush(form);
  const button = event.submitter;
  if (!(await agreed(form))) { button?.focus(); return; }
  busy(form, true, button);
  if (button?.dataset.busy) toast(words.working);
  try {
    const answer = await sendProven(form);
    // Whatever this machine keeps for the one who signs out goes with them.
    if (form.dataset.leave !== undefined) await import("./checkin_leave.js").then(({ leave }) => leave()).catch(() => null);
    busy(form, false, button);
    finish(form, answer);
  } catch (error) {
    busy(form, false, button);
    fail(form, error);
  }
}

function chooseLanguage(event) {
  const button = event.target.closest("[data-language]");
  if (!button) return;
  document.cookie = `peikao_language=${button.dataset.language}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}

document.addEventListener("submit", submit);
document.addEventListener("click", fetchProven);
document.addEventListener("click", chooseLanguage);
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
// On a phone the places scroll sideways; the present one should be in sight.
document.querySelector(".places [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
showKeptToast();
