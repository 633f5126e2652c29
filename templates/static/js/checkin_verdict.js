// The verdict on a ticket by the roster alone; the same order and the same codes as the service's own (rules/door.py).

import { decode, Unreadable } from "/static/js/ticket_code.js";
import { BEGUN, present } from "/static/js/checkin_roster.js";

const NUMBER = /^\d+$/;
// Before check-in and after the end nobody is turned away, for nobody is let in.
const UNDECIDABLE = ["check_in_not_begun", "sitting_ended", "sitting_cancelled"];

// A ticket of our own hand that the roster does not know yet: made after it was fetched.
export const NEWER = "ticket_newer_than_roster";
// The old ticket and the new one bear the same number: whoever typed it must have seen the new one.
export const REPLACED = "ticket_replaced";
export const admissible = (code) => code === "allowed" || code === REPLACED;

export async function judge(text, roster, now) {
  const { seat, code, issue, typed } = await find(text, roster, now);
  const verdict = code ?? mayAdmit(seat, roster, now);
  const replaced = verdict === "allowed" && typed && seat.issue > 1;
  return { code: replaced ? REPLACED : verdict, seat, issue };
}

async function find(text, roster, now) {
  if (NUMBER.test(text)) {
    const seat = roster.seatOfNumber(text);
    return seat ? { seat, typed: true } : { seat: null, code: "ticket_unknown" };
  }
  try {
    return about(await decode(text, roster.ticketKey), roster, now);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { seat: null, code: "ticket_unreadable" };
  }
}

function about(ticket, roster, now) {
  if (ticket.sitting !== roster.sitting) return { seat: null, code: "ticket_other_sitting" };
  if (ticket.expires * 1000 < now) return { seat: null, code: "ticket_expired" };
  const seat = roster.seat(ticket.seat);
  if (!seat) return { seat: null, code: NEWER };
  // Only the server makes tickets, so one with a higher number replaced the one that the roster knows.
  if (ticket.issue < seat.issue) return { seat: null, code: "ticket_reissued" };
  return { seat, issue: ticket.issue };
}

function mayAdmit(seat, roster, now) {
  if (now < roster.time("check_in_from")) return "check_in_not_begun";
  if (now >= roster.time("ends_at")) return "sitting_ended";
  // Whoever was let in before the last entry, and it was taken back since, came in time.
  if (now > roster.time("last_entry_at") && !seat.in_time) return "too_late";
  return present(seat.state) ? "already_admitted" : "allowed";
}

export function colour(code) {
  if (code === "allowed") return "ok";
  return ["already_admitted", NEWER, REPLACED].includes(code) ? "again" : "refuse";
}

export function mayRefuse(code, seat) {
  return Boolean(seat) && !UNDECIDABLE.includes(code) && !BEGUN.includes(seat.state);
}
