// In the list of tablets: which of them is the one that the reader holds, said before it is shut out, too.

import { devices } from "/static/js/checkin_store.js";

const own = await devices();
for (const row of document.querySelectorAll("[data-device]")) {
  if (!own.includes(row.dataset.device)) continue;
  row.querySelector("[data-this-tablet]").hidden = false;
  const form = row.querySelector("form[data-confirm-mine]");
  if (form) form.dataset.confirm = form.dataset.confirmMine;
}
