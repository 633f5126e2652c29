// What could not be delivered before the sheet was closed: it goes to the server as evidence, for people to decide.
// Only what the server says it has leaves this machine.

import { VERSION } from "/static/js/exam_key.js";
import { ask, passing } from "/static/js/exam_link.js";
import * as store from "/static/js/exam_store.js";

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 20000;

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

// A page of the first version did not sign its form, so what it left behind must not claim one.
function written({ position, choice, flagged, seq, made_at, signature, version, paper }) {
  return { position, choice, flagged, seq, paper: version === VERSION ? paper : 0, made_at, signature };
}

// A pause ends by itself; every other refusal stays one.
const mayPass = (error) => passing(error) || error.code === "exam_paused";

// Tries until the server has answered. Tells which entries are `kept` as evidence, which are `saved` in the sheet, and
// which the server did not take, so that only this machine has them (`left`). `waiting()` is called meanwhile.
export async function deliver(ticket, entries, waiting = () => {}) {
  let wait = FIRST_WAIT;
  for (;;) {
    try {
      const body = { ticket_number: ticket, entries: entries.map(written) };
      return await settle(ticket, entries, await ask("POST", "/api/v1/exam/late-answers", body));
    } catch (error) {
      if (!mayPass(error)) return { kept: [], saved: [], left: entries };
      waiting();
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
}

// Until the sheet is closed the candidate may come back to this machine and go on: evidence keeps its copy here.
async function settle(ticket, entries, { closed, outcomes }) {
  const of = (fate) => entries.filter((_, place) => outcomes[place]?.fate === fate);
  const [kept, saved] = [of("kept"), of("saved")];
  const left = entries.filter((entry) => !kept.includes(entry) && !saved.includes(entry));
  const done = closed ? [...kept, ...saved] : saved;
  try {
    for (const { position, seq } of done) await store.release(ticket, position, seq);
    if (closed && !(await store.queued(ticket)).length) await store.forget(ticket);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
  return { kept, saved, left };
}
