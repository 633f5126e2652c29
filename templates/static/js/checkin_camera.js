// The camera button of the check-in page: on, off, and in plain words why not.

import { words } from "/static/js/day_words.js";
import { CameraFault, scanWith } from "/static/js/scan_camera.js";

const SAME_CODE = 3000;
const button = document.querySelector("[data-camera]");
const frame = document.querySelector("[data-frame]");
const sentence = document.querySelector("[data-camera-word]");
let stop = null;
let awake = null;

function say(text) {
  sentence.textContent = text;
  sentence.hidden = !text;
}

function show(on) {
  frame.hidden = !on;
  button.textContent = on ? words.camera_on : words.camera_off;
  button.setAttribute("aria-pressed", String(on));
}

// The camera sees the same ticket many times a second; it counts again only after it was out of sight for a while. What
// is held before it while the proctor is busy is no ticket read: it counts as soon as they are free.
function oncePerSight(busy, onText) {
  let seen = { text: "", at: 0 };
  return (text, seenAt) => {
    const now = performance.now();
    const same = text === seen.text && now - seen.at < SAME_CODE;
    if (busy() && !same) return;
    seen = { text, at: now };
    if (!same) onText(text, seenAt);
  };
}

// A tablet that falls asleep between two candidates costs a glove and a password each time.
async function stayAwake() {
  try {
    awake = await navigator.wakeLock?.request("screen");
  } catch {
    awake = null;
  }
}

function end() {
  stop = null;
  awake?.release();
  show(false);
}

async function start(busy, onText) {
  button.disabled = true;
  say(words.camera_starting);
  show(true);
  try {
    const onEnd = () => { end(); say(words.camera_failed); };
    stop = await scanWith(frame.querySelector("video"), { onText: oncePerSight(busy, onText), onEnd });
    say("");
    stayAwake();
  } catch (error) {
    show(false);
    say(words[`camera_${error instanceof CameraFault ? error.message : "failed"}`]);
  }
  button.disabled = false;
}

// Until the roster is at hand the button is off: a press that nobody hears would leave the proctor waiting.
export function cameraButton({ busy, onTicket }) {
  button.disabled = false;
  button.addEventListener("click", () => {
    if (!stop) {
      start(busy, onTicket);
      return;
    }
    stop();
    end();
  });
}
