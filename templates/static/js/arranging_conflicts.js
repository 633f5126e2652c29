// Conflicts of a sitting while its form is being filled in. The server decides; this only shows what it would say.

import { call, Problem } from "./api.js";

const PAUSE = 350;

function address(form, instant) {
  const fields = form.elements;
  if (!fields.room_id.value || !fields.starts_at.value || (fields.class_id && !fields.class_id.value)) return "";
  const asked = new URLSearchParams({ room_id: fields.room_id.value, starts_at: instant(fields.starts_at.value) });
  if (form.dataset.conflictsOf) asked.set("sitting_id", form.dataset.conflictsOf);
  if (fields.class_id) asked.set("class_id", fields.class_id.value);
  if (fields.form) asked.set("form", fields.form.value);
  if (fields.part) asked.set("part", String(fields.part.checked));
  return `/api/v1/sittings/conflicts?${asked}`;
}

const wall = (iso) => new Date(iso).toLocaleTimeString("zh-CN", {
  timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false,
});

function line(conflict, mark) {
  const item = document.createElement("li");
  item.textContent = mark + conflict.reason;
  if (conflict.source) {
    const small = document.createElement("small");
    small.textContent = conflict.source;
    item.append(small);
  }
  return item;
}

function show(box, tone, head, lines = []) {
  box.hidden = false;
  box.dataset.tone = tone;
  box.querySelector("[data-conflicts-head]").textContent = head;
  box.querySelector("[data-conflicts-list]").replaceChildren(...lines);
}

function tell(box, words, found) {
  const forbids = found.conflicts.some((one) => one.forbids);
  const tone = forbids ? "bad" : found.conflicts.length ? "wait" : "ok";
  const head = { bad: words.taken, wait: words.notices, ok: words.free }[tone];
  const lasts = words.lasts.replace("{from}", wall(found.check_in_from)).replace("{until}", wall(found.ends_at));
  // Among what forbids, a notice must not read as if it did.
  const lines = found.conflicts.map((one) => line(one, forbids && !one.forbids ? words.notice : ""));
  show(box, tone, head, [...lines, line({ reason: lasts, source: "" }, "")]);
}

export function watch(form, instant) {
  const box = form.querySelector("[data-conflicts]");
  const words = form.querySelector("[data-conflict-words]").dataset;
  let timer = 0;
  let asking = null;

  async function look() {
    asking?.abort();
    const path = address(form, instant);
    if (!path) { box.hidden = true; return; }
    const mine = new AbortController();
    asking = mine;
    if (box.hidden) show(box, "off", words.looking);
    try {
      const found = await call("GET", path, undefined, { signal: mine.signal });
      if (asking === mine) tell(box, words, found);
    } catch (error) {
      // An answer to an older question is of no interest, whatever became of it.
      if (asking !== mine) return;
      show(box, "off", error instanceof Problem ? error.message : words.unreachable);
    }
  }

  form.addEventListener("input", (event) => {
    if (!["class_id", "room_id", "starts_at", "form", "part"].includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
}
