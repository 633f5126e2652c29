// The answer to an appeal: inputs named by position become the points that shall be set, where they were changed.

import { shape } from "/static/js/base.js";

shape("appeal", (form, { finding }) => {
  const changes = {};
  for (const field of form.querySelectorAll("input[data-position]")) {
    if (field.value !== "" && field.value !== field.defaultValue) changes[field.dataset.position] = Number(field.value);
  }
  return { finding, changes };
});
