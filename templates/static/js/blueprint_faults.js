// What is wrong stands beside its field, and the field says that it is.

import { groupsOf } from "./blueprint_body.js";
import { fill } from "./blueprint_sums.js";

function slotOf(form, where) {
  const [sort, place] = where.split(".");
  if (sort === "must_include" || sort === "enemies") return groupsOf(form, sort)[Number(place)]?.querySelector(".fault");
  return [...form.querySelectorAll("[data-slot]")].find((one) => one.dataset.slot === where);
}

function fieldsOf(slot) {
  const near = slot.closest("[data-range], [data-group], .setting");
  return near ? [...near.querySelectorAll("input:not([data-source])")] : [];
}

export function clear(form) {
  for (const slot of form.querySelectorAll(".fault")) { slot.hidden = true; slot.textContent = ""; }
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

export function say(form, faults) {
  clear(form);
  for (const { field, sentence } of faults) {
    const slot = slotOf(form, field) ?? form.querySelector('[data-slot="sources"]');
    slot.textContent = [slot.textContent, sentence].filter(Boolean).join(" ");
    slot.hidden = false;
    for (const one of fieldsOf(slot)) one.setAttribute("aria-invalid", "true");
    // What is folded away cannot be read.
    slot.closest("details")?.setAttribute("open", "");
  }
}

// Fields that hold no whole number within their bounds; what is in them never reaches the server.
export function unusable(form) {
  const found = [...form.querySelectorAll("input:invalid")];
  if (!found.length) return 0;
  clear(form);
  for (const field of found) {
    field.setAttribute("aria-invalid", "true");
    const near = field.closest("[data-range], [data-group], .setting");
    const slot = near?.querySelector(".fault") ?? form.querySelector('[data-slot="points"]');
    slot.textContent = fill(form.dataset.invalid, { min: field.min, max: field.max });
    slot.hidden = false;
  }
  return found.length;
}
