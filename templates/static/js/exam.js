// The candidate's exam: wait, work, check, hand in. The server says when each may begin and when time is over.

import { fill, words } from "/static/js/day_words.js";
import { ServerClock } from "/static/js/day_clock.js";
import { ask, passing, poll } from "/static/js/day_link.js";
import { Saving } from "/static/js/exam_saving.js";
import { Sheet } from "/static/js/exam_sheet.js";
import { articleAt, buildQuestions, clearQuestions, moveAmong, pickByKey, showOnly } from "/static/js/exam_questions.js";
import { buildNavigator, pointTo, updateNavigator } from "/static/js/exam_navigator.js";
import { handIn, showReview, showUnsaved, sureTwice } from "/static/js/exam_review.js";
import { announce, onSizes, screen, showLeft, showSaved, showWaiting, showWaitingFault, showWho } from "/static/js/exam_screens.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const clock = new ServerClock();
const HEARTBEAT = 45000;
let exam = null;
let sheet = null;
let saving = null;
let listening = null;
let at = 0;
let mode = "one";
let finished = false;
let checking = false;

// Which tab owns the exam: the one opened last. Two tabs would count their changes against each other.
const tabs = new BroadcastChannel("peikao.exam");
tabs.postMessage("here");
tabs.addEventListener("message", () => {
  finish();
  screen("elsewhere");
});
find("here").addEventListener("click", () => location.reload());

// What this tab stores is this seat's alone: the next candidate on this machine must not inherit it.
const keyOf = (purpose) => `peikao.${purpose}.${exam.starts_at}.${exam.class_name}.${exam.seat}`;

async function hear(method, path) {
  const askedAt = performance.now();
  const answer = await ask(method, path);
  clock.hear(answer.now, askedAt);
  return answer;
}

function takeWaiting(answer) {
  if (sheet || finished) return undefined;
  exam = answer;
  showWaitingFault("");
  if (answer.state === "handed_in" || answer.phase === "ended") return over();
  if (answer.questions.length) return openPaper();
  screenOnce("waiting");
  showWaiting(exam, clock);
  const mayStart = ["admitted", "working"].includes(answer.state) && answer.phase === "running" && answer.opened;
  return mayStart ? start() : undefined;
}

let shownScreen = "";
function screenOnce(name) {
  if (shownScreen !== name) screen(name);
  shownScreen = name;
}

async function start() {
  try {
    takeWaiting(await hear("POST", "/api/v1/exam/start"));
  } catch (error) {
    notHeard(error);
  }
}

function notHeard(error) {
  if (error.status === 401) leave();
  else showWaitingFault(passing(error) ? words.network_waiting : error.message);
}

function openPaper() {
  listening.stop();
  sheet = new Sheet(exam.questions, exam.answers);
  saving = new Saving(keyOf("unsent"), exam.answers, {
    state: onSaving,
    acknowledged: (reply, askedAt) => { clock.hear(reply.now, askedAt); lastSaved = reply.now; },
    refused: onRefused,
  });
  sheet.overlay(saving.unsent);
  buildQuestions(sheet, onChange);
  buildNavigator(sheet, go);
  showWho(exam);
  onSaving(saving.unsent.size ? "saving" : "saved");
  screenOnce("paper");
  go(Math.min(Number(sessionStorage.getItem(keyOf("at")) ?? 0), sheet.entries.length - 1));
  listening = poll(() => hear("GET", "/api/v1/exam"), {
    every: HEARTBEAT,
    slowest: HEARTBEAT,
    onAnswer: (answer) => { if (answer.state !== "working") over(); },
    onFailure: (error) => { if (error.status === 401) leave(); },
  });
}

let lastSaved = "";
let troubled = false;
function onSaving(state) {
  showSaved(state, lastSaved);
  showUnsaved(saving ? saving.unsent.size : 0);
  if (state === "unsaved" && !troubled) announce(words.unsaved_said);
  if (state === "saved" && troubled) announce(words.saved_again);
  if (state !== "saving") troubled = state === "unsaved";
}

function onRefused(error) {
  if (error.status === 422) announce(error.message);
  else if (error.status === 401 || error.code !== "already_handed_in") leave();
  else over();
}

