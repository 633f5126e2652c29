// How saving stands, told on the bar, on the last page and, where the server refuses, in its own words.

import { notice } from "/static/js/exam_notices.js";
import { showUnsaved } from "/static/js/exam_review.js";
import { showSaved } from "/static/js/exam_screens.js";

export class Status {
  // Whether the server cannot be reached at present.
  away = false;
  #savedAt = "";
  #refusal = "";

  show(paper) {
    if (!paper) return;
    const { state, unsent } = paper.saving;
    showSaved(state === "saved" && this.away ? "away" : state, unsent.size, this.#savedAt);
    showUnsaved(unsent.size);
  }

  saved(instant) {
    this.#savedAt = instant;
    this.#refusal = "";
    this.away = false;
  }

  // The same refusal again and again is told once.
  refuse(error) {
    if (this.#refusal === error.message) return;
    this.#refusal = error.message;
    notice(error.message, { kind: "warning" });
  }
}
