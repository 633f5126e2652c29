// Pictures in the editor of items: a chosen file goes up at once and is named by its digest from then on.

import { upload } from "./upload.js";

const boxes = (form) => [...form.querySelectorAll("[data-picture]")];
const partsOf = (box) => {
  const { picture: place } = box.dataset;
  const named = (name) => box.querySelector(`[name="${name}_${place}"]`);
  return { place, digest: named("picture"), words: named("picture_words"), file: named("picture_file"), drop: named("picture_drop") };
};
const sourceOf = (digest) => `/api/v1/bank/pictures/${digest}`;

// { place: { digest, words } } of everything that has not been taken away.
export function picturesOf(form) {
  const found = {};
  for (const box of boxes(form)) {
    const { place, digest, words, drop } = partsOf(box);
    if (!drop.checked && (digest.value || words.value.trim())) found[place] = { digest: digest.value, words: words.value };
  }
  return found;
}

export function fillPictures(form, pictures = {}) {
  for (const box of boxes(form)) {
    const { place, digest, words, drop } = partsOf(box);
    digest.value = pictures[place]?.digest ?? "";
    words.value = pictures[place]?.words ?? "";
    drop.checked = false;
    if (digest.value) box.open = true;
    draw(box);
  }
}

// As a candidate will see them; what has no file yet is not shown.
export function shownPictures(form, places) {
  const entries = Object.entries(picturesOf(form)).filter(([place, one]) => one.digest && places.includes(place));
  return Object.fromEntries(entries.map(([place, one]) => [place, { words: one.words, src: sourceOf(one.digest) }]));
}

export function onPictures(form, changed) {
  for (const box of boxes(form)) {
    partsOf(box).file.addEventListener("change", () => send(form, box, changed));
    partsOf(box).drop.addEventListener("change", () => draw(box));
    box.addEventListener("toggle", () => { if (!box.open && box.dataset.refused) { box.dataset.refused = ""; changed(); } });
  }
}

async function send(form, box, changed) {
  const { place, digest, file, drop } = partsOf(box);
  if (!file.files.length) return;
  const body = new FormData();
  body.append("file", file.files[0]);
  box.setAttribute("aria-busy", "true");
  let fault = "";
  try {
    const reply = await upload("POST", "/api/v1/bank/pictures", body, "");
    if (reply.ok) digest.value = reply.body.digest;
    else fault = reply.body?.detail ?? form.dataset.away;
  } catch {
    fault = form.dataset.away;
  }
  box.removeAttribute("aria-busy");
  // The file is up, or is none that can be used; either way the field has nothing more to send.
  file.value = "";
  if (!fault) drop.checked = false;
  draw(box);
  changed();
  const said = document.getElementById(`said-picture_${place}`);
  said.textContent = fault;
  said.dataset.grave = fault ? "yes" : "no";
  box.dataset.refused = fault;
  // The bar at the foot of the window may lie over it.
  if (fault) said.scrollIntoView({ block: "center" });
}

function draw(box) {
  const { digest, words, drop } = partsOf(box);
  const image = box.querySelector("[data-shown]");
  const there = Boolean(digest.value) && !drop.checked;
  image.hidden = !there;
  drop.closest("label").hidden = !digest.value;
  if (there && image.getAttribute("src") !== sourceOf(digest.value)) image.src = sourceOf(digest.value);
  image.alt = words.value;
}
