// A picture of an answer sheet: made small here, for a camera's file would not fit through and carries the place where it
// was taken; sent at once.

import { Unreachable } from "./api.js";
import { upload } from "./upload.js";

// Fine enough for small handwriting on A4.
const LONGEST_SIDE = 2200;
const QUALITY = 0.85;
const form = document.querySelector("[data-sheet-photo]");

async function smaller(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.round(picture.width * scale), height: Math.round(picture.height * scale),
  });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
}

function complain(text) {
  const fault = form.querySelector("[data-fault-line]");
  fault.textContent = text;
  fault.hidden = !text;
}

async function send(file) {
  const blob = await smaller(file);
  if (!blob) { complain(form.dataset.unreadable); return; }
  const body = new FormData();
  body.append("file", blob, "sheet.jpg");
  const answer = await upload("POST", `/api/v1/results/transcriptions/${form.dataset.sheetPhoto}/photos`, body);
  if (!answer.ok) { complain(answer.body?.detail ?? answer.body?.title ?? form.dataset.unreadable); return; }
  show(answer.body.id);
}

// Beside what is being copied: a reload would lose that.
function show(id) {
  const address = `/api/v1/results/transcriptions/photos/${id}`;
  const photos = form.parentElement.querySelector(".sheet-photos")
    ?? Object.assign(document.createElement("div"), { className: "sheet-photos" });
  const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", rel: "noopener" });
  link.append(Object.assign(document.createElement("img"), { src: address, alt: "" }));
  photos.append(link);
  form.before(photos);
  form.parentElement.querySelector(":scope > .muted")?.remove();
}

form?.querySelector("input").addEventListener("change", async ({ target }) => {
  complain("");
  const [file] = target.files;
  if (!file) return;
  target.disabled = true;
  try {
    await send(file);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    complain(form.dataset.lost);
  } finally {
    target.value = "";
    target.disabled = false;
  }
});
