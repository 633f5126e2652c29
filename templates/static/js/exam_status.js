// How saving stands, told on the bar, on the last page and, where the server refuses, in its own words.

import { words } from "/static/js/day_words.js";
import { passing, unable } from "/static/js/exam_link.js";
import { notice } from "/static/js/exam_notices.js";
import { showUnsaved } from "/static/js/exam_review.js";
import { showSaved } from "/static/js/exam_screens.js";

export class Status {
  // Whether the server cannot be reached at present, or answers that it can do nothing just now.
  away = false;
  unable = false;
  #savedAt = "";
  #refusal = "";

  show(paper) {
    if (!paper) return;
    const { state, unsent } = paper.saving;
    const quiet = this.unable ? "unable_quiet" : this.away ? "away" : "saved";
    showSaved(state === "saved" ? quiet : state, unsent.size, this.#savedAt);
    showUnsaved(unsent.size);
  }

  saved(instant) {
    this.#savedAt = instant;
    this.#refusal = "";
    this.back();
  }

  // No reply, or none that helps; what is to be said of it.
  lose(error) {
    this.unable = unable(error);
    this.away = passing(error) && !this.unable;
    if (this.unable) return words.server_unable;
    return this.away ? words.network_waiting : error.message;
  }

  back() {
    this.away = false;
    this.unable = false;
  }

  // The same refusal again and again is told once.
  refuse(error) {
    if (this.#refusal === error.message) return;
    this.#refusal = error.message;
    notice(error.message, { kind: "warning" });
  }
}
