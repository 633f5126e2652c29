// The check-in page: what the proctor touches, and what they see. The same path with and without a network: the verdict
// comes from the roster at once, the act is kept and sent, and the server's word confirms or corrects it.

import { Problem } from "/static/js/api.js";
import { words, fill } from "/static/js/day_words.js";
import { Door } from "/static/js/checkin_door.js";
import { Queue } from "/static/js/checkin_queue.js";
import { Roster } from "/static/js/checkin_roster.js";
import { admissible, colour, REPLACED } from "/static/js/checkin_verdict.js";
import { askReason, askSeen, askUndo } from "/static/js/checkin_reasons.js";
import { watchBoard } from "/static/js/checkin_board.js";
import { cameraButton } from "/static/js/checkin_camera.js";
import { casesPanel } from "/static/js/checkin_cases.js";
import { rosterPanel, sentenceFor } from "/static/js/checkin_roster_panel.js";
import { showRecent } from "/static/js/checkin_recent.js";
import { freeField, listenTyped } from "/static/js/checkin_typed.js";
import { signInAgain } from "/static/js/checkin_sign_in.js";
import { alone, install } from "/static/js/checkin_install.js";
import { leave } from "/static/js/checkin_leave.js";
import { isShutOut } from "/static/js/checkin_shut_out.js";
import { undelivered } from "/static/js/checkin_undelivered.js";
import * as card from "/static/js/checkin_card.js";
import * as clock from "/static/js/checkin_clock.js";
import * as pack from "/static/js/checkin_pack.js";
import * as status from "/static/js/checkin_status.js";
import * as store from "/static/js/checkin_store.js";
import { beep, muteButton } from "/static/js/scan_sound.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const { person, sitting, actor, proctor, title } = find("door").dataset;
const place = { person, sitting: Number(sitting), device: "" };
const HOUR = 3600000;
// Without a roster only the server can say who this is; it is waited for no longer than this.
const NO_ANSWER = 8000;

let room, door, queue, cases;
let link = null;
let revoked = false;
let unanswered = 0;
// What else lies on this tablet undelivered: of other proctors, or of other sittings.
let others = [];

// --- showing ---

function showAll() {
  status.showQueue(queue, others);
  status.showRoster(door.roster, { able: pack.able(), expected: door.tally?.expected });
  status.showCounts(door.roster, door.tally);
  status.showToSee(cases.count);
  status.showBanner(queue, { link, revoked });
  showRecent(door.recent, { nameOf: (id) => door.seat(id)?.name ?? "", onUndo: undo });
  card.showDelivery();
  cases.redraw();
}

function ready() {
  clearTimeout(unanswered);
  card.showReady();
  freeField();
}

function onCard(found, { heard, news, since }) {
  clearTimeout(unanswered);
  if (found.code === null) {
    waitForAnswer();
    return;
  }
  card.showCard(found);
  if (!heard || news) beep(colour(found.code));
  // The server knows more than the roster did: nobody must press what was there a moment ago.
  if (heard && news) card.freeze();
  if (since === undefined) return;
  const name = heard ? "scan-to-server-verdict" : "scan-to-verdict";
  requestAnimationFrame((end) => performance.measure(name, { start: since, end }));
}

function waitForAnswer() {
  card.showBusy();
  clearTimeout(unanswered);
  unanswered = setTimeout(noAnswer, NO_ANSWER);
}

function noAnswer() {
  beep("refuse");
  card.showTrouble(words.not_done, words.no_roster_no_answer, { again: true });
}

function onAnswered(act, trouble) {
  if (!trouble) return;
  const sentence = fill(trouble.case ? words.case_found : words.not_taken, { reason: trouble.reason });
  const who = `${card.numberOf(trouble.number)} ${door.seat(trouble.seat_id)?.name ?? ""}`.trim();
  beep("refuse");
  if (trouble.case) cases.read();
  // What happened a moment ago is said in full size, unless the next one stands before the proctor already.
  if (card.isDone(act.nonce)) card.showTrouble(trouble.case ? words.server_found : words.server_refused, `${who}：${sentence}`, {});
  else status.toast(`${who}：${sentence}`);
}

async function onShutOut() {
  revoked = true;
  await leave();
  await dropRoster();
  beep("refuse");
  card.showTrouble(words.server_refused, words.revoked, {});
}

// Being signed out may be all that a tablet hears of having been shut out.
async function onSignedOut() {
  if (!revoked && (await isShutOut(place.device))) await onShutOut();
}

function failed(error) {
  console.error(error);
  beep("refuse");
  card.showTrouble(words.not_done, words.not_kept, {});
}

// --- acting ---

const undecided = () => door.card !== null && (door.card.code === null || admissible(door.card.code));
const occupied = () => revoked || undecided() || card.isTrouble() || document.querySelector("dialog[open]") !== null;

function lookUp(text, since = performance.now()) {
  if (revoked) return onShutOut();
  if (admissible(door.card?.code)) status.toast(fill(words.left_open, { seat: door.card.seat.number, name: door.card.seat.name }));
  return door.look(text, since).catch(failed);
}

