// The roster's panel: how old it is, fetching it again, what this tablet is called, and forgetting everything.

import { Problem } from "/static/js/api.js";
import { words, fill } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { confirm } from "/static/js/day_dialog.js";
import * as pack from "/static/js/checkin_pack.js";
import * as store from "/static/js/checkin_store.js";

const dialog = document.querySelector("[data-roster-panel]");
const status = dialog.querySelector("[data-slot=roster-status]");
const sure = document.querySelector("[data-sure]");
const name = dialog.querySelector("[name=tablet]");

// What a person is told of a roster that was not to be had; and whether the tablet is shut out.
export function sentenceFor(error) {
  if (error instanceof pack.PackFault) return words[`roster_${error.message}`];
  if (error instanceof Problem) return error.status === 401 ? words.signed_out : error.message;
  return words.roster_unreachable;
}

function describe(roster) {
  if (!pack.able()) return words.roster_needs_https;
  if (!roster) return words.no_roster_yet;
  const until = beijing(roster.expires).slice(0, 5);
  const told = fill(words.roster_is, { count: roster.size, time: beijing(roster.fetched).slice(0, 5), until });
  return `${told} ${document.documentElement.dataset.opens === "offline" ? words.opens_offline : words.opens_online}`;
}

// `fetchRoster` fetches and puts the roster in its place; `roster()` is the present one.
export function rosterPanel({ roster, fetchRoster, onForgotten }) {
  const say = (sentence) => { status.textContent = sentence; };
  const refresh = dialog.querySelector("[data-refresh]");

  async function again() {
    refresh.disabled = true;
    say(words.roster_fetching);
    await pack.renameTablet(name.value);
    try {
      await fetchRoster();
      say(describe(roster()));
    } catch (error) {
      say(sentenceFor(error));
    }
    refresh.disabled = false;
  }

  async function forget() {
    // What has not been delivered is never thrown away with the rest.
    if ((await store.allWaiting()).length) return say(words.forget_first_send);
    const answer = await confirm(sure, { question: words.forget_question, detail: words.forget_detail, yes: words.forget_yes });
    if (answer !== "yes") return undefined;
    await pack.forgetEverything();
    onForgotten();
    return say(describe(roster()));
  }

  document.querySelector("[data-roster]").addEventListener("click", async () => {
    name.value = await pack.nameOfTablet();
    say(describe(roster()));
    dialog.showModal();
  });
  refresh.addEventListener("click", again);
  dialog.querySelector("[data-forget]").addEventListener("click", forget);
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}
