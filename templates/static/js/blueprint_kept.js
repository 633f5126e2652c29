// What was typed and not sent yet stays in this window, whatever happens to the page; another person never sees it.

import { groupsOf } from "./blueprint_body.js";

const SORTS = ["must_include", "enemies"];
const nameOf = (form) => `peikao-blueprint:${form.dataset.kept}`;

function fieldsOf(form) {
  return [...form.querySelectorAll("input[name]")];
}

function groups(form, sort) {
  return groupsOf(form, sort).map((one) => [...one.querySelectorAll("input")].map((field) => field.value));
}

export function add(form, sort, values = []) {
  const box = form.querySelector(`[data-groups="${sort}"]`);
  const made = box.querySelector("template").content.firstElementChild.cloneNode(true);
  made.querySelectorAll("input").forEach((field, place) => { if (place in values) field.value = values[place]; });
  box.querySelector("[data-list]").append(made);
  return made;
}

export function snapshot(form) {
  return JSON.stringify({
    fields: fieldsOf(form).map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]),
    groups: Object.fromEntries(SORTS.map((sort) => [sort, groups(form, sort)])),
  });
}

export function keep(form, untouched) {
  const now = snapshot(form);
  if (now === untouched) sessionStorage.removeItem(nameOf(form)); else sessionStorage.setItem(nameOf(form), now);
}

export function forget(form) { sessionStorage.removeItem(nameOf(form)); }

export function fillFrom(form, text) {
  const kept = JSON.parse(text);
  for (const [name, value] of kept.fields) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value; else field.value = value;
  }
  for (const sort of SORTS) {
    form.querySelector(`[data-groups="${sort}"] [data-list]`).replaceChildren();
    for (const values of kept.groups[sort]) add(form, sort, values);
  }
}

// Whether there was something to restore.
export function restore(form) {
  const text = sessionStorage.getItem(nameOf(form));
  if (text) fillFrom(form, text);
  return Boolean(text);
}
