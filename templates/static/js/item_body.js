// An item as it stands in the fields of its form, and back; what was not saved yet stays in this window.

import { fillPictures, picturesOf } from "./item_pictures.js";

const WORDS = ["code", "kind", "stem", "explanation", "edition", "article", "difficulty", "level", "subject", "enemies", "tags", "accepted", "case_code", "case_text", "case_place", "case_size"];
const nameOf = (form) => `peikao-item:${form.dataset.kept}`;
const lettered = (form) => [...form.querySelectorAll("[data-letter]")];
const ticked = (form, name) => [...form.querySelectorAll(`[name="${name}"]:checked`)].map((field) => field.value);
const number = (form, name) => (form.elements[name].value ? Number(form.elements[name].value) : null);

export function bodyOf(form) {
  return {
    ...Object.fromEntries(WORDS.map((name) => [name, form.elements[name].value])),
    pictures: picturesOf(form),
    options: Object.fromEntries(lettered(form).map((field) => [field.dataset.letter, field.value])),
    key: ticked(form, "key"),
    roles: ticked(form, "roles"),
    base: number(form, "base"),
    draft: number(form, "draft"),
    seq: number(form, "seq") ?? 0,
  };
}

export function fill(form, body) {
  for (const name of WORDS) form.elements[name].value = body[name] ?? "";
  for (const field of lettered(form)) field.value = body.options[field.dataset.letter] ?? "";
  for (const name of ["key", "roles"]) {
    for (const field of form.querySelectorAll(`[name="${name}"]`)) field.checked = body[name].includes(field.value);
  }
  fillPictures(form, body.pictures);
  // What was typed belongs to the state of the draft that it was typed on: whoever saved meanwhile is not written over.
  form.elements.seq.value = body.seq;
}

export function keep(form, untouched) {
  const body = JSON.stringify(bodyOf(form));
  if (body === JSON.stringify(untouched)) forget(form); else sessionStorage.setItem(nameOf(form), body);
}

export function forget(form) { sessionStorage.removeItem(nameOf(form)); }

// What was typed and not saved, if there is any.
export function kept(form) {
  const text = sessionStorage.getItem(nameOf(form));
  return text ? JSON.parse(text) : null;
}
