// The room as other tablets and the board have left it, read again and again while there is a network.

import { ask, passing, poll } from "/static/js/day_link.js";
import * as clock from "/static/js/checkin_clock.js";

const EVERY = 15000;
const SLOWEST = 30000;

// `onBoard(board, askedAt)` is told of every reading, `onLost({kind, reason})` of every failure.
export function watchBoard(sitting, { onBoard, onLost }) {
  let askedAt = 0;
  const read = () => {
    askedAt = performance.now();
    return ask("GET", `/api/v1/sittings/${sitting}/board`);
  };
  return poll(read, {
    every: EVERY,
    slowest: SLOWEST,
    async onAnswer(board) {
      await clock.hear(board.now, askedAt);
      await onBoard(board, askedAt);
    },
    onFailure(error) {
      const kind = error.status === 401 ? "signed_out" : "shut";
      onLost(passing(error) ? { kind: "away" } : { kind, reason: error.message });
    },
  });
}
