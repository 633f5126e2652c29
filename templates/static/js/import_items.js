// Importing items: the file is rehearsed first, and what was shown is then imported as it was shown, or not at all.

import { receive } from "./base.js";
import { toast, toastAfterReload } from "./speech.js";

const REHEARSAL = "/api/v1/bank/imports/rehearsal";
const IMPORT = "/api/v1/bank/imports";
// A browser lays out so many rows at once without a pause; the others are shown on demand.
const AT_ONCE = 200;

const words = JSON.parse(document.getElementById("import-words").textContent);
const box = document.getElementById("import-report");
let lines = [];
let shown = 0;
let byItem = false;

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

function place({ sheet, row }) {
  if (!row) return sheet;
  if (byItem) return filled(box.dataset.item, { row });
  return filled(sheet ? box.dataset.place : box.dataset.row, { sheet, row });
}

function cell(text, kind) {
  const made = document.createElement("td");
  made.textContent = text;
  made.className = kind;
  return made;
}

function rowOf(...cells) {
  const line = document.createElement("tr");
  line.append(...cells);
  return line;
}

const remark = (one) => rowOf(cell(place(one), "nowrap"), cell(one.column, "nowrap"), cell(one.reason, "cell-long"));

function outcome(line) {
  const made = cell("", "nowrap");
  const badge = document.createElement("span");
  badge.className = `state state-${box.querySelector(`[data-count="${line.outcome}"]`).dataset.tone}`;
  badge.textContent = words.outcomes[line.outcome];
  made.append(badge);
  if (line.number) made.append(" " + filled(box.dataset.version, { number: line.number }));
  return made;
}

function lineRow(line) {
  const stem = cell(line.stem, "cell-stem");
  stem.lang = "zh-CN";
  return rowOf(cell(place(line), "nowrap"), outcome(line), cell(line.code, "nowrap code"), cell(words.kinds[line.kind], "nowrap"), stem);
}

function part(name, rows) {
  const where = box.querySelector(`[data-part="${name}"]`);
  where.querySelector("tbody").replaceChildren(...rows);
  where.hidden = rows.length === 0;
}

function showMore() {
  const next = lines.slice(shown, shown + AT_ONCE);
  box.querySelector('[data-part="lines"] tbody').append(...next.map(lineRow));
  shown += next.length;
  const more = box.querySelector('[data-step="more"]');
  const left = lines.length - shown;
  more.hidden = left === 0;
  more.textContent = filled(box.dataset.more, { number: Math.min(left, AT_ONCE), left });
}

function sound(report) {
  return report.filed ? `${box.dataset.sound} ${filled(box.dataset.filed, { filed: report.filed })}` : box.dataset.sound;
}

function verdict(report, faults) {
  if (faults) return filled(box.dataset.faulty, { faults });
  return report.counts.new + report.counts.changed + report.filed ? sound(report) : box.dataset.nothing;
}

function show(form, report) {
  byItem = report.by_item;
  const faults = [...report.faults, ...report.lines.flatMap((line) => line.faults)];
  const notes = [...report.notes, ...report.lines.flatMap((line) => line.notes)];
  for (const [name, count] of Object.entries(report.counts)) box.querySelector(`[data-count="${name}"] strong`).textContent = count;
  part("faults", faults.map(remark));
  part("notes", notes.map(remark));
  part("lines", []);
  ({ lines } = report);
  shown = 0;
  box.querySelector('[data-part="lines"]').hidden = lines.length === 0;
  showMore();
  const text = verdict(report, faults.length);
  box.querySelector(".report-line").textContent = text;
  box.querySelector('[data-step="import"]').hidden = faults.length > 0 || !(report.counts.new + report.counts.changed + report.filed);
  box.querySelector('[data-step="again"]').hidden = false;
  form.elements.agreed.value = report.digest;
  box.hidden = false;
  box.focus();
  toast(text);
}

receive("items", (form, report) => {
  if (report.written) { toastAfterReload(form.dataset.done); location.assign("/bank?state=submitted"); return; }
  show(form, report);
});

// The button decides what the form does; its address is set before base.js reads it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const { form } = button;
  switch (button.dataset.step) {
    case "rehearse": form.setAttribute("action", REHEARSAL); break;
    case "import": form.setAttribute("action", IMPORT); break;
    case "more": showMore(); break;
    default: form.elements.file.value = ""; box.hidden = true; form.elements.file.focus();
  }
});

// Another file, or another word for all of it, is another rehearsal: what was shown belongs to the one before.
document.addEventListener("change", (event) => {
  if (event.target.form?.dataset.receive === "items") box.hidden = true;
});
