// What the panels of the dialog mean: from the fields of a panel to an act, or to the sentence that says what is missing.

import { words, fill } from "/static/js/day_words.js";
import { cut, named, titled } from "/static/js/board_card.js";

const { sitting } = document.querySelector("[data-sitting]").dataset;
const ROOM = `/api/v1/sittings/${sitting}`;
const seatPath = (seat) => `/api/v1/sittings/seats/${seat.seat_id}`;
const shown = (board, seat) => board.seats.find((one) => one.seat_id === seat?.seat_id);
const whom = (seat) => (seat ? titled(seat) : words.whole_room);
const key = (kind, seat) => `${kind}:${seat ? seat.seat_id : "room"}`;
const about = (seat, body) => (seat ? { ...body, seat_id: seat.seat_id } : body);
const OVER = ["handed_in", "terminated"];

// A written reason goes before a chosen one: who writes means it.
function reasonOf(form) {
  return form.elements.text.value.trim() || form.querySelector("[name=preset]:checked")?.value || "";
}

function told(kind, seat, values = {}) {
  const filled = { whom: whom(seat), ...values };
  return { told: fill(words.told[kind], filled), what: fill(words.what[kind], filled) };
}

function pause(form, seat) {
  const reason = reasonOf(form);
  if (reason.length < 2) return words.write_reason;
  const seen = (board) => (seat ? shown(board, seat).paused : board.paused_at !== null);
  const body = about(seat, { reason });
  return { key: key("pause", seat), path: `${ROOM}/pause`, body, seen, ...told("pause", seat) };
}

function resume(_, seat) {
  const seen = (board) => (seat ? !shown(board, seat).paused : board.paused_at === null);
  const body = about(seat, {});
  return { key: key("resume", seat), path: `${ROOM}/resumption`, body, seen, ...told("resume", seat) };
}

function extra(form, seat) {
  const minutes = Number(form.querySelector("[name=minutes]:checked")?.value);
  const reason = reasonOf(form);
  if (!minutes) return words.choose_minutes;
  if (reason.length < 2) return words.write_reason;
  const given = (board) => (seat ? shown(board, seat) : board).extra_minutes;
  const seen = (board, before) => given(board) >= before + minutes;
  const said = told("extra", seat, { n: minutes });
  const body = about(seat, { minutes, reason });
  return { key: key("extra", seat), path: `${ROOM}/extra-time`, body, note: given, seen, adds: true, ...said };
}

function compensate(_, seat) {
  const seen = (board) => shown(board, seat).proposed_seconds === 0;
  const said = told("compensate", seat, { n: Math.round(seat.proposed_seconds / 60) });
  return { key: key("compensate", seat), path: `${seatPath(seat)}/compensation`, body: {}, seen, ...said };
}

function message(form, seat) {
  const text = form.elements.text.value.trim();
  if (text.length < 2) return words.write_message;
  const mine = (one) => one.text === text && one.seat_id === (seat?.seat_id ?? null);
  const count = (board) => board.messages.filter(mine).length;
  const seen = (board, before) => count(board) > before;
  const body = about(seat, { text });
  const said = told("message", seat);
  return { key: key("message", seat), path: `${ROOM}/messages`, body, note: count, seen, adds: true, ...said };
}

function recheck(form, seat) {
  const outcome = form.querySelector("[name=outcome]:checked")?.value;
  const note = form.elements.text.value.trim();
  if (!outcome) return words.choose_outcome;
  if (outcome === "doubtful" && note.length < 2) return words.write_doubt;
  const seen = (board) => Boolean(shown(board, seat).rechecked);
  const body = { outcome, note };
  return { key: key("recheck", seat), path: `${seatPath(seat)}/recheck`, body, seen, ...told("recheck", seat) };
}

function incident(form, seat) {
  const kind = form.querySelector("fieldset:not(:disabled) [name=kind]:checked")?.value;
  const text = form.elements.text.value.trim();
  if (!kind) return words.choose_kind;
  if (text.length < 2) return words.write_incident;
  const mine = (one) => one.text === text && one.kind === kind && one.seat_id === (seat?.seat_id ?? null);
  const found = (board) => board.incidents.filter(mine);
  const seen = (board, before) => found(board).length > before;
  // "Other" is found in every branch, so the branch that was chosen goes with it.
  const cause = form.querySelector("[name=cause]:checked")?.value;
  const body = about(seat, { kind, cause, text });
  return {
    key: key("incident", seat), path: `${ROOM}/incidents`, body, note: (board) => found(board).length, seen,
    adds: true, made: (board) => found(board)[0]?.id, ...told("incident", seat),
  };
}

function release(form, seat) {
  const reason = reasonOf(form);
  if (reason.length < 2) return words.write_reason;
  // Whether another machine may be bound cannot be seen on the board; a lock that is gone can.
  const seen = (board) => (seat.locked ? !shown(board, seat).locked : null);
  const body = { reason };
  return { key: key("release", seat), path: `${seatPath(seat)}/release`, body, seen, ...told("release", seat) };
}

function collect(_, seat) {
  const seen = (board) => OVER.includes(shown(board, seat).state);
  // What a machine still keeps arrives after the hand-in, and is then for people to decide.
  const unsent = seat.waiting > 0 || cut(seat) ? `${words.collect_unsent} ` : "";
  const questions = [fill(words.collect, named(seat)), unsent + fill(words.collect_sure, named(seat))];
  return { key: key("collect", seat), path: `${seatPath(seat)}/collection`, seen, questions, ...told("collect", seat) };
}

function terminate(form, seat) {
  const chosen = form.querySelector("fieldset:not(:disabled) [name=kind]:checked");
  const note = form.elements.text.value.trim();
  if (!chosen) return words.choose_kind;
  if (note.length < 2) return words.write_incident;
  const seen = (board) => shown(board, seat).state === "terminated";
  const values = { ...named(seat), reason: chosen.dataset.word };
  const questions = [fill(words.terminate, values), fill(words.terminate_sure, values)];
  return {
    key: key("terminate", seat), path: `${seatPath(seat)}/termination`, body: { kind: chosen.value, note }, seen,
    questions, ...told("terminate", seat),
  };
}

export const FORMS = { pause, resume, extra, compensate, message, recheck, incident, release, collect, terminate };
