// The sitting's roster on this tablet: signed by the server, verified by a key that was pinned at first use, and sealed
// on the disk under a key that cannot be taken out of this browser. Gone as soon as its time is over.

import { call } from "/static/js/api.js";
import { nonce } from "/static/js/day_link.js";
import * as clock from "/static/js/checkin_clock.js";
import * as store from "/static/js/checkin_store.js";
import { publicKey } from "/static/js/ticket_code.js";

const VERSION = 1;
const HEADER = { alg: "ES256", typ: "peikao-pack" };
const ES256 = { name: "ECDSA", hash: "SHA-256" };
const SEAL = { name: "AES-GCM", length: 256 };
// Photographs of a whole room over a weak signal take their time.
const PATIENCE = 45000;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

// `message` is the code of what is wrong with a roster: key, signature, other, expired.
export class PackFault extends Error {}

// Without HTTPS a browser has no WebCrypto: then there is no roster, and every ticket is looked up by the server.
export const able = () => Boolean(globalThis.crypto?.subtle);

function bytesOf(text) {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

const sameKey = (one, other) => one.x === other.x && one.y === other.y && one.crv === other.crv;

// A compact JWS (RFC 7515): its payload, or a fault.
async function verified(token, jwk) {
  const [head, body, signature, ...more] = token.split(".");
  if (more.length || signature === undefined) throw new PackFault("signature");
  const header = JSON.parse(decoder.decode(bytesOf(head)));
  if (header.alg !== HEADER.alg || header.typ !== HEADER.typ) throw new PackFault("signature");
  const key = await publicKey(jwk);
  const sound = await crypto.subtle.verify(ES256, key, bytesOf(signature), encoder.encode(`${head}.${body}`));
  if (!sound) throw new PackFault("signature");
  return JSON.parse(decoder.decode(bytesOf(body)));
}

function belongs(payload, { sitting, device }) {
  if (payload.v !== VERSION || payload.sitting_id !== sitting || payload.device !== device) throw new PackFault("other");
  if (Date.parse(payload.expires_at) <= clock.now()) throw new PackFault("expired");
  return payload;
}

function deviceName(person) {
  return `device:${person}`;
}

// Each proctor has an id of their own on a tablet, drawn once until it is forgotten: the server lets nobody use another's.
export async function deviceOf(person) {
  return (await store.setting(deviceName(person))) ?? store.drawn(deviceName(person), nonce());
}

// The id that was drawn, where one was.
export const knownDevice = (person) => store.setting(deviceName(person));

export const nameOfTablet = async () => (await store.setting("name")) ?? "";
export const renameTablet = (name) => store.set("name", name.trim());

async function sealKey() {
  const kept = await store.setting("seal");
  return kept ?? store.drawn("seal", await crypto.subtle.generateKey(SEAL, false, ["encrypt", "decrypt"]));
}

const boundTo = ({ person, sitting, device }) => encoder.encode(`${person}/${sitting}/${device}`);

async function seal(place, token) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: SEAL.name, iv, additionalData: boundTo(place) };
  return { iv, sealed: await crypto.subtle.encrypt(how, await sealKey(), encoder.encode(token)) };
}

async function unseal(place, { iv, sealed }) {
  const how = { name: SEAL.name, iv, additionalData: boundTo(place) };
  return decoder.decode(await crypto.subtle.decrypt(how, await sealKey(), sealed));
}

async function ready(payload, fetched) {
  return { payload, fetched, ticketKey: await publicKey(payload.ticket_key) };
}

// Fetches the roster of `place` {person, sitting, device}; this also enrols the tablet with the server.
export async function fetchPack(place) {
  const query = new URLSearchParams({ device: place.device, name: await nameOfTablet() });
  const askedAt = performance.now();
  const address = `/api/v1/sittings/${place.sitting}/pack?${query}`;
  const reply = await call("GET", address, undefined, { signal: AbortSignal.timeout(PATIENCE) });
  if (!able()) return null;

  const pinned = await store.setting("pin");
  if (pinned && !sameKey(pinned, reply.key)) throw new PackFault("key");
  const payload = await verified(reply.pack, pinned ?? reply.key);
  await clock.hear(payload.server_now, askedAt);
  belongs(payload, place);
  if (!pinned) await store.set("pin", reply.key);

  const row = { person: place.person, sitting: place.sitting, fetched: clock.now(), expires: Date.parse(payload.expires_at) };
  await store.keepPack({ ...row, ...(await seal(place, reply.pack)) });
  return ready(payload, row.fetched);
}

// The roster that this tablet has, verified anew, or null; one that is not to be used is gone afterwards.
export async function keptPack(place) {
  if (!able()) return null;
  await store.dropExpired(clock.now());
  const row = await store.pack(place.person, place.sitting);
  if (!row) return null;
  try {
    const payload = await verified(await unseal(place, row), await store.setting("pin"));
    return await ready(belongs(payload, place), row.fetched);
  } catch {
    await store.dropPack(place.person, place.sitting);
    return null;
  }
}

// Everything a stranger could read or forge by: the rosters, their seal, and the pinned key; and the ids, so that a tablet
// that was shut out and found can enrol anew. Only when every act was delivered: the server knows them by those ids.
export async function forgetEverything() {
  await store.dropAllPacks();
  await store.forgetDevices();
  await store.unset("pin", "seal");
}
