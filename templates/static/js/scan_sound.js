// Two short sounds that a proctor can tell apart without looking: rising for yes, low and long for no.

const KEY = "peikao.muted";
const NOTES = { ok: [[660, 0, 0.1], [990, 0.12, 0.14]], refuse: [[220, 0, 0.22], [165, 0.26, 0.34]] };
let audio = null;

export function muted() {
  return localStorage.getItem(KEY) === "yes";
}

export function mute(on) {
  localStorage.setItem(KEY, on ? "yes" : "no");
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
