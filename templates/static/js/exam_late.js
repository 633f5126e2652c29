// What could not be delivered before the sheet was closed: it goes to the server as evidence, for a person to decide.

import { ask, passing } from "/static/js/exam_link.js";
import * as store from "/static/js/exam_store.js";

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 20000;

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

function written({ position, choice, flagged, seq, made_at, signature }) {
  return { position, choice, flagged, seq, made_at, signature };
}

// Tries until the server has answered: true when it took them, false when it refused and only this machine has them.
// `waiting()` is called while there is no network.
export async function deliver(ticket, entries, waiting = () => {}) {
  let wait = FIRST_WAIT;
  for (;;) {
    try {
      await ask("POST", "/api/v1/exam/late-answers", { entries: entries.map(written) });
      await store.forget(ticket).catch(() => {});
      return true;
    } catch (error) {
      if (!passing(error)) return false;
      waiting();
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
}
