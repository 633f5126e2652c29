// A file of results from elsewhere: rehearsed first, row by row, then brought as a whole.

import { receive } from "./base.js";
import { toast, toastAfterReload } from "./speech.js";

// The button decides what happens; its field is set before base.js reads the form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (button) button.form.elements.dry_run.value = String(button.dataset.step !== "bring");
});

// Another file is another rehearsal: what was shown belongs to the one before.
document.addEventListener("change", (event) => {
  if (event.target.closest('form[data-receive="external"]')) document.getElementById("external-report").hidden = true;
});

function line(...texts) {
  const row = document.createElement("tr");
  for (const [place, text] of texts.entries()) {
    const cell = document.createElement("td");
    cell.textContent = text;
    cell.className = ["number", "nowrap", "cell-long"][place];
    row.append(cell);
  }
  return row;
}

receive("external", (form, report) => {
  if (report.written) { toastAfterReload(form.dataset.done); location.reload(); return; }
  const box = document.getElementById("external-report");
  let text = box.dataset.known;
  if (!report.known) {
    text = box.dataset.sound;
    for (const [name, value] of Object.entries({ sheet: report.sheet, rows: report.rows.length, faults: report.faults.length })) text = text.replace(`{${name}}`, value);
  }
  const verdicts = JSON.parse(box.dataset.verdicts);
  const wrong = new Set(report.faults.map((fault) => fault.row));
  const rows = report.faults.map((fault) => [fault.row, fault.column, fault.reason]);
  for (const one of report.rows) {
    if (!wrong.has(one.row)) rows.push([one.row, "", `${box.dataset.fine}: ${one.name} ${one.taken_on} ${one.points}/${one.pass_points} ${verdicts[one.verdict]}${one.most_points === 100 ? "" : ` (${box.dataset.most.replace("{most}", one.most_points)})`}`]);
  }
  rows.sort((one, other) => one[0] - other[0]);
  box.querySelector(".report-line").textContent = text;
  box.querySelector("tbody").replaceChildren(...(report.known ? [] : rows.map((one) => line(...one))));
  box.querySelector('[data-step="bring"]').hidden = report.known || report.faults.length > 0;
  box.hidden = false;
  box.focus();
  toast(text);
});
