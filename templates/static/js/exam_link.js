// Talking to the service during an exam: the token of the session in every address, and the proof of the Safe Exam
// Browser where that is the browser.

import { call } from "/static/js/api.js";

export { passing, unable, nonce } from "/static/js/day_link.js";

const PATIENCE = 8000;
const FILE_PATIENCE = 30000;
const SEB_PATIENCE = 3000;
const KEPT = "peikao.exam";

// What the tab knows of the session; a reload must not lose it. A browser may refuse storage.
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export const session = { token: new URLSearchParams(location.search).get("t") ?? "", ...read() };

export function keepSession(changes) {
  Object.assign(session, changes);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(session));
  } catch {
    // The session then ends with this page.
  }
}

export function dropSession() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // There was none.
  }
}

export function addressed(path, token = session.token) {
  return token ? `${path}${path.includes("?") ? "&" : "?"}t=${encodeURIComponent(token)}` : path;
}

const seb = () => globalThis.SafeExamBrowser?.security;

// Newer versions hand the proof to scripts only, hashed over the address of the page; asked for once per page.
let updated = null;

function update() {
  updated ??= new Promise((resolve) => {
    setTimeout(resolve, SEB_PATIENCE);
    seb().updateKeys(() => resolve());
  });
  return updated;
}

async function proof() {
  if (!seb()?.updateKeys) return {};
  await update();
  const page = location.href.split("#")[0];
  return { "X-Peikao-Seb-Config-Key-Hash": seb().configKey ?? "", "X-Peikao-Seb-Url": page };
}

// A file instead of JSON, with the same proof.
export async function askFile(path) {
  const headers = await proof();
  const reply = await fetch(addressed(path), { credentials: "same-origin", signal: AbortSignal.timeout(FILE_PATIENCE), headers });
  if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
  return reply.blob();
}

export async function ask(method, path, body) {
  const headers = await proof();
  return call(method, addressed(path), body, { signal: AbortSignal.timeout(PATIENCE), headers });
}
