// The camera button of the check-in page: on, off, and in plain words why not.

import { words } from "/static/js/day_words.js";
import { CameraFault, scanWith } from "/static/js/scan_camera.js";

const SAME_CODE = 3000;
const button = document.querySelector("[data-camera]");
const frame = document.querySelector("[data-frame]");
const sentence = document.querySelector("[data-camera-word]");
let stop = null;

function say(text) {
  sentence.textContent = text;
  sentence.hidden = !text;
}

function show(on) {
  frame.hidden = !on;
  button.textContent = on ? words.camera_on : words.camera_off;
  button.setAttribute("aria-pressed", String(on));
}

// The camera sees the same ticket many times a second; it counts again only after it was out of sight for a while.
function oncePerSight(onText) {
  let seen = { text: "", at: 0 };
  return (text) => {
    const now = performance.now();
    const same = text === seen.text && now - seen.at < SAME_CODE;
    seen = { text, at: now };
    if (!same) onText(text);
  };
}

async function start(onText) {
  button.disabled = true;
  say(words.camera_starting);
  show(true);
  try {
    const onEnd = () => { stop = null; show(false); say(words.camera_failed); };
    stop = await scanWith(frame.querySelector("video"), { onText: oncePerSight(onText), onEnd });
    say("");
  } catch (error) {
    show(false);
    say(words[`camera_${error instanceof CameraFault ? error.message : "failed"}`]);
  }
  button.disabled = false;
}

export function cameraButton({ busy, onTicket }) {
  button.addEventListener("click", () => {
    if (!stop) {
      start((text) => { if (!busy()) onTicket(text); });
      return;
    }
    stop();
    stop = null;
    show(false);
  });
}
