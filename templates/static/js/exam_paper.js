// The paper while it is being worked on: the sheet, where it is shown, the queue of its changes, and handing in.

import { words, fill } from "/static/js/day_words.js";
import { spokenCase } from "/static/js/exam_case.js";
import { handIn, sure } from "/static/js/exam_hand_in.js";
import { buildNavigator, pointTo, updateNavigator } from "/static/js/exam_navigator.js";
import { notice } from "/static/js/exam_notices.js";
import { optionsOf } from "/static/js/exam_questions.js";
import { sayFault, showReview, showUnsaved } from "/static/js/exam_review.js";
import { Saving } from "/static/js/exam_saving.js";
import { screen, screenShown } from "/static/js/exam_screens.js";
import { Sheet } from "/static/js/exam_sheet.js";
import { Stage } from "/static/js/exam_stage.js";
import { settleTyped, typing } from "/static/js/exam_typed.js";
import { hush, read, spokenText } from "/static/js/exam_voice.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);

export class Paper {
  #on;
  #closed = null;

  // `on` has: saving {state, acknowledged, refused}, moved(index), left() in milliseconds, hear(method, path),
  // handedIn(receipt), closed() when somebody else closed the sheet.
  constructor({ ticket, paper, questions, answers, queued, sign, clock, at, on }) {
    this.#on = on;
    this.sheet = new Sheet(questions, answers);
    this.saving = new Saving({
      ticket,
      paper,
      stored: answers,
      queued,
      sign,
      clock,
      typing,
      on: { ...on.saving, stale: (position, error) => this.#stale(position, error) },
    });
    this.sheet.overlay(this.saving.unsent.values());
    this.stage = new Stage(find("questions"), this.sheet, {
      changed: (entry) => this.#changed(entry),
      typing: () => on.saving.state(),
      moved: (index) => this.#moved(index),
      finished: () => this.review(),
    });
    buildNavigator(this.sheet, (index) => this.go(index));
    this.#buttons();
    // A machine that knows of no place, such as the one a candidate has moved to, begins where answers are missing.
    this.go(at ?? this.sheet.unanswered[0]?.place ?? 0);
    for (const position of this.saving.overruled) this.#tellStale(position);
  }

  // Whether handing in is under way: then nobody else may decide that the exam has ended.
  get handing() {
    return this.#closed !== null;
  }

  // The sheet was closed by somebody else while it waited here for the network.
  closeHanding() {
    this.#closed?.abort();
  }

  go(index) {
    screen("paper");
    this.stage.go(index);
  }

  // Nothing is saved while the clock stands still; what was chosen in the last moment waits for it.
  pause() {
    settleTyped();
    this.saving.hold();
    find("sure").close();
  }

  resume() {
    this.saving.hurry();
    this.go(this.stage.at);
  }

  review() {
    hush();
    settleTyped();
    showReview(this.sheet, (index) => this.go(index));
    showUnsaved(this.saving.unsent.size);
    screen("review");
  }

  #buttons() {
    find("back").addEventListener("click", () => this.stage.back());
    find("forward").addEventListener("click", () => this.stage.forward());
    find("return").addEventListener("click", () => this.go(this.stage.at));
    find("to-card").addEventListener("click", () => document.getElementById("sheet").focus());
    find("review").addEventListener("click", () => this.review());
    find("hand-in").addEventListener("click", (event) => this.#handIn(event));
    find("mode").addEventListener("change", (event) => this.stage.oneAtATime(event.target.value === "one"));
  }

  #changed(entry) {
    this.saving.change(entry.question.position, entry.choice, entry.flagged);
    updateNavigator(this.sheet, entry);
  }

  #moved(index) {
    this.#on.moved(index);
    pointTo(index);
    find("back").disabled = index === 0;
    find("forward").textContent = index === this.sheet.entries.length - 1 ? words.review : words.next;
    const entry = this.sheet.entries[index];
    if (screenShown() === "paper") read(spokenText(entry, optionsOf(entry.question), spokenCase(this.stage.article(index), entry.question)));
  }

  // The server holds something else than what was just chosen here: its answer is shown, and the candidate is told.
  async #stale(position, error) {
    this.#tellStale(position, error?.message);
    settleTyped();
    try {
      const { answers } = await this.#on.hear("GET", "/api/v1/exam");
      for (const answer of answers) this.#adopt(answer);
    } catch {
      // The next save or sign of life will say what is the matter.
    }
  }

  #adopt({ position, choice, flagged, seq }) {
    this.saving.adopt(position, seq);
    if (this.saving.unsent.has(position)) return;
    const entry = this.sheet.take(position, choice, flagged);
    if (!entry) return;
    this.stage.redraw(entry);
    updateNavigator(this.sheet, entry);
  }

  #tellStale(position, reason = words.stale) {
    const [n] = this.sheet.numbers([position]);
    notice(reason, { kind: "warning", heading: fill(words.stale_heading, { n }) });
  }

  async #handIn(event) {
    // The second half of a double click on the button that led here is not a wish to hand in.
    if (event.detail > 1 || this.handing) return;
    if (!(await sure(this.sheet, this.#on.left())) || this.handing) return;
    this.#closed = new AbortController();
    const outcome = await handIn(this.saving, this.#closed.signal);
    this.#closed = null;
    if (outcome.refused) sayFault(outcome.refused);
    else if (outcome.gone) this.#on.closed();
    else if ("done" in outcome) this.#on.handedIn(outcome.done);
  }
}
