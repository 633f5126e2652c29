// The last five decisions of this tablet, each with the way back and whether the server has it.

import { words, element } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { numberOf } from "/static/js/checkin_card.js";

const MOST = 5;
const list = document.querySelector("[data-recent]");

// `nameOf` finds a name by seat id: names are not kept with the decisions.
export function showRecent(decisions, { nameOf, onUndo }) {
  const lines = decisions.slice(0, MOST).map((one) => line(one, `${numberOf(one.number)} ${nameOf(one.seat_id)}`, onUndo));
  list.replaceChildren(...(lines.length ? lines : [element("li", "tab-empty", words.nothing_yet)]));
}

function wordOf({ act, undone }) {
  if (undone) return act === "admit" ? words.admission_undone : words.refusal_undone;
  return act === "admit" ? words.admitted : words.refused;
}

function line(decision, who, onUndo) {
  const item = element("li", "checkin-line");
  item.dataset.kind = decision.undone ? "undone" : decision.act;
  const state = element("span", "checkin-line-state", words[`line_${decision.state}`]);
  state.dataset.state = decision.state;
  item.append(element("span", "checkin-line-word", wordOf(decision)), element("span", "checkin-line-who", who.trim()));
  item.append(element("time", "", beijing(decision.at)), state);
  if (!decision.undone && decision.state !== "trouble") item.append(undoButton(decision, who, onUndo));
  return item;
}

function undoButton(decision, who, onUndo) {
  const undo = element("button", "tab-button", words.undo);
  undo.type = "button";
  undo.setAttribute("aria-label", `${words.undo} ${wordOf(decision)} ${who}`);
  undo.addEventListener("click", () => onUndo(decision));
  return undo;
}
