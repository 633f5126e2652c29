// Totals and what the bank has for each field, counted while one types. Colour never speaks alone.

import { cellsOf, whole } from "./blueprint_body.js";

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function stock(form, place, have, need) {
  const missing = need - have;
  const sentence = need === 0 ? form.dataset.unused : missing > 0 ? form.dataset.short : form.dataset.enough;
  place.textContent = fill(sentence, { have, need, missing });
  place.className = `stock ${need === 0 ? "" : missing > 0 ? "bad" : "ok"}`;
}

function stocks(form) {
  const forms = Number(form.dataset.forms);
  for (const field of cellsOf(form)) {
    stock(form, field.parentElement.querySelector("[data-stock]"), Number(field.dataset.have), whole(field) * forms);
  }
  for (const range of form.querySelectorAll("[data-range]")) {
    const least = whole(range.querySelector("[data-bound=least]"));
    stock(form, range.querySelector("[data-stock]"), Number(range.dataset.have), least * forms);
  }
}

export function count(form) {
  const byKind = {};
  for (const row of form.querySelectorAll("[data-row]")) {
    let total = 0;
    for (const field of row.querySelectorAll("[data-cell]")) {
      total += whole(field);
      byKind[field.dataset.kind] = (byKind[field.dataset.kind] ?? 0) + whole(field);
    }
    row.querySelector("[data-row-total]").textContent = total;
  }
  let items = 0;
  let points = 0;
  for (const [kind, number] of Object.entries(byKind)) {
    form.querySelector(`[data-column="${kind}"]`).textContent = number;
    items += number;
    points += number * whole(form.querySelector(`[data-points="${kind}"]`));
  }
  form.querySelector("[data-all-items]").textContent = items;
  form.querySelector("[data-all-points]").textContent = points;
  const full = Number(form.dataset.full);
  const word = form.querySelector("[data-sums-word]");
  word.textContent = fill(points === full ? form.dataset.sums : form.dataset.sumsOff, { items, points, full });
  word.classList.toggle("bad", points !== full);
  stocks(form);
}

export { fill };
