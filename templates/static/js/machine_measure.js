// What a machine can find out about itself. Every measure is taken several times, and the one in the middle counts.

import { call } from "./api.js";

const CLOCKS = 5;
const SAVES = 7;
// As far as the service counts (shapes/places.py): a clock or a save that is further off stands at the limit.
const FARTHEST = 2_000_000_000;
const PROBE = "peikao-machine-check";

export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

const within = (milliseconds) => Math.round(Math.min(FARTHEST, Math.max(-FARTHEST, milliseconds)));

// How far this machine's clock is ahead of the server's, in milliseconds: against the middle of each round trip.
export async function drift(onStep) {
  const found = [];
  for (let round = 1; round <= CLOCKS; round += 1) {
    onStep(round, CLOCKS);
    const sent = performance.now();
    const { now } = await call("GET", "/api/v1/machine-clock");
    const arrived = Date.now();
    found.push(arrived - (performance.now() - sent) / 2 - Date.parse(now));
  }
  return within(median(found));
}

// How long a save takes from here until the server says that it is on disk. The first one also opens the connection.
export async function saving(room, machine, onStep) {
  const found = [];
  for (let round = 0; round <= SAVES; round += 1) {
    if (round) onStep(round, SAVES);
    const sent = performance.now();
    await call("POST", `/api/v1/rooms/${room}/machine-trials`, { machine });
    if (round) found.push(performance.now() - sent);
  }
  return within(median(found));
}

// Who draws the pages: brands say it honestly where a browser tells them, else the words of the user agent.
const AGENTS = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, "Edge", "chromium"],
  [/OPR\/(\d+)/, "Opera", "chromium"],
  [/Firefox\/(\d+)/, "Firefox", "firefox"],
  [/(?:Chrome|CriOS)\/(\d+)/, "Chrome", "chromium"],
  [/Version\/(\d+)[\d.]* .*Safari/, "Safari", "safari"],
];

export function browser(agent = navigator.userAgent, unknown = "?") {
  const safe = /SEB\/[\d.]+/.exec(agent)?.[0];
  for (const [pattern, name, engine] of AGENTS) {
    const match = pattern.exec(agent);
    if (!match) continue;
    // What counts is the version of the engine, and Edge and Opera number themselves.
    const drawn = engine === "chromium" ? /(?:Chrome|CriOS)\/(\d+)/.exec(agent) ?? match : match;
    return { browser: [safe, `${name} ${match[1]}`].filter(Boolean).join(" · "), engine, version: Number(drawn[1]) };
  }
  return { browser: safe ?? unknown, engine: "other", version: 0 };
}

// Whether this browser keeps what the network will not take: a row is written, read again and thrown away.
export function store() {
  return new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(PROBE, 1);
    } catch {
      resolve(false);
      return;
    }
    request.onupgradeneeded = () => request.result.createObjectStore("probe");
    request.onerror = request.onblocked = () => resolve(false);
    request.onsuccess = () => {
      const database = request.result;
      const transaction = database.transaction("probe", "readwrite");
      let kept = false;
      transaction.objectStore("probe").put("kept", "key");
      transaction.objectStore("probe").get("key").onsuccess = (event) => { kept = event.target.result === "kept"; };
      transaction.oncomplete = () => { database.close(); indexedDB.deleteDatabase(PROBE); resolve(kept); };
      transaction.onerror = transaction.onabort = () => { database.close(); resolve(false); };
    };
  });
}

export const secure = () => window.isSecureContext && Boolean(globalThis.crypto?.subtle);

// A kiosk or the Safe Exam Browser shows nothing else anyway.
export const fullScreen = () => Boolean(document.fullscreenEnabled) || matchMedia("(display-mode: fullscreen)").matches
  || /SEB\//.test(navigator.userAgent);

export async function camera() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const live = stream.getVideoTracks().some((track) => track.readyState === "live");
    for (const track of stream.getTracks()) track.stop();
    return live;
  } catch {
    return false;
  }
}
