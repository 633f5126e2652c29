// The marker's desk: one text after the other, points by criterion with fingers or digits. What was given and not taken by
// the server stays on the page, under the number that was drawn for it: sent again, it is the same mark.

import { call, Problem } from "./api.js";

const desk = document.querySelector("[data-desk]");
const base = `/api/v1/results/scripts`;
const find = (name, place = desk) => place.querySelector(`[data-${name}]`);
const slot = (name, place = desk) => place.querySelector(`[data-slot="${name}"]`);
const form = find("rubric");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

let script = null;
let nonce = "";
let busy = false;
// The digit that may be the first of two, in a criterion that is worth ten and more.
let begun = null;

const groups = () => [...form.querySelectorAll("fieldset")];
const chosen = (group) => group.querySelector("input:checked");
const most = (group) => group.querySelectorAll("input").length - 1;
const current = () => groups().findIndex((group) => group.dataset.current !== undefined);

function say(text) { find("said").textContent = text; }

function refuse(text) {
  const place = script ? find("refusal") : find("stopped");
  place.textContent = text;
  place.hidden = !text;
}

function go(place) {
  begun = null;
  for (const [at, group] of groups().entries()) group.toggleAttribute("data-current", at === place);
  const group = groups()[place];
  (group ? chosen(group) ?? group.querySelector("input") : find("submit")).focus();
}

function sum() {
  const points = groups().map((group) => chosen(group)).filter(Boolean).map((input) => Number(input.value));
  slot("sum").textContent = `${points.reduce((one, other) => one + other, 0)} / ${script.most}`;
}

function choose(group, points) {
  group.querySelectorAll("input")[points].checked = true;
  sum();
}

function criterion(one, place) {
  const group = document.querySelector("[data-criterion-template]").content.firstElementChild.cloneNode(true);
  slot("words", group).textContent = one.words;
  const worth = slot("worth", group);
  worth.textContent = fill(worth.dataset.words, { n: one.points });
  for (let points = 0; points <= one.points; points += 1) {
    const label = document.querySelector("[data-point-template]").content.firstElementChild.cloneNode(true);
    const input = label.querySelector("input");
    Object.assign(input, { name: `criterion-${place}`, value: String(points) });
    label.querySelector("span").textContent = points;
    find("points", group).append(label);
  }
  return group;
}

function show(found) {
  script = found;
  nonce = crypto.randomUUID();
  refuse("");
  for (const name of ["script", "rubric"]) find(name).hidden = !found;
  find("stopped").hidden = true;
  find("none").hidden = Boolean(found);
  if (!found) return;
  for (const name of ["number", "case", "stem", "answer"]) slot(name).textContent = found[name];
  showPicture(found.picture);
  slot("position").textContent = fill(slot("position").dataset.words, { n: found.position });
  find("criteria").replaceChildren(...found.criteria.map(criterion));
  found.given?.forEach((points, place) => choose(groups()[place], points));
  find("leave").hidden = !found.given;
  sum();
  go(0);
  find("script").scrollIntoView({ block: "nearest" });
}

function progress(queue) {
  const place = document.querySelector("[data-progress]");
  place.textContent = fill(place.dataset.words, queue);
}

function line(one) {
  const list = document.querySelector("[data-own]");
  const item = document.createElement("li");
  item.append(fill(list.dataset.line, one));
  if (one.amendable) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "small secondary", textContent: list.dataset.amend });
    button.setAttribute("aria-label", `${list.dataset.amend} ${one.number}`);
    button.addEventListener("click", () => act(async () => show(await call("POST", `${base}/${one.script_id}/second-looks`, {}))));
    item.append(" ", button);
  }
  return item;
}

function showPicture(picture) {
  const box = document.querySelector("[data-picture]");
  box.hidden = !picture;
  const image = box.querySelector("[data-picture-image]");
  if (picture) image.src = picture.source; else image.removeAttribute("src");
  image.alt = picture?.words ?? "";
  box.querySelector("[data-picture-words]").textContent = picture?.words ?? "";
}

async function own() {
  const rows = await call("GET", `${base}/classes/${desk.dataset.desk}/own`);
  document.querySelector("[data-own]").replaceChildren(...rows.map(line));
}

async function next() {
  const { desk: found, queue } = await call("POST", `${base}/classes/${desk.dataset.desk}/next`, {});
  progress(queue);
  show(found);
  await own();
}

async function send() {
  const points = groups().map((group) => chosen(group));
  const missing = points.findIndex((input) => !input);
  if (missing >= 0) {
    refuse(desk.dataset.missing);
    go(missing);
    return;
  }
  const given = points.map((input) => Number(input.value));
  const words = script.given ? desk.dataset.amended : desk.dataset.saved;
  const mark = await call("POST", `${base}/${script.script_id}/marks`, { given, nonce });
  say(fill(words, mark));
  await next();
}

async function act(what) {
  if (busy) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  // What is pressed meanwhile would be taken for the text that comes next.
  find("criteria").inert = true;
  try {
    await what();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) { location.reload(); return; }
    refuse(error instanceof Problem ? error.message : desk.dataset.unreachable);
    if (error instanceof Problem && error.status === 409 && script) find("leave").hidden = false;
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
    find("criteria").inert = false;
    if (script && document.activeElement === document.body) go(Math.max(0, current()));
  }
}

// A digit decides, unless the criterion is worth ten and more and another digit could follow.
function digit(value) {
  const place = Math.max(0, current());
  const group = groups()[place];
  const whole = begun === null ? value : begun * 10 + value;
  if (whole > most(group)) { begun = null; return; }
  choose(group, whole);
  if (begun === null && whole > 0 && whole * 10 <= most(group)) { begun = whole; return; }
  go(place + 1);
}

function back() {
  const place = current();
  go(Math.max(0, (place < 0 ? groups().length : place) - 1));
}

document.addEventListener("keydown", (event) => {
  // What is typed while a mark is on its way belongs to no text.
  if (!script || busy || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (/^\d$/.test(event.key)) {
    event.preventDefault();
    digit(Number(event.key));
  } else if (event.key === "Backspace") {
    event.preventDefault();
    back();
  } else if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
    act(send);
  }
});
form.addEventListener("change", (event) => {
  sum();
  begun = null;
  const place = groups().indexOf(event.target.closest("fieldset"));
  for (const [at, group] of groups().entries()) group.toggleAttribute("data-current", at === place);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(send);
});
find("leave").addEventListener("click", () => act(next));
find("again").addEventListener("click", () => act(next));
act(next);
