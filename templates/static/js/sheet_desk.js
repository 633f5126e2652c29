// Copying an answer sheet by keyboard: a letter goes on to the next line where one letter is all, Enter goes on anywhere,
// backspace in an empty line goes back. Nothing leaves the page but by the button, and under one number however often.

import { call, Problem, Unreachable } from "./api.js";
import { ask } from "./ask.js";
import { toastAfterReload } from "./speech.js";

const form = document.querySelector("[data-sheet]");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const nonce = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
const cells = form ? [...form.querySelectorAll("[data-position]")] : [];
const fault = form?.querySelector("[data-fault-line]");
const count = form?.querySelector("[data-count]");
let sent = false;

// What a key means on a line of right or wrong, and what is shown for it.
const TRUTHS = { T: "T", 1: "T", "对": "T", F: "F", 2: "F", "错": "F" };
const shownTruth = (truth) => (truth === "T" ? form.dataset.true : truth === "F" ? form.dataset.false : "");

function valueOf(cell) {
  const { kind, letters } = cell.dataset;
  const text = cell.value.trim();
  if (kind === "true_false") {
    if (!text) return "";
    return text === form.dataset.true ? "T" : text === form.dataset.false ? "F" : TRUTHS[text.toUpperCase()] ?? text;
  }
  if (letters === undefined || letters === "") return text;
  const given = [...new Set(text.toUpperCase())];
  const kept = [...letters].filter((letter) => given.includes(letter)).join("");
  // What is none of the letters stays as it is, so that whoever typed it sees what is wrong.
  return given.every((letter) => letters.includes(letter)) ? kept : text.toUpperCase();
}

function fits(cell) {
  const { kind, letters } = cell.dataset;
  const value = valueOf(cell);
  if (!value) return true;
  if (kind === "true_false") return ["T", "F"].includes(value);
  if (!letters) return true;
  return [...value].every((letter) => letters.includes(letter)) && (kind === "multiple" || value.length === 1);
}

function go(cell, step) {
  const next = cells[cells.indexOf(cell) + step];
  if (next) { next.focus(); next.select?.(); }
  else if (step > 0) form.querySelector("[data-submit]").focus();
  else form.elements.copy.focus();
}

function tell() {
  const filled = cells.filter((cell) => cell.value.trim()).length;
  count.textContent = fill(count.dataset.words, { n: filled, all: cells.length });
}

function complain(text, cell) {
  fault.textContent = text;
  fault.hidden = !text;
  if (cell) { cell.setAttribute("aria-invalid", "true"); cell.focus(); }
}

function typed(event) {
  const cell = event.target;
  if (cell.dataset.position === undefined) return;
  cell.removeAttribute("aria-invalid");
  tell();
  if (event.isComposing || cell.dataset.kind === "fill_in" || cell.dataset.kind === "written") return;
  const value = valueOf(cell);
  cell.value = cell.dataset.kind === "true_false" ? shownTruth(value) || cell.value : value;
  if (!fits(cell)) { cell.setAttribute("aria-invalid", "true"); return; }
  if (value && cell.dataset.kind !== "multiple") go(cell, 1);
}

function pressed(event) {
  const cell = event.target;
  if (cell.name === "copy" && event.key === "Enter") { event.preventDefault(); cells[0].focus(); return; }
  if (cell.dataset.position === undefined || event.isComposing) return;
  const lines = cell.tagName === "TEXTAREA";
  if (event.key === "Enter" && !lines) { event.preventDefault(); go(cell, 1); }
  if (event.key === "ArrowDown" && !lines) { event.preventDefault(); go(cell, 1); }
  if (event.key === "ArrowUp" && !lines) { event.preventDefault(); go(cell, -1); }
  if (event.key === "Backspace" && cell.value === "") { event.preventDefault(); go(cell, -1); }
}

async function submit(event) {
  event.preventDefault();
  complain("");
  const copy = form.elements.copy;
  if (!/^[1-9][0-9]*$/.test(copy.value.trim())) { complain(form.dataset.copy, copy); return; }
  const wrong = cells.find((cell) => !fits(cell));
  if (wrong) { complain(fill(form.dataset.unsure, { n: wrong.dataset.number }), wrong); return; }
  const blank = cells.filter((cell) => !cell.value.trim()).length;
  if (blank && !(await ask(fill(form.dataset.blank, { n: blank })))) return;
  const answers = Object.fromEntries(cells.map((cell) => [cell.dataset.position, valueOf(cell)]).filter(([, value]) => value));
  const button = form.querySelector("[data-submit]");
  button.disabled = true;
  try {
    await call("POST", `/api/v1/results/transcriptions/${form.dataset.sheet}/entries`, {
      copy_number: Number(copy.value), answers, nonce,
    });
    sent = true;
    toastAfterReload(form.dataset.done);
    location.assign("/results/transcriptions");
  } catch (error) {
    button.disabled = false;
    if (error instanceof Unreachable) complain(form.dataset.unreachable);
    else if (error instanceof Problem) complain(error.message, error.code.startsWith("copy") ? copy : null);
    else throw error;
  }
}

if (form) {
  form.addEventListener("input", typed);
  form.addEventListener("keydown", pressed);
  form.addEventListener("submit", submit);
  form.elements.copy.addEventListener("input", () => form.elements.copy.removeAttribute("aria-invalid"));
  // A sheet half copied is not lost by a slip of the finger.
  addEventListener("beforeunload", (event) => {
    if (!sent && cells.some((cell) => cell.value.trim())) event.preventDefault();
  });
  tell();
}
