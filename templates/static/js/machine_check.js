// The readiness check of one machine: measures, sends what it found, and shows what the server thinks of it.

import { call, Problem } from "./api.js";
import * as measure from "./machine_measure.js";

const words = JSON.parse(document.getElementById("check-words").textContent);
const form = document.getElementById("machine-form");
const field = form.elements.machine;
const fault = document.getElementById("machine-fault");
const progress = document.getElementById("progress");
const verdict = document.getElementById("verdict");
const NAME = "peikao-machine";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const say = (text) => { progress.textContent = text; };

// A machine keeps its name where the browser lets it.
function remembered() {
  try { return localStorage.getItem(NAME) ?? ""; } catch { return ""; }
}

function remember(name) {
  try { localStorage.setItem(NAME, name); } catch { /* the result says that this browser keeps nothing */ }
}

function complain(text) {
  fault.textContent = text;
  fault.hidden = !text;
  field.toggleAttribute("aria-invalid", Boolean(text));
  if (text) { field.setAttribute("aria-invalid", "true"); field.focus(); }
}

function showMeasure(name, value, stands) {
  const item = document.querySelector(`[data-measure="${name}"]`);
  item.dataset.stands = stands;
  item.querySelector(".measure-value").textContent = value;
}

function clear() {
  verdict.hidden = true;
  for (const item of document.querySelectorAll("[data-measure]")) showMeasure(item.dataset.measure, words.unseen, "unseen");
}

// Measures one after the other: two at a time would slow each other down.
async function measured(machine, tablet) {
  const step = (text) => (n, all) => say(fill(text, { n, all }));
  const drift_ms = await measure.drift(step(words.clock));
  const save_ms = await measure.saving(form.dataset.room, machine, step(words.saves));
  say(words.device);
  const found = {
    machine, drift_ms, save_ms, ...measure.browser(navigator.userAgent, words.unknown),
    store: await measure.store(), secure: measure.secure(), full_screen: measure.fullScreen(),
  };
  if (!tablet) return found;
  say(words.camera_asking);
  return { ...found, camera: await measure.camera() };
}

function clockWord(ms) {
  if (Math.abs(ms) < 500) return words.exact;
  return fill(ms > 0 ? words.fast : words.slow, { seconds: (Math.abs(ms) / 1000).toFixed(1) });
}

function show(found, answer) {
  const can = (able) => (able ? words.available : words.unavailable);
  const values = {
    browser: found.browser,
    address: `${answer.address} ${answer.faults.includes("address_outside") ? words.outside : words.inside}`,
    drift: clockWord(found.drift_ms),
    save: fill(words.milliseconds, { number: found.save_ms }),
    store: can(found.store),
    secure: can(found.secure),
    full_screen: can(found.full_screen),
    camera: found.camera === undefined ? words.not_asked : can(found.camera),
  };
  for (const item of document.querySelectorAll("[data-measure]")) {
    const hit = item.dataset.faults.split(" ").find((code) => answer.faults.includes(code));
    const asked = item.dataset.measure !== "camera" || found.camera !== undefined;
    const stands = hit ? (words.grave.includes(hit) ? "bad" : "wait") : (asked ? "good" : "unseen");
    showMeasure(item.dataset.measure, values[item.dataset.measure], stands);
  }
  document.getElementById("verdict-word").textContent = `${answer.machine}: ${answer.fitness_word}`;
  const lines = answer.fault_words.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
  document.getElementById("verdict-faults").replaceChildren(...lines);
  verdict.dataset.fitness = answer.fitness;
  verdict.hidden = false;
  say(words.done);
  verdict.focus();
}

function fail(error) {
  say("");
  if (error instanceof Problem) complain(error.status === 401 ? words.expired : error.message);
  else complain(words.unreachable);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const machine = field.value.trim();
  complain(machine ? "" : words.missing);
  if (!machine) return;
  const button = form.querySelector("button");
  button.disabled = true;
  clear();
  try {
    const found = await measured(machine, form.elements.kind.value === "tablet");
    say(words.finishing);
    show(found, await call("POST", `/api/v1/rooms/${form.dataset.room}/machine-checks`, found));
    remember(machine);
  } catch (error) {
    fail(error);
  }
  button.disabled = false;
});

field.value = remembered();
