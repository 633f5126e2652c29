// The service worker of the proctors' pages: the check-in page opens without a network. It keeps files and page shells,
// never a reply of the API; the service puts SHELL before this text, with the digest of every file that is kept.

/* global SHELL */

const CACHE = `peikao-door-${SHELL.version}`;
const OURS = /^peikao-door-/;
const PAGE = /^\/proctor(\/sittings\/\d+\/check-in)?$/;
const DOOR = /\/check-in$/;
// How long a page waits for a weak signal when an older copy of it is at hand.
const PATIENCE = 3000;

// Set when the service answered with a page of a newer release than the scripts that are kept.
let outdated = false;

async function digest(reply) {
  const hash = await crypto.subtle.digest("SHA-256", await reply.clone().arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A file that an earlier release had already is not fetched again over a weak signal.
async function keep(cache, address, expected) {
  const known = await caches.match(address);
  if (known && (await digest(known)) === expected) return cache.put(address, known);
  const reply = await fetch(address, { cache: "no-store" });
  if (!reply.ok || (await digest(reply)) !== expected) throw new Error(`${address} is not what it should be`);
  return cache.put(address, reply);
}

// Pages of the earlier release: asked for anew, and taken over as they are where that fails.
async function carry(cache) {
  for (const name of (await caches.keys()).filter((one) => OURS.test(one) && one !== CACHE)) {
    const older = await caches.open(name);
    for (const request of await older.keys()) {
      const { pathname } = new URL(request.url);
      if (!PAGE.test(pathname)) continue;
      const fresh = await fetch(pathname, { redirect: "manual" }).catch(() => null);
      await cache.put(pathname, fresh?.ok ? fresh : await older.match(request));
    }
  }
}

async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.entries(SHELL.files).map(([address, expected]) => keep(cache, address, expected)));
  await carry(cache);
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((one) => OURS.test(one) && one !== CACHE).map((one) => caches.delete(one)));
  await self.clients.claim();
}

async function ask(cache, request, address) {
  const reply = await fetch(request);
  if (reply.ok && !reply.redirected) {
    outdated = reply.headers.get("X-Peikao-Shell") !== SHELL.version;
    // The page asks for the newer worker itself, when it registers: a worker that asks while it answers is not replaced.
    await cache.put(address, reply.clone());
  }
  return reply;
}

// The page that brought this worker was loaded without it, and so was the way to it. Answers whether the first is kept.
async function visit(addresses) {
  const cache = await caches.open(CACHE);
  for (const address of addresses.filter((one) => PAGE.test(one))) {
    if (await cache.match(address)) continue;
    const reply = await fetch(address, { redirect: "manual" }).catch(() => null);
    if (reply?.ok) await cache.put(address, reply);
  }
  return Boolean(await cache.match(addresses[0]));
}

const later = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds, null); });

// A session that ended must not take the door away: the page that is kept asks for the password by itself.
const unhelpful = (reply, address) => reply.status >= 500 || (reply.type === "opaqueredirect" && DOOR.test(address));

async function page(event, address) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(address);
  const asked = ask(cache, event.request, address);
  event.waitUntil(asked.catch(() => null));
  if (!kept) return asked;
  const reply = await Promise.race([asked.catch(() => null), later(PATIENCE)]);
  return reply && !unhelpful(reply, address) ? reply : kept;
}

async function file(event, address) {
  const client = await self.clients.get(event.clientId);
  // The board shares some of these files, but not the promise that they are of the page's own release.
  if (!client || !PAGE.test(new URL(client.url).pathname)) return fetch(event.request);
  const kept = await caches.match(address, { cacheName: CACHE });
  if (kept && !outdated) return kept;
  return fetch(event.request).catch((error) => {
    if (kept) return kept;
    throw error;
  });
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  const [port] = event.ports;
  event.waitUntil(visit(event.data.keep).then((kept) => port.postMessage(kept)));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(event, pathname));
  else if (Object.hasOwn(SHELL.files, pathname)) event.respondWith(file(event, pathname));
});