function onChange(entry) {
  saving.change(entry.question.position, entry.choice, entry.flagged);
  updateNavigator(sheet, entry);
  if (mode === "all") setAt(entry.place);
}

const isLast = () => at === sheet.entries.length - 1;

function review() {
  showReview(sheet, go);
  showUnsaved(saving.unsent.size);
  screenOnce("review");
}

function setAt(index) {
  at = index;
  sessionStorage.setItem(keyOf("at"), String(at));
  pointTo(at);
  find("back").disabled = at === 0;
  find("forward").textContent = isLast() ? words.review : words.next;
}

function go(index) {
  setAt(index);
  screenOnce("paper");
  showOnly(mode === "one" ? at : null);
  const article = articleAt(at);
  article.focus({ preventScroll: mode === "one" });
  if (mode === "all") article.scrollIntoView({ block: "start" });
  else window.scrollTo(0, 0);
}

// The end of the session means that time is over, or that a proctor has acted; only the clock can tell which.
function leave() {
  if (exam && clock.now() >= Date.parse(exam.ends_at) - 1000) over();
  else end("ended");
}

function over() {
  end("over");
}

function finish() {
  finished = true;
  listening?.stop();
  saving?.stop();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

function end(name) {
  if (finished) return;
  finish();
  showLost(name);
  saving?.forget();
  clearQuestions();
  screen(name);
  // A reload from here must not land on a page that this machine may no longer see.
  history.replaceState(null, "", name === "over" ? "/exam/done" : "/exam");
}

// Honest about what did not arrive: the numbers as the candidate saw them, for the proctor to note.
function showLost(name) {
  const numbers = saving ? [...saving.unsent.keys()].map((position) => sheet.byPosition.get(position).place + 1) : [];
  const place = document.querySelector(`[data-screen="${name}"] [data-lost]`);
  place.hidden = numbers.length === 0;
  const list = numbers.sort((one, other) => one - other).join(words.list_comma);
  place.textContent = fill(words.lost, { n: numbers.length, list });
}

// At zero the server is asked first; when it cannot be reached its clock, as last heard, decides.
async function timeIsOver() {
  if (checking || finished) return;
  checking = true;
  try {
    const answer = await hear("GET", "/api/v1/exam");
    if (answer.state !== "working") over();
  } catch {
    over();
  }
  checking = false;
}

function tick() {
  if (!exam || finished) return;
  if (!sheet) {
    showWaiting(exam, clock);
    return;
  }
  const left = Date.parse(exam.ends_at) - clock.now();
  showLeft(left);
  if (left <= 0) timeIsOver();
}

async function tryHandIn() {
  const left = Date.parse(exam.ends_at) - clock.now();
  if (!(await sureTwice(sheet, left)) || finished) return;
  const outcome = await handIn();
  if (finished || outcome === "refused") return;
  if (outcome === "ended") return leave();
  saving.forget();
  finish();
  location.replace("/exam/done");
}

function onKey(event) {
  const busy = finished || !sheet || shownScreen !== "paper" || document.querySelector("dialog[open]");
  if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
  // Sizes and modes are radio buttons too and keep their own arrow keys.
  if (event.target.closest("[data-sizes], [data-mode]")) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && at + step >= 0 && at + step < sheet.entries.length) go(at + step);
  const article = event.target.closest(".exam-question") ?? articleAt(at);
  const among = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step || (among && moveAmong(event.target, among)) || pickByKey(article, event.key)) event.preventDefault();
}

find("back").addEventListener("click", () => go(at - 1));
find("forward").addEventListener("click", () => (isLast() ? review() : go(at + 1)));
find("return").addEventListener("click", () => go(at));
find("review").addEventListener("click", review);
find("hand-in").addEventListener("click", tryHandIn);
find("mode").addEventListener("change", (event) => { mode = event.target.value; go(at); });
document.addEventListener("keydown", onKey);
window.addEventListener("beforeunload", (event) => { if (!finished && saving?.unsent.size) event.preventDefault(); });
onSizes();
setInterval(tick, 500);
listening = poll(() => hear("GET", "/api/v1/exam"), {
  every: 3000,
  slowest: 10000,
  onAnswer: takeWaiting,
  onFailure: notHeard,
});
