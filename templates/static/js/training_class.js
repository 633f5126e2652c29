// One class: attendance of many people in one go, and the roster import that is rehearsed first.

import { receive, shape } from "./base.js";
import { portrait } from "./portrait.js";
import { complain, toast, toastAfterReload, words } from "./speech.js";

// One day, one manner, so many hours, for everybody who is ticked.
shape("attendance", (_form, { day, mode, hours, trainees }) => ({
  entries: trainees.map((trainee_id) => ({ trainee_id, day, mode, hours })),
}));

document.addEventListener("change", (event) => {
  const all = event.target.dataset?.all;
  if (!all) return;
  for (const box of document.querySelectorAll(`#${all} input[type=checkbox]`)) box.checked = event.target.checked;
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest('form[data-shape="attendance"]');
  if (form && !form.querySelector("input[data-list]:checked")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    complain(form, words.fill);
  }
}, true);

// A camera's picture becomes an identity photograph before it is sent: what is larger does not travel to the tablets.
document.addEventListener("change", async (event) => {
  const field = event.target.closest?.("input[type=file][data-portrait]");
  if (!field?.files.length) return;
  const small = await portrait(field.files[0], Number(field.dataset.portrait));
  if (!small) return;
  const kept = new DataTransfer();
  kept.items.add(small);
  field.files = kept.files;
});

const STEPS = {
  rehearse: { dry_run: "true", keep_good: "true" },
  good: { dry_run: "false", keep_good: "true" },
  all: { dry_run: "false", keep_good: "false" },
};

// The button decides what the import does; its two fields are set before base.js reads the form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const form = button.form;
  const step = STEPS[button.dataset.step];
  if (step) { form.elements.dry_run.value = step.dry_run; form.elements.keep_good.value = step.keep_good; return; }
  form.reset();
  form.querySelector("#roster-report").hidden = true;
  form.elements.file.focus();
});

// Another file is another rehearsal: what was shown belongs to the one before.
document.addEventListener("change", (event) => {
  if (event.target.matches('form[data-receive="roster"] input[type=file]')) document.getElementById("roster-report").hidden = true;
});

function row(fault) {
  const line = document.createElement("tr");
  for (const [text, kind] of [[fault.row, "number"], [fault.column, "nowrap"], [fault.reason, "cell-long"]]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    cell.className = kind;
    line.append(cell);
  }
  return line;
}

receive("roster", (form, report) => {
  if (report.written) { toastAfterReload(form.dataset.done); location.reload(); return; }
  const box = document.getElementById("roster-report");
  const faults = report.faults.length;
  // A rehearsal answers for the sound rows; what it counts is what "only the sound rows" would write.
  let text = box.dataset.sound;
  for (const [name, value] of Object.entries({ kept: report.kept, unchanged: report.unchanged, faults })) text = text.replace(`{${name}}`, value);
  if (!report.kept && !faults) text += " " + box.dataset.none;
  box.querySelector(".report-line").textContent = text;
  box.querySelector("tbody").replaceChildren(...report.faults.map(row));
  box.querySelector(".scroll").hidden = !faults;
  box.querySelector('[data-step="good"]').hidden = !faults || !report.kept;
  box.querySelector('[data-step="all"]').hidden = Boolean(faults) || !report.kept;
  box.querySelector('[data-step="none"]').hidden = !faults;
  box.hidden = false;
  box.focus();
  toast(text);
});
