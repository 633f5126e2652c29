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

export async function leave() {
  await store.dropAllPacks();
  await dropPages();
}
