// Opening the paper: whose hands are on it, and why the button cannot be pressed when it cannot.

import { words, fill, slots } from "/static/js/day_words.js";
import { beijing } from "/static/js/day_clock.js";
import { ask } from "/static/js/day_link.js";
import { confirm } from "/static/js/day_dialog.js";
import { passwordOf } from "/static/js/board_password.js";
import { Problem } from "/static/js/api.js";

const panel = document.querySelector("[data-opening]");
const button = panel.querySelector("[data-open]");
const places = slots(panel);
let sending = false;
const { sitting, opens } = document.querySelector("[data-sitting]").dataset;

function sentence({ hands, mine, sitting: { ends_at: ends } }, now) {
  if (now < Date.parse(opens)) return fill(words.open_early, { time: beijing(opens).slice(0, 5) });
  if (now >= Date.parse(ends)) return words.open_over;
  if (mine) return words.open_mine;
  return hands ? words.open_second : words.open_now;
}

// The button sleeps before its time because an early attempt, even a slip of the finger, goes on record.
export function showOpening(board, now) {
  const { opened, ends_at: ends, phase } = board.sitting;
  const { mine } = board;
  // An open paper is no news once the exam is on, and practice questions were never sealed.
  panel.hidden = board.rehearsal || (opened && !["planned", "check_in"].includes(phase));
  panel.dataset.hands = opened ? 2 : board.hands;
  places.hands.textContent = opened ? words.opened : fill(words.hands, { n: board.hands });
  places.how.textContent = opened ? words.open_done : sentence(board, now);
  button.hidden = opened;
  button.disabled = sending || mine || now < Date.parse(opens) || now >= Date.parse(ends);
}

export function onOpening(refresh) {
  const dialog = document.querySelector("[data-sure]");
  const take = passwordOf(dialog);
  button.addEventListener("click", async () => {
    const answer = await confirm(dialog);
    const password = take();
    if (answer !== "yes") return;
    sending = button.disabled = true;
    button.setAttribute("aria-busy", "true");
    places.why.hidden = true;
    try {
      await ask("POST", `/api/v1/sittings/${sitting}/opening`, { password });
    } catch (error) {
      places.why.textContent = error instanceof Problem ? error.message : words.network;
      places.why.hidden = false;
    }
    button.removeAttribute("aria-busy");
    sending = false;
    refresh();
  });
}
