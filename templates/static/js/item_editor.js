// The editor of items: what is typed is shown as a candidate will see it, checked a moment later, and kept in this window.

import { call, Problem } from "./api.js";
import { receive, shape } from "./base.js";
import { buildQuestions } from "/static/js/exam_questions.js";
import { Sheet } from "/static/js/exam_sheet.js";
import { bodyOf, fill, forget, keep, kept } from "./item_body.js";
import { say, showNear } from "./item_findings.js";
import { onPictures, shownPictures } from "./item_pictures.js";
import { hush, toast, toastAfterReload } from "./speech.js";

const PAUSE = 500;
const AGAIN = 5000;

const form = document.querySelector("[data-item-editor]");
const status = form.querySelector("[data-status]");
const place = stage(document.querySelector("[data-preview]"));
const untouched = bodyOf(form);
let waiting = null;
let asking = null;

// Without a script the browser makes the shadow of the page's own template; older ones make none, and it is made here.
function stage(host) {
  if (!host.shadowRoot) {
    const inside = host.querySelector("template");
    host.attachShadow({ mode: "open" }).append(inside.content);
    inside.remove();
  }
  return host.shadowRoot.querySelector("[data-place]");
}

function preview() {
  const { kind, stem, options, case_text: told, case_place: part, case_size: size } = bodyOf(form);
  form.dataset.kind = kind;
  const { blank } = form.dataset;
  const shown = Object.fromEntries(Object.entries(options).map(([letter, text]) => [letter, text.trim() || blank]));
  const places = kind === "single" || kind === "multiple" ? ["stem", ...Object.keys(options)] : ["stem"];
  const pictures = shownPictures(form, places);
  const question = { kind, stem: stem.trim() || blank, options: shown, pictures, position: 1, points: 0 };
  if (told.trim()) question.case = { number: 1, place: part || "?", size: size || "?", text: told.trim() };
  buildQuestions(place, new Sheet([question], []), () => {});
}

async function check() {
  const mine = new AbortController();
  asking = mine;
  try {
    const answer = await call("POST", "/api/v1/bank/drafts/checks", bodyOf(form), { signal: mine.signal });
    say(form, answer.findings);
    showNear(answer.near);
    status.textContent = answer.faults ? form.dataset.faulty.replace("{count}", answer.faults) : form.dataset.sound;
  } catch (error) {
    // Something else was typed meanwhile, and is asked about in its turn.
    if (mine.signal.aborted) return;
    status.textContent = error instanceof Problem ? error.message : form.dataset.away;
    if (!(error instanceof Problem)) waiting = setTimeout(check, AGAIN);
  }
}

function soon(pause) {
  clearTimeout(waiting);
  asking?.abort();
  status.textContent = form.dataset.checking;
  waiting = setTimeout(check, pause);
}

function changed() {
  hush(form);
  keep(form, untouched);
  preview();
  soon(PAUSE);
}

shape("item", () => bodyOf(form));
receive("item", (_, answer) => {
  forget(form);
  if (answer.version_id) {
    toastAfterReload(form.dataset.done);
    location.assign("/bank/drafts");
    return;
  }
  form.elements.draft.value = answer.draft;
  form.elements.seq.value = answer.seq;
  form.dataset.kept = form.dataset.kept.replace(/^\d+/, answer.draft);
  history.replaceState(null, "", `/bank/drafts/${answer.draft}`);
  const time = new Date(answer.saved_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  toast(form.dataset.saved.replace("{time}", time));
});

// The button decides what the form does; its address is set before base.js reads it. Without a script it is a page's.
form.dataset.api = "POST";
form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  switch (button?.value) {
    case "check": event.preventDefault(); soon(0); break;
    case "save": form.setAttribute("action", form.dataset.saving); break;
    case "submit": form.setAttribute("action", form.dataset.submitting); break;
    default:
  }
  if (button?.dataset.fresh === undefined) return;
  fill(form, untouched);
  form.querySelector("[data-restored]").hidden = true;
  changed();
});
form.addEventListener("input", changed);
onPictures(form, changed);

const left = kept(form);
if (left) fill(form, left);
form.querySelector("[data-restored]").hidden = !left;
preview();
// An empty form need not be told that it is empty.
if (left || form.elements.draft.value || form.elements.base.value) soon(0);
