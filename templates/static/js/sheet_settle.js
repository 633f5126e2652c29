// Settling what two people have read differently: every line is one of theirs, or what a third person types.

import { call, Problem, Unreachable } from "./api.js";
import { ask } from "./ask.js";
import { toastAfterReload } from "./speech.js";

const form = document.querySelector("[data-settle]");
const rows = [...form.querySelectorAll("tr[data-position]")];
const fault = form.querySelector("[data-fault-line]");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function complain(text, place) {
  fault.textContent = text;
  fault.hidden = !text;
  place?.focus();
}

const chosen = (row) => row.querySelector("input[type=radio]:checked");

function textOf(row) {
  const radio = chosen(row);
  if (radio.value !== "other") return radio.dataset.text;
  const text = row.querySelector("[data-other]").value.trim();
  return ["single", "multiple"].includes(row.dataset.kind) ? [...new Set(text.toUpperCase())].sort().join("") : text;
}

form.addEventListener("change", ({ target }) => {
  const row = target.closest("tr[data-position]");
  if (!row || target.type !== "radio") return;
  row.querySelector(".sheet-other").hidden = target.value !== "other";
  if (target.value === "other") row.querySelector("[data-other]").focus();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  complain("");
  const copy = form.elements.copy;
  if (!/^[1-9][0-9]*$/.test(copy.value.trim())) { complain(form.dataset.copy, copy); return; }
  const open = rows.find((row) => !chosen(row));
  if (open) { complain(fill(form.dataset.missing, { n: open.dataset.number }), open.querySelector("input")); return; }
  if (!(await ask(form.dataset.sure))) return;
  const button = form.querySelector("button");
  button.disabled = true;
  const answers = Object.fromEntries(rows.map((row) => [row.dataset.position, textOf(row)]));
  try {
    await call("POST", `/api/v1/results/transcriptions/${form.dataset.settle}/decision`, {
      copy_number: Number(copy.value), answers, note: form.elements.note.value.trim(),
    });
    toastAfterReload(form.dataset.done);
    location.assign("/results/transcriptions");
  } catch (error) {
    button.disabled = false;
    if (error instanceof Unreachable) complain(form.dataset.unreachable);
    else if (error instanceof Problem) complain(error.message);
    else throw error;
  }
});
