// Reading aloud with the browser's own voice. Questions are Chinese in either language of the page, and only a voice
// that lives on this machine may read them: others would send the text of the paper to somebody's server.

import { words, fill } from "/static/js/day_words.js";

const button = document.querySelector("[data-voice]");
const missing = document.querySelector("[data-voice-missing]");
const speech = globalThis.speechSynthesis;

let on = false;
let wanted = false;
let reading = null;

const voice = () => speech?.getVoices().find((one) => one.localService && one.lang.replace("_", "-").startsWith("zh"));

function show() {
  const able = Boolean(voice());
  button.hidden = !able;
  button.setAttribute("aria-pressed", String(on && able));
  missing.hidden = able || !wanted;
}

// The question as a person would read it out: number, kind, the text of its case, stem, options, and what pictures
// show.
export function spokenText(entry, options, told = "") {
  const { question } = entry;
  const head = fill(words.voice_head, { n: entry.place + 1, kind: words.kinds[question.kind] });
  const shown = (place) => (question.pictures?.[place] ? [fill(words.picture.said, { words: question.pictures[place].words })] : []);
  const choice = ([letter, text, label]) => [fill(words.voice_option, { letter: label, text }), ...shown(letter)];
  const choices = question.kind === "true_false" ? [] : options.flatMap(choice);
  const stem = question.stem.replaceAll(words.blank, words.voice_blank);
  return [head, ...(told ? [told] : []), stem, ...shown("stem"), ...choices].join("\n");
}

export function read(text) {
  hush();
  reading = text;
  if (!on || !voice()) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice();
  utterance.lang = utterance.voice.lang;
  utterance.rate = 0.9;
  speech.speak(utterance);
}

export function hush() {
  speech?.cancel();
}

// `chosen` is what the candidate chose before; `granted` whether reading aloud was arranged for them.
export function onVoice(chosen, granted, keep) {
  wanted = granted;
  on = chosen ?? granted;
  button.addEventListener("click", () => {
    on = !on;
    show();
    keep({ voice: on });
    if (on && reading) read(reading);
    if (!on) hush();
  });
  // Voices are found after the page has been drawn.
  speech?.addEventListener?.("voiceschanged", show);
  show();
}
