// Three short sounds that a proctor can tell apart without looking: rising for yes, the same twice for a question, low
// and long for no.

import { words } from "/static/js/day_words.js";

const KEY = "peikao.muted";
const NOTES = {
  ok: [[660, 0, 0.1], [990, 0.12, 0.14]],
  again: [[520, 0, 0.12], [520, 0.2, 0.12]],
  refuse: [[220, 0, 0.22], [165, 0.26, 0.34]],
};
let audio = null;

const muted = () => localStorage.getItem(KEY) === "yes";

// The button that silences this page, and remembers it.
export function muteButton(button) {
  const show = () => {
    button.setAttribute("aria-pressed", String(muted()));
    button.textContent = muted() ? words.sound_off : words.sound_on;
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, muted() ? "no" : "yes");
    show();
  });
  show();
}

export function beep(kind) {
  if (muted() || !window.AudioContext) return;
  // A browser lets a page make sound only after the first touch, so the context is made late and woken again.
  audio ??= new AudioContext();
  audio.resume();
  for (const [pitch, after, length] of NOTES[kind]) {
    const from = audio.currentTime + after;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + length);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + length);
  }
}
