// What waits for a person: cases that the server could not simply accept, and acts that it did not take. Closing a case
// is the server's to do, so it needs the network, and says so.

import { ask } from "/static/js/day_link.js";
import { words, fill, element } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { numberOf } from "/static/js/checkin_card.js";
import { Problem } from "/static/js/api.js";

const dialog = document.querySelector("[data-cases-panel]");
const list = dialog.querySelector("[data-case-list]");
const notice = dialog.querySelector("[data-slot=cases-notice]");
const pattern = dialog.querySelector("template[data-case]");
const OUTCOMES = ["admit", "turn_away", "keep"];
const SHORTEST = 2;

let open = [];
let listed = false;

function say(sentence) {
  notice.textContent = sentence;
  notice.hidden = !sentence;
}

const sentenceFor = (error) => (error instanceof Problem ? error.message : words.cases_need_network);

export function casesPanel({ sitting, door, queue, onChange }) {
  async function read() {
    const found = await ask("GET", `/api/v1/sittings/${sitting}/cases`);
    open = found.filter((one) => !one.closed_at);
    listed = true;
    await door.casesListed();
    onChange();
  }

  async function refresh() {
    try {
      await read();
      say("");
    } catch (error) {
      say(sentenceFor(error));
    }
    draw();
  }

  function draw() {
    const lines = [...queue.aside.map(asideLine), ...door.troubles.map(troubleLine), ...open.map(caseLine)];
    const empty = element("li", "tab-empty", listed ? words.nothing_to_see : words.cases_not_read);
    list.replaceChildren(...(lines.length ? lines : [empty]));
  }

  function frame(title, facts) {
    const item = element("li", "checkin-case");
    item.append(element("h3", "", title));
    for (const fact of facts.filter(Boolean)) item.append(element("p", "", fact));
    return item;
  }

  function button(word, onClick) {
    const made = element("button", "tab-button", word);
    made.type = "button";
    made.addEventListener("click", onClick);
    return made;
  }

  const whoIs = (id, number) => `${numberOf(number)} ${door.seat(id)?.name ?? ""}`.trim();

  // An act that the server did not take: nothing more can be done by machine, so a person notes it and says so.
  function troubleLine(trouble) {
    const item = frame(`${whoIs(trouble.seat_id, trouble.number)} · ${words.acts[trouble.act]}`, [
      fill(trouble.case ? words.case_found : words.not_taken, { reason: trouble.reason }),
      fill(words.done_at, { time: beijing(trouble.at) }),
    ]);
    if (!trouble.case) item.append(button(words.seen_to, () => door.seenTo(trouble).then(draw)));
    return item;
  }

  function asideLine(act) {
    const item = frame(`${whoIs(act.seat_id, door.seat(act.seat_id)?.number)} · ${words.acts[act.act]}`, [
      fill(words.unreadable, { reason: act.aside.reason }),
      fill(words.done_at, { time: beijing(act.at) }),
    ]);
    item.append(button(words.send_again, () => queue.retry(act.nonce).then(draw)));
    return item;
  }

  function caseLine(one) {
    const seat = one.seat ? `${numberOf(one.seat.number)} ${one.seat.name}` : words.no_seat;
    const item = frame(`${seat} · ${one.words}`, [
      fill(words.case_act, { act: words.acts[one.act], proctor: one.proctor, tablet: one.tablet, time: beijing(one.happened_at) }),
      one.note && fill(words.case_note, { note: one.note }),
      fill(words.case_learnt, { time: beijing(one.learnt_at ?? one.opened_at) }),
      one.said_at && fill(words.case_said, { time: beijing(one.said_at) }),
      one.seat?.state && fill(words.case_state, { state: words.states[one.seat.state] }),
    ]);
    item.append(closingForm(one));
    return item;
  }

  function closingForm(one) {
    const form = pattern.content.firstElementChild.cloneNode(true);
    const fault = form.querySelector("[role=alert]");
    const reason = form.elements.reason;
    reason.id = `case-reason-${one.id}`;
    form.querySelector("label").htmlFor = reason.id;
    const complain = (sentence) => { fault.textContent = sentence; fault.hidden = !sentence; };
    for (const outcome of OUTCOMES) {
      const press = form.querySelector(`[value=${outcome}]`);
      const way = one.ways[outcome];
      press.disabled = !way.allowed;
      press.title = way.reason;
    }
    const closed = OUTCOMES.map((outcome) => one.ways[outcome]).filter((way) => !way.allowed);
    form.querySelector("[data-slot=why-not]").textContent = [...new Set(closed.map((way) => way.reason))].join(" ");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = { outcome: event.submitter.value, reason: reason.value.trim() };
      if (body.reason.length < SHORTEST) return complain(words.case_reason);
      try {
        await ask("POST", `/api/v1/sittings/cases/${one.id}/closing`, body);
        await refresh();
      } catch (error) {
        complain(sentenceFor(error));
      }
    });
    return form;
  }

  document.querySelector("[data-cases]").addEventListener("click", () => {
    draw();
    dialog.showModal();
    refresh();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

  return {
    get count() { return open.length + door.troubles.length + queue.aside.length; },
    read: () => read().catch(() => null),
    redraw() { if (dialog.open && !list.contains(document.activeElement)) draw(); },
  };
}
