// Batches of tickets: choosing sittings, and how far a batch is. A reload shows the same, for the server keeps it.

import { call } from "./api.js";
import { shape } from "./base.js";

const EVERY = 1000;
const words = document.getElementById("ticket-words").dataset;

shape("tickets", (form) => ({
  sitting_ids: [...form.querySelectorAll("[name=sitting_ids]")]
    .filter((one) => one.type === "hidden" || one.checked)
    .map((one) => Number(one.value)),
}));

// Nothing chosen is said at the first box, before anything is sent.
for (const form of document.querySelectorAll('form[data-shape="tickets"]')) {
  const boxes = [...form.querySelectorAll("input[type=checkbox]:enabled")];
  const judge = () => boxes[0]?.setCustomValidity(boxes.some((one) => one.checked) ? "" : words.none);
  form.addEventListener("change", judge);
  judge();
}

async function follow(batch) {
  const said = batch.querySelector("[data-progress]");
  const bar = batch.querySelector("progress");
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, EVERY); });
    try {
      const found = await call("GET", `/api/v1/sittings/ticket-prints/${batch.dataset.batch}`);
      // What is being chosen below stays as it is: only this batch changes.
      if (found.state === "ready") {
        batch.querySelector("[data-badge]").hidden = true;
        batch.querySelector("[data-way]").hidden = true;
        batch.querySelector("[data-ready]").hidden = false;
        said.textContent = "";
        return;
      }
      if (found.state !== "preparing") { location.reload(); return; }
      bar.value = found.done;
      said.textContent = found.done === found.total
        ? words.typesetting.replaceAll("{total}", found.total)
        : `${found.done} / ${found.total}`;
    } catch {
      said.textContent = words.unreachable;
    }
  }
}

for (const batch of document.querySelectorAll('[data-batch][data-state="preparing"]')) follow(batch);
