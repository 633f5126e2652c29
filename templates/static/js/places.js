// Exam points: registering one, planning a rehearsal, and the checklist, which is gone through on a tablet.

import { receive, shape } from "./base.js";
import { toast, toastAfterReload } from "./speech.js";

const words = JSON.parse(document.getElementById("place-words")?.textContent ?? "{}");
const TONES = { good: "ok", bad: "bad" };

shape("exam_point", (_form, { room, capacity, ...fields }) => ({ ...fields, rooms: { [room]: capacity } }));

function goTo(place, form) {
  toastAfterReload(form.dataset.done);
  location.assign(place);
}

receive("exam_point", (form, [room]) => goTo(`/exam-points/${room.exam_point_id}`, form));

// --- rehearsals: now, or at a time of Mudanjiang, which keeps Beijing time all year round ---

shape("rehearsal", (_form, { when, starts_at, ...fields }) => (
  when === "later" ? { ...fields, starts_at: `${starts_at}:00+08:00` } : fields
));

receive("rehearsal", (form, sitting) => goTo(`/sittings/${sitting.id}`, form));

document.addEventListener("change", (event) => {
  if (!event.target.matches('input[name="when"]')) return;
  const later = event.target.form.querySelector(".later");
  const field = later.querySelector("input");
  later.hidden = event.target.value !== "later";
  field.disabled = later.hidden;
  field.required = !later.hidden;
});

// --- the checklist ---

// The button decides how the line stands; the field is set before base.js reads the form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-in-order]");
  if (button) button.form.elements.in_order.value = button.dataset.inOrder;
});

// Enter in a remark would press the first button: a line that somebody describes a fault of must not pass by that.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches('.checklist input[name="note"]')) event.preventDefault();
});

function moment(instant) {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short",
  });
  return parts.format(new Date(instant));
}

function showLine(item, line) {
  const stands = line.in_order ? "good" : "bad";
  item.dataset.stands = stands;
  const mark = item.querySelector(".state");
  mark.textContent = words[stands];
  mark.className = `state state-${TONES[stands]}`;
  item.querySelector("[data-checked]").textContent = `${moment(line.checked_at)} ${line.checked_by}`;
}

function showReadiness(point) {
  document.getElementById("ready").hidden = !point.ready_at;
  document.getElementById("unready").hidden = Boolean(point.ready_at);
  document.getElementById("missing").textContent = point.missing;
  document.querySelector("#unready button").disabled = !point.may_be_ready;
}

receive("checklist", (form, point) => {
  const item = form.closest("[data-line]");
  const wasReady = !document.getElementById("ready").hidden;
  showLine(item, point.checklist.find((line) => line.equipment === item.dataset.line));
  showReadiness(point);
  const done = point.checklist.filter((line) => line.in_order).length;
  const all = document.querySelectorAll("[data-line]").length;
  document.getElementById("checklist-done").textContent = words.done.replace("{done}", done).replace("{all}", all);
  toast(wasReady && !point.ready_at ? words.withdrawn : words.saved);
});
