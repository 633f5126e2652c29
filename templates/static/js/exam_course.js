// The course of one exam as the server tells it: waiting, working, standing still, over. What the candidate sees and may
// do follows the server's last word; while there is none, nothing is taken away and nothing is given up.

import { words } from "/static/js/day_words.js";
import { showEnding, whichEnding } from "/static/js/exam_endings.js";
import { endFull, sayFull, wantFull } from "/static/js/exam_full.js";
import { Guard } from "/static/js/exam_guard.js";
import { ASKING, Heartbeat, untilNext } from "/static/js/exam_heartbeat.js";
import { guardHistory, releaseHistory } from "/static/js/exam_history.js";
import { sign } from "/static/js/exam_key.js";
import { passing } from "/static/js/exam_link.js";
import { clearNotices, passingNotice, showMessages, tellEnd, unread } from "/static/js/exam_notices.js";
import { Paper } from "/static/js/exam_paper.js";
import { closePractice } from "/static/js/exam_practice.js";
import { screen, screenShown, showFault, showLeft, showWaiting, showWho } from "/static/js/exam_screens.js";
import { Status } from "/static/js/exam_status.js";
import { beginAnew } from "/static/js/exam_switched.js";
import * as store from "/static/js/exam_store.js";
import { settleTyped } from "/static/js/exam_typed.js";
import { hush } from "/static/js/exam_voice.js";

const LEAVINGS_AT_ONCE = 50;
const CLOSED = ["handed_in", "terminated", "absent"];

export class Course {
  paper = null;
  finished = false;
  undelivered = false;
  status = new Status();
  #exam;
  #desk;
  #clock;
  #hear;
  #remember;
  #guard;
  #heartbeat;
  #starting = false;
  #asking = false;
  #stillLeft = null;

