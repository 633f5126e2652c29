// The room record at the end of a sitting: what is still open before it says everything, and who has confirmed it.

import { words, fill, element } from "/static/js/day_words.js";
import { ask } from "/static/js/day_link.js";

const part = document.querySelector("[data-record]");
const list = part.querySelector("[data-record-missing]");
const whole = part.querySelector("[data-record-whole]");
const { sitting } = document.querySelector("[data-sitting]").dataset;
const AT_WORK = ["admitted", "working", "paused"];
const LOOK_EVERY = 15000;
const NEEDED = 2;
let known = null;
let lookedAt = -LOOK_EVERY;
let written = null;

// Cases and confirmations are not on the board, and change rarely.
async function look(then) {
  lookedAt = performance.now();
  try {
    const [cases, record] = await Promise.all([
      ask("GET", `/api/v1/sittings/${sitting}/cases`),
      ask("GET", `/api/v1/sittings/${sitting}/record`),
    ]);
    known = { cases: cases.filter((one) => one.closed_at === null).length, record };
    then();
  } catch {
    // The next picture asks again; until then the last answer stands, or the line that says it is not known.
  }
}

function signature({ record }) {
  const names = record.signed.filter((one) => one.current).map((one) => one.name);
  if (names.length >= NEEDED) return "";
  if (names.length === 0) return words.record.nobody;
  return fill(record.mine ? words.record.mine : words.record.signed, { names: names.join(" ") });
}

function missing({ seats, paused_at: paused }) {
  const open = seats.filter((seat) => AT_WORK.includes(seat.state)).length;
  return [
    paused !== null && words.record.paused,
    open > 0 && fill(words.record.open, { n: open }),
    known === null && words.record.unknown,
    known?.cases > 0 && fill(words.record.cases, { n: known.cases }),
    known !== null && signature(known),
  ].filter(Boolean);
}

export function showRecord(board) {
  const present = board.seats.filter((seat) => !["expected", "refused", "absent"].includes(seat.state));
  const over = present.length > 0 && !present.some((seat) => AT_WORK.includes(seat.state));
  part.hidden = !(board.sitting.phase === "ended" || over);
  if (part.hidden) return;
  if (performance.now() - lookedAt >= LOOK_EVERY) look(() => showRecord(board));
  const lines = missing(board);
  if (written === lines.join()) return;
  written = lines.join();
  list.replaceChildren(...lines.map((line) => element("li", "", line)));
  list.hidden = lines.length === 0;
  whole.hidden = lines.length > 0;
}
