// What is said to the candidate beside the paper: in words, read out, and without taking the paper away.

import { words, fill, element } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";

const spoken = document.querySelector("[data-announce]");
const place = document.querySelector("[data-notices]");
const STAYS_SPOKEN = 20000;
const STAYS = 15000;
const MINUTE = 60 * 1000;
// Less than this is rounding, not minutes given.
const GIVEN = 20 * 1000;

// Each sentence is an element of its own, so that two at once are both read out.
export function announce(sentence) {
  const line = element("p", "", sentence);
  spoken.append(line);
  setTimeout(() => line.remove(), STAYS_SPOKEN);
}

function banner(sentence, kind, heading = "") {
  const box = element("div", "exam-notice");
  box.dataset.kind = kind;
  const text = element("div", "exam-notice-text");
  if (heading) text.append(element("strong", "", heading));
  text.append(element("p", "", sentence));
  box.append(text);
  return box;
}

// Under the largest type the top of the page scrolls away, and what is said there must not go unseen.
function show(box) {
  place.append(box);
  box.scrollIntoView({ block: "nearest" });
}

// Stays until the candidate says that it was read.
export function notice(sentence, { kind = "message", heading = "", onRead = () => {} } = {}) {
  const box = banner(sentence, kind, heading);
  const button = element("button", "exam-button", words.read);
  button.type = "button";
  button.addEventListener("click", () => {
    box.remove();
    onRead();
    document.querySelector("[data-screen]:not([hidden]) [tabindex='-1']:not([hidden])")?.focus({ preventScroll: true });
  });
  box.append(button);
  show(box);
  announce(heading ? `${heading}${sentence}` : sentence);
}

// Goes by itself: about something that has already happened and asks for nothing.
export function passingNotice(sentence, kind = "warning") {
  place.querySelector(`[data-passing="${kind}"]`)?.remove();
  const box = banner(sentence, kind);
  box.dataset.passing = kind;
  show(box);
  announce(sentence);
  setTimeout(() => box.remove(), STAYS);
}

const open = new Set();
let last = 0;

// The proctor's messages, each once; `onRead()` when the candidate has read one.
export function showMessages(messages, onRead) {
  for (const message of messages.filter((one) => one.id > last)) {
    last = message.id;
    open.add(message.id);
    const heading = fill(words.message_heading, { time: beijing(message.sent_at).slice(0, 5) });
    notice(message.text, {
      heading,
      onRead: () => {
        open.delete(message.id);
        onRead();
      },
    });
  }
}

// Before the first message that nobody has read yet: what a reload has to ask for again.
export function unread(after) {
  return open.size ? Math.min(...open) - 1 : Math.max(after, last);
}

// The end has moved, because the clock stood still or because minutes were given.
export function tellEnd(before, endsAt) {
  const given = Date.parse(endsAt) - Date.parse(before.ends_at);
  const until = { time: beijing(endsAt).slice(0, 5), n: Math.round(given / MINUTE) };
  if (before.still) notice(fill(words.resumed, until), { kind: "time" });
  else if (given >= GIVEN) notice(fill(words.extended, until), { kind: "time" });
}

export function clearNotices() {
  place.replaceChildren();
}
