// Forms for arranging whose fields are not quite the API's, and what stands in the way of a sitting, told while one types.

import { shape } from "./base.js";
import { watch } from "./arranging_conflicts.js";

// Mudanjiang keeps Beijing time all year round, whatever the officer's machine is set to.
const instant = (local) => `${local}:00+08:00`;

shape("sitting", (_form, fields) => ({ ...fields, starts_at: instant(fields.starts_at) }));

shape("allotment", (form, fields) => ({
  ...fields,
  sitting_ids: [...form.querySelectorAll("[name=sitting_ids]")].map((one) => Number(one.value)),
}));

// Whether a part of the class is enough is not a body but a question in the address.
const enrolment = document.querySelector('form[data-shape="enrolment"]');
enrolment?.addEventListener("change", () => {
  const plain = enrolment.getAttribute("action").split("?")[0];
  enrolment.setAttribute("action", enrolment.elements.part.checked ? `${plain}?part=true` : plain);
});
shape("enrolment", () => ({}));

for (const form of document.querySelectorAll("form[data-conflicts-of]")) watch(form, instant);
