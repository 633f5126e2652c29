// The server's time on a tablet without a network. It is heard with every reply, counted on by the monotonic timer, and
// kept as a difference to the tablet's own clock, so that it survives a reload.

import * as store from "/static/js/checkin_store.js";
import { Sleep } from "/static/js/sleep.js";

const LOOK_EVERY = 1000;
const sleep = new Sleep();
let base = null;

function set(server) {
  base = { server, wall: Date.now(), ticks: performance.now() };
  sleep.begin();
}

export const known = () => base !== null;

// Milliseconds since 1970 by the server; a clock that was set back changes nothing.
export function now() {
  if (!base) return Date.now();
  return base.server + performance.now() - base.ticks + sleep.slept;
}

export const instant = () => new Date(now()).toISOString();

// Half the way there and back is how old the server's word is when it arrives. A reply that the tablet slept over is
// older than that: acts would be told as earlier than they were, so it is left to the next one.
export async function hear(said, askedAt) {
  if (known() && sleep.after(askedAt)) return;
  set(Date.parse(said) + (performance.now() - askedAt) / 2);
  await store.set("clock", { ahead: base.server - base.wall, heard: base.server });
}

export async function restore() {
  const kept = await store.setting("clock");
  if (kept) set(Math.max(Date.now() + kept.ahead, kept.heard));
}

setInterval(() => sleep.woke(), LOOK_EVERY);
