// Comparing the bank with a file of other people's questions: what the API answers is laid out as a table.

import { receive } from "./base.js";

// A browser lays out so many rows at once without a pause.
const AT_ONCE = 500;

const box = document.getElementById("leak-report");

function cell(text, kind) {
  const made = document.createElement("td");
  made.textContent = text;
  made.className = kind;
  return made;
}

function link(near) {
  const made = cell("", "nowrap");
  if (!near) return made;
  const anchor = document.createElement("a");
  anchor.href = `/bank/items/${near.version_id}`;
  anchor.className = "code";
  anchor.textContent = near.code;
  made.append(anchor);
  return made;
}

function rowOf(line) {
  const made = document.createElement("tr");
  const [theirs, ours] = [cell(line.stem, "cell-stem"), cell(line.near?.stem ?? "–", "cell-stem")];
  theirs.lang = "zh-CN";
  ours.lang = "zh-CN";
  made.append(cell(`${line.sheet} #${line.row}`.trim(), "nowrap"), theirs, cell(`${line.likeness}%`, "number"), link(line.near), ours);
  return made;
}

function set(name, text) {
  box.querySelector(`[data-part="${name}"]`).textContent = text;
}

receive("leaks", (_, report) => {
  set("questions", report.questions);
  for (const mark of ["90", "60", "30"]) set(mark, report.at_least[mark]);
  set("middle", `${report.middle}%`);
  box.querySelector("tbody").replaceChildren(...report.lines.slice(0, AT_ONCE).map(rowOf));
  const more = box.querySelector('[data-part="more"]');
  more.hidden = report.questions <= AT_ONCE;
  more.textContent = box.dataset.more.replace("{number}", AT_ONCE).replace("{questions}", report.questions);
  box.hidden = false;
  box.focus();
});
