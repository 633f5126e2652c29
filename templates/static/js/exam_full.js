// Full screen: asked for, never forced. A browser opens it for a person's own press only, and some have none at all.

import { session } from "/static/js/exam_link.js";

const asking = document.querySelector("[data-full-ask]");
const sentence = asking.querySelector("[data-full-word]");
const kiosk = matchMedia("(display-mode: fullscreen)");

const possible = () => Boolean(document.fullscreenEnabled && document.documentElement.requestFullscreen);
// A locked browser or a kiosk fills the screen without telling the document.
const full = () => Boolean(document.fullscreenElement) || kiosk.matches || Boolean(session.token);

let wanted = false;
let onLeft = () => {};

function show() {
  asking.hidden = !wanted || !possible() || full();
}

// `left()` is called when the candidate has gone out of full screen during the exam.
export function wantFull(left) {
  wanted = true;
  onLeft = left;
  show();
}

export function sayFull(text) {
  sentence.textContent = text;
}

export async function endFull() {
  wanted = false;
  onLeft = () => {};
  show();
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
}

asking.querySelector("[data-full]").addEventListener("click", async () => {
  try {
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  } catch {
    // A browser that refuses goes on in its window; the exam does not depend on it.
    wanted = false;
  }
  show();
});

document.addEventListener("fullscreenchange", () => {
  show();
  if (wanted && !full()) onLeft();
});
kiosk.addEventListener("change", show);
