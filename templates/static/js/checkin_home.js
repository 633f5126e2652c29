// The proctor's day on a tablet: what was done at any door and has not reached the server is sent from here, and seen
// until it has; and the pages are laid ready, so that the evening before brings everything but the names.

import { words, fill, element } from "/static/js/day_words.js";
import { install } from "/static/js/checkin_install.js";
import { leave } from "/static/js/checkin_leave.js";
import { sendAll } from "/static/js/checkin_rounds.js";
import { isShutOut } from "/static/js/checkin_shut_out.js";
import { undelivered } from "/static/js/checkin_undelivered.js";
import * as clock from "/static/js/checkin_clock.js";
import * as pack from "/static/js/checkin_pack.js";

const EVERY = 15000;
const HOME = "/proctor";
const panel = document.querySelector("[data-undelivered]");
const list = panel.querySelector("ul");
const { person } = panel.dataset;
let busy = false;
// What became of the last attempt, by sitting.
let became = new Map();

// --- what has not been delivered ---

function sentenceOf({ sitting, title, proctor, count, unread, ...line }) {
  const named = { sitting: title || fill(words.sitting_number, { sitting }), name: proctor || words.some_proctor, count };
  if (line.person !== person) return fill(words.of_another, named);
  const { state, reason } = became.get(sitting) ?? { state: "sending", reason: "" };
  const how = unread === count ? words.unread : fill(words[state] ?? "", { reason });
  return `${fill(words.of_mine, named)} ${how}`.trim();
}

function show(lines) {
  panel.hidden = !lines.length && panel.hidden;
  panel.dataset.state = lines.length ? "some" : "none";
  const items = lines.map((line) => {
    const item = element("li", "", sentenceOf(line));
    item.dataset.mine = line.person === person ? "yes" : "no";
    return item;
  });
  list.replaceChildren(...(lines.length ? items : [element("li", "", words.all_delivered)]));
}

async function round() {
  if (busy) return;
  busy = true;
  try {
    const lines = await undelivered();
    show(lines);
    const mine = lines.filter((line) => line.person === person && line.unread < line.count);
    if (!mine.length) return;
    became = await sendAll(person, mine.map((line) => line.sitting));
    show(await undelivered());
    if ([...became.values()].some(({ state }) => state === "signed_out")) await clearIfShutOut();
  } finally {
    busy = false;
  }
}

async function clearIfShutOut() {
  const device = await pack.knownDevice(person);
  if (device && (await isShutOut(device))) await leave();
}

// --- laid ready for the day ---

async function prepare() {
  const doors = [...document.querySelectorAll("a[href$='/check-in']")].map((link) => link.pathname);
  const opens = await install([HOME, ...doors]);
  document.documentElement.dataset.opens = opens ? "offline" : "online";
  document.querySelector("[data-prepared]").textContent = opens ? words.prepared : words.not_prepared;
}

async function begin() {
  await clock.restore();
  await clearIfShutOut();
  await round();
  setInterval(round, EVERY);
  window.addEventListener("online", round);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) round(); });
}

prepare();
begin().catch((error) => console.error(error)).finally(() => { document.documentElement.dataset.ready = "yes"; });