  // `hear(method, path, body)` asks the server and tells its time to `clock`; `desk` is what was remembered of this
  // ticket, `remember` adds to it.
  constructor({ exam, desk, clock, hear, remember, leavings }) {
    this.#exam = exam;
    this.#desk = desk;
    this.#clock = clock;
    this.#hear = hear;
    this.#remember = remember;
    const noticed = (sentence) => passingNotice(sentence);
    const changed = () => this.#heartbeat.now();
    this.#guard = new Guard({ ticket: exam.ticket_number, left: leavings, clock, on: { noticed, changed } });
    this.#heartbeat = new Heartbeat({
      tell: () => this.#tell(),
      every: () => untilNext(this.#asking, this.paper, Date.parse(this.#exam.starts_at) - this.#clock.now()),
      on: { reply: (...heard) => this.#heard(...heard), failure: (error) => this.#notHeard(error) },
    });
    setInterval(() => this.#tick(), 500);
    this.#follow(exam);
    if (!this.finished) this.#heartbeat.now();
  }

  get #left() {
    return Date.parse(this.#exam.ends_at) - this.#clock.now();
  }

  // --- the server's word ---

  #follow({ state, phase, opened, paper, starts_at, ends_at }) {
    if (this.paper && paper !== this.#exam.paper) return void beginAnew(this, this.#exam.ticket_number, this.#remember);
    const before = { ends_at: this.#exam.ends_at, still: this.#stillLeft !== null };
    this.#exam = { ...this.#exam, state, phase, opened, paper, starts_at, ends_at };
    if (CLOSED.includes(state) || phase === "ended") return void this.#gone();
    const still = state === "paused" || phase === "paused";
    this.#stillLeft = still ? this.#left : null;
    if (still && (this.paper || state === "paused")) this.#pause();
    else if (this.paper) this.#goOn(before);
    else if (state !== "working") this.#wait();
    const mayStart = ["admitted", "working"].includes(state) && phase === "running" && opened;
    if (!this.paper && mayStart) this.#start();
    return undefined;
  }

  #wait() {
    screen("waiting");
    showWaiting(this.#exam, this.#clock);
  }

  #pause() {
    showWho(this.#exam);
    showLeft(this.#stillLeft, true);
    this.#guard.count(false);
    hush();
    this.paper?.pause();
    if (!this.paper?.handing) screen("paused");
  }

  #goOn(before) {
    tellEnd(before, this.#exam.ends_at);
    if (["paused", "asking"].includes(screenShown()) && this.#left > 0) {
      this.#asking = false;
      this.#guard.count(true);
      this.paper.resume();
    }
    if (["held", "waiting", "unable"].includes(this.paper.saving.state)) this.paper.saving.hurry();
    this.#tick();
  }

  async #start() {
    if (this.#starting) return;
    this.#starting = true;
    try {
      const answer = await this.#hear("POST", "/api/v1/exam/start", {});
      if (answer.questions.length && !this.finished && !this.paper) await this.#open(answer);
    } catch (error) {
      this.#notHeard(error);
    }
    this.#starting = false;
  }

  async #open(answer) {
    const ticket = answer.ticket_number;
    const queued = await store.queued(ticket).catch(() => []);
    this.#exam = answer;
    closePractice();
    showWho(answer);
    this.#guard.count(true);
    wantFull(() => {
      this.#guard.note("full_screen");
      sayFull(words.left_full_screen);
      passingNotice(words.left_full_screen);
    });
    guardHistory(() => passingNotice(words.no_back));
    this.paper = new Paper({
      ticket,
      paper: answer.paper,
      questions: answer.questions,
      answers: answer.answers,
      queued,
      sign: (entry) => sign(this.#desk.key, ticket, entry),
      clock: this.#clock,
      at: this.#desk.at,
      on: {
        saving: {
          state: () => this.status.show(this.paper),
          acknowledged: (...reply) => this.#saved(...reply),
          refused: (error) => this.#refused(error),
        },
        moved: (at) => { if (at !== this.#desk.at) this.#remember({ at }); },
        left: () => this.#left,
        hear: this.#hear,
        handedIn: (receipt) => this.#end(receipt ? "done" : "unsure", receipt),
        closed: () => this.#gone(),
      },
    });
    this.status.show(this.paper);
    this.#tick();
    this.#heartbeat.now();
  }

  // --- saving, as the page tells it ---

  #saved(reply, askedAt) {
    this.#clock.hear(reply.now, askedAt);
    this.status.saved(reply.now);
  }

  #refused(error) {
    if (error.status === 401 || error.code === "already_handed_in") return void this.#gone();
    this.paper.saving.hold();
    if (error.code !== "exam_paused") this.status.refuse(error);
    return void setTimeout(() => { if (!this.finished) this.#heartbeat.now(); }, ASKING);
  }

  // --- signs of life ---

  #tell() {
    return {
      made_at: this.#clock.stamp(),
      waiting: this.paper?.saving.unsent.size ?? 0,
      left: this.#guard.left.slice(0, LEAVINGS_AT_ONCE),
      after: unread(this.#desk.after ?? 0),
    };
  }

  #heard(reply, askedAt, body) {
    if (this.finished) return;
    this.#clock.hear(reply.now, askedAt);
    this.status.back();
    this.#guard.told(body.left);
    showFault("");
    showMessages(reply.messages, () => this.#remember({ after: unread(this.#desk.after ?? 0) }));
    this.#follow(reply);
    this.status.show(this.paper);
  }

  #notHeard(error) {
    if (error.status === 401) return void this.#gone();
    showFault(this.status.lose(error));
    if (!passing(error) && this.paper) this.status.refuse(error);
    this.status.show(this.paper);
  }

  // At zero the server is asked; until it has answered nothing is taken and nothing is given up.
  #tick() {
    if (this.finished) return;
    if (this.#clock.woke()) this.#heartbeat.now();
    if (!this.paper) {
      if (screenShown() === "waiting") showWaiting(this.#exam, this.#clock);
      return;
    }
    showLeft(this.#stillLeft ?? this.#left, this.#stillLeft !== null);
    if (this.#stillLeft !== null || this.#left > 0 || this.#asking || this.paper.handing) return;
    this.#asking = true;
    this.#guard.count(false);
    hush();
    settleTyped();
    screen("asking");
    this.#heartbeat.now();
  }

  // --- the end ---

  // The server no longer takes this machine's word: its receipt says what has become of the sheet.
  async #gone() {
    if (this.finished) return;
    if (this.paper?.handing) return void this.paper.closeHanding();
    const over = this.#left <= ASKING;
    this.quit();
    screen("asking");
    const [name, receipt] = await whichEnding(over);
    await this.#end(name, receipt);
  }

  // Takes the paper off the screen and stops every clock of it.
  quit() {
    settleTyped();
    this.finished = true;
    this.#heartbeat.stop();
    this.paper?.saving.stop();
    this.paper?.stage.clear();
    this.#guard.count(false);
    hush();
    endFull();
    clearNotices();
    releaseHistory();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  }

  async #end(name, receipt) {
    if (!this.finished) this.quit();
    this.undelivered = true;
    await showEnding(name, receipt, { ticket: this.#exam.ticket_number, paper: this.paper });
    this.undelivered = false;
  }
}
