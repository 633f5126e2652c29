// The editor of blueprints: counted at once, checked by the service a moment later, sent when nothing is wrong.

import { call, Problem } from "./api.js";
import { receive, shape } from "./base.js";
import { blueprintOf } from "./blueprint_body.js";
import { say, unusable } from "./blueprint_faults.js";
import { add, fillFrom, forget, keep, restore, snapshot } from "./blueprint_kept.js";
import { count, fill } from "./blueprint_sums.js";
import { toastAfterReload } from "./speech.js";

const PAUSE = 400;
const AGAIN = 5000;

const form = document.querySelector("[data-editor]");
const status = form.querySelector("[data-status]");
const send = form.querySelector("[data-send]");
const rows = form.querySelector("[data-changes]");
const nothing = [...rows.childNodes];
const untouched = snapshot(form);
let waiting = null;
let asking = null;

shape("blueprint", blueprintOf);
receive("blueprint", (_, made) => {
  forget(form);
  toastAfterReload(form.dataset.done);
  location.assign(`/papers/blueprints/${made.id}`);
});

function show(changes) {
  if (!changes.length) { rows.replaceChildren(...nothing); return; }
  rows.replaceChildren(...changes.map((one) => {
    const row = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = one.setting;
    row.append(name, ...[one.before, one.after].map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    return row;
  }));
}

function have(answer) {
  form.dataset.forms = answer.forms;
  const cells = new Map(answer.cells.map((one) => [`${one.regulation}:${one.kind}`, one.available]));
  for (const field of form.querySelectorAll("[data-cell]")) {
    field.dataset.have = cells.get(`${field.dataset.regulation}:${field.dataset.kind}`) ?? 0;
  }
  const values = new Map(answer.values.map((one) => [`${one.axis}:${one.value}`, one.available]));
  for (const range of form.querySelectorAll("[data-range]")) {
    range.dataset.have = values.get(`${range.dataset.axis}:${range.dataset.value}`) ?? 0;
  }
}

function judge(answer) {
  const { faulty, same, ready, first } = form.dataset;
  const changes = answer.changes.length;
  const news = answer.compared_with === null || changes > 0;
  send.disabled = answer.faults.length > 0 || !news;
  if (answer.faults.length) status.textContent = fill(faulty, { count: answer.faults.length });
  else if (!news) status.textContent = same;
  else status.textContent = answer.compared_with === null ? first : fill(ready, { count: changes });
}

async function check() {
  const mine = new AbortController();
  asking = mine;
  try {
    const answer = await call("POST", "/api/v1/papers/blueprints/checks", blueprintOf(form), { signal: mine.signal });
    have(answer);
    count(form);
    say(form, answer.faults);
    show(answer.changes);
    judge(answer);
  } catch (error) {
    // Something else was typed meanwhile, and is asked about in its turn.
    if (mine.signal.aborted) return;
    status.textContent = error instanceof Problem ? error.message : form.dataset.away;
    if (!(error instanceof Problem)) waiting = setTimeout(check, AGAIN);
  }
}

function changed() {
  keep(form, untouched);
  count(form);
  clearTimeout(waiting);
  asking?.abort();
  send.disabled = true;
  const wrong = unusable(form);
  status.textContent = wrong ? fill(form.dataset.faulty, { count: wrong }) : form.dataset.checking;
  if (!wrong) waiting = setTimeout(check, PAUSE);
}

form.addEventListener("input", changed);
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=button]");
  if (!button) return;
  if (button.dataset.add !== undefined) add(form, button.closest("[data-groups]").dataset.groups).querySelector("input").focus();
  else if (button.dataset.remove !== undefined) button.closest("[data-group]").remove();
  else if (button.dataset.fresh !== undefined) { fillFrom(form, untouched); form.querySelector("[data-restored]").hidden = true; }
  changed();
});

form.querySelector("[data-restored]").hidden = !restore(form);
changed();
