// From the fields of the editor to a blueprint as the API reads it; an empty field says nothing.

const AXES = ["bands", "levels", "subjects", "regulations", "tags"];

export const whole = (field) => (field.value.trim() === "" ? null : Number(field.value));
export const cellsOf = (form) => [...form.querySelectorAll("[data-cell]")];
export const codesOf = (group) => group.querySelector("[data-codes]").value.split(/[\s,，、;；]+/).filter(Boolean);

export function groupsOf(form, sort) {
  return [...form.querySelectorAll(`[data-groups="${sort}"] [data-list] [data-group]`)];
}

function cells(form) {
  const found = {};
  for (const field of cellsOf(form)) {
    if (whole(field)) (found[field.dataset.regulation] ??= {})[field.dataset.kind] = whole(field);
  }
  return found;
}

// Where one side was left out it is nothing, or the whole form.
function ranges(form, items) {
  const found = Object.fromEntries(AXES.map((key) => [key, {}]));
  for (const range of form.querySelectorAll("[data-range]")) {
    const [least, most] = ["least", "most"].map((bound) => whole(range.querySelector(`[data-bound=${bound}]`)));
    if (least !== null || most !== null) found[range.dataset.key][range.dataset.value] = [least ?? 0, most ?? items];
  }
  return found;
}

function named(form, attribute, valueOf) {
  const found = {};
  for (const field of form.querySelectorAll(`[data-${attribute}]`)) {
    const value = valueOf(field);
    if (value !== null && value !== "") found[field.dataset[attribute]] = value;
  }
  return found;
}

// What an item is worth is said of the kinds that every blueprint has, and of another one where it is asked.
function points(form) {
  const found = named(form, "points", whole);
  const asked = new Set(cellsOf(form).filter(whole).map((field) => field.dataset.kind));
  for (const { dataset } of form.querySelectorAll("[data-if-asked]")) if (!asked.has(dataset.points)) delete found[dataset.points];
  return found;
}

// Where one side was left out it is the other one: “1” cases are exactly one, and “up to 2” begin at none.
function casesOf(form) {
  const { least, most } = named(form, "cases", whole);
  return least || most ? { cases: { least: least ?? 0, most: most ?? least } } : {};
}

export function blueprintOf(form) {
  const items = cellsOf(form).reduce((sum, field) => sum + whole(field), 0);
  return {
    role: form.dataset.role,
    ...named(form, "setting", whole),
    points: points(form),
    cells: cells(form),
    ...ranges(form, items),
    must_include: groupsOf(form, "must_include").map((one) => ({ codes: codesOf(one), least: whole(one.querySelector("[data-least]")) ?? 0 })),
    enemies: groupsOf(form, "enemies").map(codesOf),
    ...casesOf(form),
    shuffle: named(form, "shuffle", (field) => field.checked),
    sources: named(form, "source", (field) => field.value.trim()),
  };
}
