// Talking over a shaky network: every call ends, every failure is either the network's or the service's answer.

import { call, Problem } from "/static/js/api.js";

const PATIENCE = 8000;

export function ask(method, path, body) {
  return call(method, path, body, { signal: AbortSignal.timeout(PATIENCE) });
}

// Worth trying again: no answer at all, a proxy's error page, or a server that is not well right now.
export function passing(error) {
  return !(error instanceof Problem) || error.status >= 500 || error.status === 429;
}

// The network is there and the service answers, but cannot save or serve just now: a full disk, a database that is away.
export function unable(error) {
  return error instanceof Problem && error.status >= 500;
}

// Asks again and again; after failures it waits longer, so that a weak network is not drowned in attempts.
export function poll(question, { every, slowest, onAnswer, onFailure }) {
  let failures = 0;
  let timer = 0;
  let turn = 0;

  async function next() {
    clearTimeout(timer);
    turn += 1;
    const mine = turn;
    let answer;
    let error;
    try {
      answer = await question();
    } catch (caught) {
      error = caught;
    }
    if (mine !== turn) return;
    failures = error ? failures + 1 : 0;
    timer = setTimeout(next, Math.min(every * 2 ** failures, Math.max(every, slowest)));
    if (error) onFailure(error);
    else onAnswer(answer);
  }

  function stop() {
    turn += 1;
    clearTimeout(timer);
    window.removeEventListener("online", next);
    document.removeEventListener("visibilitychange", seen);
  }

  // A hidden page's timers may have been put off.
  const seen = () => { if (!document.hidden) next(); };
  window.addEventListener("online", next);
  document.addEventListener("visibilitychange", seen);
  next();
  return { now: next, stop };
}

// randomUUID exists in secure contexts only, and an exam room may have no certificate.
export function nonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
