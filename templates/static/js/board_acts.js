// Doing something from the board over a network that may fail: one thing at a time, nothing twice, nothing lost
// without a word. Where no answer came, nobody knows whether the server did it; then the next pictures of the board
// tell, and until they do the open question stands on the page.
//
// An act: { key, path, body, told, what, seen(board, before), note(board), adds }
//   told   said when it is done                 what   how it is called while nobody knows
//   seen   whether a picture shows it done: true, false, or null where no picture can tell
//   note   what of the picture before it is needed to judge that
//   adds   doing it twice would be more than doing it once, so that a repetition must say that it is one

import { Problem } from "/static/js/api.js";
import { words, fill, element } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { ask, nonce, passing } from "/static/js/day_link.js";

// A request that was given up may still be carried out while the server catches up (milliseconds).
const GRACE = 10000;

const list = document.querySelector("[data-unsettled]");
const open = new Map();
let host = null;
let busy = false;

// `where` gives: now() the server's time, board() the newest picture, look() asks for another, toast(sentence).
export function actOn(where) {
  host = where;
}

export async function perform(act) {
  if (busy) return { state: "busy" };
  busy = true;
  try {
    return await send(act, once(act));
  } finally {
    busy = false;
  }
}

// The very same thing pressed again while nobody knows is the same act, and the server does it once.
function once(act) {
  if (!act.adds) return act.body;
  const before = open.get(act.key);
  const same = before && JSON.stringify(before.act.body) === JSON.stringify(act.body);
  return { ...act.body, nonce: same ? before.body.nonce : nonce() };
}

async function send(act, body) {
  const before = open.has(act.key) ? open.get(act.key).before : act.note?.(host.board());
  try {
    const answer = await ask("POST", act.path, body);
    open.delete(act.key);
    show();
    host.toast(act.told);
    host.look();
    return { state: "done", answer };
  } catch (error) {
    if (error instanceof Problem && !passing(error)) {
      open.delete(act.key);
      show();
      return { state: "refused", text: error.message };
    }
    open.set(act.key, { act, body, before, at: host.now(), known: null });
    show();
  }
  await host.look();
  return open.has(act.key) ? { state: "unknown", text: words.unknown } : { state: "done" };
}

// Every picture may answer open questions.
export function judge(board) {
  for (const [key, question] of open) {
    if (question.known !== null) continue;
    const seen = question.act.seen(board, question.before);
    if (seen) {
      open.delete(key);
      host.toast(question.act.told);
    } else if (seen === false && Date.parse(board.now) - question.at >= GRACE) {
      question.known = false;
    }
  }
  show();
}

function line([key, { act, at, known }]) {
  const sentence = known === false ? words.not_done : words.not_known;
  const item = element("li", "board-open");
  const button = element("button", "tab-button", words.understood);
  button.type = "button";
  button.addEventListener("click", () => { open.delete(key); show(); });
  item.append(element("span", "", fill(sentence, { what: act.what, time: beijing(at) })), button);
  item.dataset.known = String(known);
  item.dataset.key = key;
  return item;
}

// Only what has changed is written anew, so that a finger on a button finds it where it was.
function show() {
  const standing = new Map([...list.children].map((item) => [item.dataset.key, item]));
  for (const [key, item] of standing) {
    if (!open.has(key) || item.dataset.known !== String(open.get(key).known)) item.remove();
    else standing.set(key, null);
  }
  for (const entry of open) if (standing.get(entry[0]) !== null) list.append(line(entry));
  list.hidden = open.size === 0;
}

window.addEventListener("beforeunload", (event) => {
  if (busy || [...open.values()].some((question) => question.known === null)) event.preventDefault();
});
