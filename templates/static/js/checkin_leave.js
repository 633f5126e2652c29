// Signing out, or being shut out: no roster and no page of the door stays on this tablet. What has not been delivered stays, for its proctor.

import * as store from "/static/js/checkin_store.js";

const PAGES = /^\/proctor/;
const SHELLS = /^peikao-door-/;

async function dropPages() {
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (!SHELLS.test(name)) continue;
    const cache = await caches.open(name);
    const pages = (await cache.keys()).filter((request) => PAGES.test(new URL(request.url).pathname));
    await Promise.all(pages.map((request) => cache.delete(request)));
  }
}

// How many acts of this proctor would wait on this tablet until they sign in again.
export async function waiting(person) {
  return (await store.allWaiting()).filter((act) => act.person === person).length;
}

export async function leave() {
  await store.dropAllPacks();
  await dropPages();
}
