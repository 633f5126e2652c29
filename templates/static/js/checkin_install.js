// Makes the page one that opens without a network, asks the browser to keep what it stores, and lets only one window of
// it work at a time: two would each know half of what was decided here.

const WORKER = "/proctor/worker.js";
const HOME = "/proctor";
const PATIENCE = 1500;

function kept(worker, pages) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    worker.postMessage({ keep: pages }, [port2]);
  });
}

// Whether the first of these pages opens without a network from now on; without a worker a page works only as long as it
// stays open.
export async function install(pages = [location.pathname, HOME]) {
  if (!navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register(WORKER, { scope: HOME, updateViaCache: "none" });
    await navigator.storage?.persist?.();
  } catch {
    // No signal, or a browser that forbids it; a worker of an earlier visit does as well.
  }
  const registration = await navigator.serviceWorker.getRegistration(HOME);
  if (!registration) return false;
  const { active } = await navigator.serviceWorker.ready;
  return kept(active, pages);
}

// Resolves once this is the only window; meanwhile `dialog` offers to take over from the other one. A window that was
// taken over from starts anew: what it knew is no longer the newest.
export function alone(name, dialog) {
  if (!navigator.locks) return Promise.resolve();
  const waiting = new AbortController();
  const timer = setTimeout(() => dialog.showModal(), PATIENCE);
  dialog.querySelector("button").addEventListener("click", () => waiting.abort(), { once: true });
  return new Promise((resolve) => {
    // Held until this window goes away or another one takes it.
    const held = () => new Promise(() => {
      clearTimeout(timer);
      dialog.close();
      resolve();
    });
    navigator.locks.request(name, { signal: waiting.signal }, held).catch(() => {
      if (waiting.signal.aborted) navigator.locks.request(name, { steal: true }, held).catch(() => location.reload());
      else location.reload();
    });
  });
}
