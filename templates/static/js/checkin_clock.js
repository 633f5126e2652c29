// The server's time on a tablet without a network. It is heard with every reply, counted on by the monotonic timer, and
// kept as a difference to the tablet's own clock, so that it survives a reload.

import * as store from "/static/js/checkin_store.js";

// A tablet that slept has a monotonic timer that slept too; a jump of its clock by more than this is taken for sleep.
const SLEPT = 2000;
let base = null;

function set(server) {
  base = { server, wall: Date.now(), ticks: performance.now() };
}

export const known = () => base !== null;

// Milliseconds since 1970 by the server; a clock that was set back changes nothing.
export function now() {
  if (!base) return Date.now();
  const ticks = performance.now() - base.ticks;
  const wall = Date.now() - base.wall;
  return base.server + (wall > ticks + SLEPT ? wall : ticks);
}

export const instant = () => new Date(now()).toISOString();

// Half the way there and back is how old the server's word is when it arrives.
export async function hear(said, askedAt) {
  set(Date.parse(said) + (performance.now() - askedAt) / 2);
  await store.set("clock", { ahead: base.server - base.wall, heard: base.server });
}

export async function restore() {
  const kept = await store.setting("clock");
  if (kept) set(Math.max(Date.now() + kept.ahead, kept.heard));
}
