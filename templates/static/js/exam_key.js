// The key of this browser: what it had to queue while the network was away is signed, so that it can be told later
// whether the queue is this machine's own. The private half cannot be taken out of the browser, not even by us.

import { nonce } from "/static/js/day_link.js";
import * as store from "/static/js/exam_store.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const encoder = new TextEncoder();

// Without HTTPS a browser has no WebCrypto; then there is no key and signatures are empty.
const able = () => Boolean(globalThis.crypto?.subtle);

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

// The key pair kept for a ticket, made when there is none yet; null where the browser cannot.
export async function keyOf(ticket) {
  if (!able()) return null;
  try {
    const kept = (await store.desk(ticket)).key;
    if (kept) return kept;
    const key = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
    await store.remember(ticket, { key });
    return key;
  } catch {
    return null;
  }
}

// What this browser drew by lot for a ticket before it first asked. Where the answer was lost on the way, the same word
// again tells the server that it is no other machine. A browser that keeps nothing keeps it as long as the page lives.
const drawn = new Map();

export async function deviceKeyOf(ticket) {
  const desk = await store.desk(ticket).catch(() => ({}));
  const device = desk.device ?? drawn.get(ticket) ?? nonce();
  drawn.set(ticket, device);
  if (!desk.device) await store.remember(ticket, { device }).catch(() => {});
  return device;
}

// The public half as the server wants it: SPKI, base64.
export async function shown(key) {
  return key ? base64(await crypto.subtle.exportKey("spki", key.publicKey)) : undefined;
}

// The version of what is signed: the second one names the form that the page shows. A rehearsal has none to name.
export const VERSION = 2;

export function signedText(ticket, entry) {
  const head = entry.paper ? [`peikao-answer-v${VERSION}`, entry.paper] : ["peikao-answer-v1"];
  const flagged = entry.flagged ? 1 : 0;
  return [...head, ticket, entry.position, entry.choice, flagged, entry.seq, entry.made_at].join("\n");
}

// base64 of r‖s, or nothing where there is no key.
export async function sign(key, ticket, entry) {
  if (!key) return "";
  try {
    return base64(await crypto.subtle.sign(SIGNING, key.privateKey, encoder.encode(signedText(ticket, entry))));
  } catch {
    return "";
  }
}
