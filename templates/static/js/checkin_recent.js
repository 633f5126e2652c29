// The last five decisions of this tablet, each with the way back.

import { words, fill, element } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";

const MOST = 5;
const list = document.querySelector("[data-recent]");
let decisions = [];

export function remember(decision, onUndo) {
  decisions = [decision, ...decisions.filter((one) => one.seatId !== decision.seatId)].slice(0, MOST);
  list.replaceChildren(...decisions.map((one) => line(one, onUndo)));
}

function line(decision, onUndo) {
  const item = element("li", "tab-recent-line");
  item.dataset.admitted = decision.admitted ? "yes" : "no";
  const word = element("span", "tab-recent-word", decision.admitted ? words.admitted : words.refused);
  const who = `${fill(words.seat_number, decision)} ${decision.name}`;
  const undo = element("button", "tab-button", decision.admitted ? words.undo_admission : words.undo_refusal);
  undo.type = "button";
  undo.setAttribute("aria-label", `${undo.textContent} ${who}`);
  undo.addEventListener("click", () => onUndo(decision));
  item.append(word, element("span", "tab-recent-who", who), element("time", "", beijing(decision.at)), undo);
  return item;
}
