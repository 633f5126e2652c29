// What is to be said stands under its field, and the field says that it is wrong; and the items that ask much the same.

import { element } from "/static/js/day_words.js";

export function say(form, findings) {
  for (const slot of form.querySelectorAll("[data-said]")) {
    const mine = findings.filter((one) => one.field === slot.dataset.said);
    // Why a file was not taken stands until another one is chosen or the place is closed; the next check knows nothing of it.
    const refused = slot.closest("[data-picture]")?.dataset.refused;
    const grave = Boolean(refused) || mine.some((one) => one.grave);
    slot.textContent = [refused, ...mine.map((one) => one.sentence)].filter(Boolean).join(" ");
    slot.dataset.grave = grave ? "yes" : "no";
    for (const field of form.querySelectorAll(`[aria-describedby~="${slot.id}"]`)) {
      if (grave) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    }
  }
}

export function showNear(near) {
  const box = document.querySelector("[data-near]");
  const lines = near.map((one) => {
    const line = element("li");
    const likeness = element("span", `state state-${one.likeness >= Number(box.dataset.percent) ? "bad" : "off"}`, `${one.likeness}%`);
    const code = element("a", "code", one.code);
    code.href = `/bank/items/${one.version_id}`;
    code.target = "_blank";
    code.rel = "noopener";
    const stem = element("span", "", one.stem);
    stem.lang = "zh-CN";
    line.append(likeness, " ", code, " ", stem);
    return line;
  });
  box.querySelector("[data-near-list]").replaceChildren(...lines);
  box.querySelector("[data-near-none]").hidden = near.length > 0;
}
