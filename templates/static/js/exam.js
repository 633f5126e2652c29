// The candidate's page during an exam: finds out who sits here, and sets the course of the exam going.

import { words, fill } from "/static/js/day_words.js";
import { ExamClock } from "/static/js/exam_clock.js";
import { Course } from "/static/js/exam_course.js";
import { wantFull } from "/static/js/exam_full.js";
import { guardReload } from "/static/js/exam_history.js";
import { addressed, ask, keepSession, passing, unable, session } from "/static/js/exam_link.js";
import { passingNotice } from "/static/js/exam_notices.js";
import { practising } from "/static/js/exam_practice.js";
import { screen, screenShown, showFault } from "/static/js/exam_screens.js";
import { onSettings } from "/static/js/exam_settings.js";
import * as store from "/static/js/exam_store.js";
import { claim } from "/static/js/exam_tabs.js";
import { settleTyped } from "/static/js/exam_typed.js";
import { onVoice } from "/static/js/exam_voice.js";
import { drawWatermark } from "/static/js/exam_watermark.js";

const AGAIN_AFTER = 2000;
const clock = new ExamClock();
let course = null;

async function hear(method, path, body) {
  const askedAt = performance.now();
  const answer = await ask(method, path, body);
  clock.hear(answer.now, askedAt);
  return answer;
}

async function firstWord() {
  for (;;) {
    try {
      return await hear("GET", "/api/v1/exam");
    } catch (error) {
      if (error.status === 401) return location.replace("/exam");
      showFault(unable(error) ? words.server_unable : passing(error) ? words.network_waiting : error.message);
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER); });
    }
  }
}

async function begin() {
  // A locked browser proves itself by the address of the page, so the address must carry the session's token.
  if (session.token && !location.search) return location.replace(addressed("/exam/paper"));
  const exam = await firstWord();
  if (!exam || course?.finished) return undefined;
  const ticket = exam.ticket_number;
  keepSession({ token: exam.exam_token });
  const desk = await store.desk(ticket).catch(() => ({}));
  const leavings = await store.leavings(ticket).catch(() => []);
  const remember = (changes) => {
    Object.assign(desk, changes);
    store.remember(ticket, changes).catch(() => {});
  };
  onSettings(desk, exam, remember);
  onVoice(desk.voice, exam.read_aloud, remember);
  drawWatermark(fill(words.watermark, { name: exam.name, seat: exam.seat, ticket }));
  // A save may notice that the network is away before a sign of life does.
  const away = () => course?.status.away || course?.paper?.saving.state === "waiting";
  guardReload(away, () => passingNotice(words.no_reload));
  wantFull(() => {});
  course = new Course({ exam, desk, clock, hear, remember, leavings });
  return undefined;
}

// Letters and arrows belong to the questions; the tools above them keep theirs.
document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.target.closest("[data-tools], [data-mode], [data-notices]")) return;
  const stage = { paper: course?.paper?.stage, waiting: practising() }[screenShown()];
  if (stage?.take(event)) event.preventDefault();
});

window.addEventListener("beforeunload", (event) => {
  settleTyped();
  const unsent = course?.paper?.saving.unsent.size && !course.finished;
  if (unsent || course?.undelivered) event.preventDefault();
});

document.querySelector("[data-here]").addEventListener("click", () => location.reload());
claim(() => {
  if (course?.finished) return;
  if (course) course.quit();
  else course = { finished: true };
  screen("elsewhere");
});
begin();
