// From the fields of a form to the JSON body of a call.

// data-type says what a field is; an empty field that is not required is left out.
function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  const text = field.value.trim();
  switch (field.dataset.type) {
    case "number": return text === "" ? undefined : Number(text);
    case "boolean": return text === "true";
    case "exact": return field.value;
    default: return text === "" && !field.required ? undefined : text;
  }
}

// A group of check boxes with data-list gives the list of those that are ticked; a field to type in, what it holds.
function listsOf(form) {
  const lists = {};
  for (const field of form.querySelectorAll("input:not([type])[data-list], textarea[data-list]")) {
    if (field.name && !field.disabled) (lists[field.name] ??= []).push(field.value);
  }
  for (const field of form.querySelectorAll("input[type=checkbox][data-list]")) {
    lists[field.name] ??= [];
    if (field.checked) lists[field.name].push(field.dataset.type === "number" ? Number(field.value) : field.value);
  }
  return lists;
}

export function bodyOf(form) {
  const body = listsOf(form);
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.dataset.list !== undefined) continue;
    if (field.type === "radio" && !field.checked) continue;
    const value = valueOf(field);
    if (value !== undefined) body[field.name] = value;
  }
  return body;
}

// The action's {placeholders} are filled from the fields of their name, which then leave the body.
export function addressOf(form, body) {
  return form.getAttribute("action").replace(/\{(\w+)\}/g, (_, name) => {
    const value = body[name];
    delete body[name];
    return encodeURIComponent(value ?? "");
  });
}