async function admit() {
  const open = door.card;
  if (open?.code !== REPLACED) return door.admit().catch(failed);
  if ((await askSeen(open.seat)) && door.card === open) door.admit({ confirmed: true }).catch(failed);
  return undefined;
}

async function refuse() {
  const open = door.card;
  const why = open?.seat ? await askReason(open.seat) : null;
  // The card may have been answered, or closed, while the question stood.
  if (why && door.card === open) door.refuse(why.reason, why.note).catch(failed);
}

async function undo(decision) {
  const who = { seat: decision.number, name: door.seat(decision.seat_id)?.name ?? "" };
  if (!(await askUndo(decision, who)) || decision.undone) return;
  const shown = card.isDone(decision.nonce);
  try {
    await door.undo(decision);
    status.toast(fill(words.undone, who));
    if (shown) ready();
  } catch (error) {
    failed(error);
  }
}

function onDone(decision, seat) {
  card.showDone(decision, seat);
  beep(decision.act === "admit" ? "ok" : "refuse");
  freeField();
  showAll();
}

// Without a roster: the look is still on its way, or has to be made again.
function retry() {
  waitForAnswer();
  return queue.count ? queue.send() : lookUp(door.card.text);
}

// --- the roster ---

async function fetchRoster() {
  const askedAt = performance.now();
  try {
    const found = await pack.fetchPack(place);
    revoked = false;
    await door.takeRoster(found && new Roster(found, room), askedAt);
  } catch (error) {
    if (error.code === "tablet_revoked") await onShutOut();
    throw error;
  }
}

async function fetchQuietly() {
  try {
    await fetchRoster();
    return true;
  } catch (error) {
    // That there is no signal, or nobody signed in, is said by the banner already.
    const told = error instanceof pack.PackFault || (error instanceof Problem && error.status !== 401);
    if (told) status.toast(sentenceFor(error));
    return false;
  }
}

async function dropRoster() {
  door.roster = null;
  await door.next();
  ready();
  showAll();
}

async function seeOthers() {
  const here = (line) => line.person === person && line.sitting === place.sitting;
  others = (await undelivered()).filter((line) => !here(line));
  showAll();
}

// From now on this is a tablet that the server has never seen.
async function onForgotten() {
  place.device = await pack.deviceOf(person);
  revoked = false;
  await dropRoster();
}

async function watchExpiry() {
  await store.dropExpired(clock.now());
  if (door.roster && door.roster.expires <= clock.now()) dropRoster();
}

// --- listening ---

async function onBoard(board, askedAt) {
  link = null;
  if (queue.away) queue.send();
  await door.takeBoard(board, askedAt);
  await watchExpiry();
  await seeOthers();
  cases.read();
}

function onLost(how) {
  link = how;
  showAll();
  if (how.kind === "signed_out") onSignedOut();
}

function listen(board) {
  listenTyped({ onText: lookUp, onEmpty: () => status.toast(words.empty_reading) });
  find("admit").addEventListener("click", admit);
  find("refuse").addEventListener("click", refuse);
  find("retry").addEventListener("click", retry);
  find("queue").addEventListener("click", () => { queue.send(); board.now(); });
  for (const button of document.querySelectorAll("[data-next]")) {
    button.addEventListener("click", () => { door.next().catch(failed); ready(); });
  }
  cameraButton({ busy: occupied, onTicket: lookUp });
  rosterPanel({ roster: () => door.roster, fetchRoster, onForgotten });
  signInAgain(actor, () => {
    queue.send();
    board.now();
    if (!door.roster) fetchQuietly();
  });
}

async function begin() {
  await clock.restore();
  place.device = await pack.deviceOf(person);
  room = Object.assign(await store.room(person, place.sitting), { proctor, title });
  door = new Door(room, { onCard, onDone, onAnswered, onShutOut, onChange: showAll });
  queue = new Queue(place, room, {
    onChange: showAll,
    onOutcomes: (...told) => door.takeOutcomes(...told),
    onUnknownTablet: fetchQuietly,
    onSignedOut,
  });
  door.connect(queue);
  cases = casesPanel({ sitting: place.sitting, door, queue, onChange: showAll });
  const kept = await pack.keptPack(place);
  door.roster = kept && new Roster(kept, room);
  ready();
  listen(watchBoard(place.sitting, { onBoard, onLost }));
  await door.restore();
  await seeOthers();
  queue.send();
  document.documentElement.dataset.ready = "yes";
  if (!kept || clock.now() - kept.fetched > HOUR) await fetchQuietly();
  setInterval(watchExpiry, 60000);
}

muteButton(find("mute"));
install().then((opens) => { document.documentElement.dataset.opens = opens ? "offline" : "online"; });
await alone(`peikao-door/${person}/${sitting}`, find("other-window"));
begin().catch((error) => {
  console.error(error);
  card.showTrouble(words.not_done, words.no_store, {});
});
