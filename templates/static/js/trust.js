// What this browser allows this page: all of it depends on the connection being secure, and trusted.

const words = JSON.parse(document.getElementById("trust-words").textContent);

// A warning that somebody clicked away leaves the service worker in place and makes its registration fail.
async function worker() {
  if (!("serviceWorker" in navigator)) return false;
  try {
    const registered = await navigator.serviceWorker.register("/static/js/trust_worker.js", { scope: "/static/js/" });
    await registered.unregister();
    return true;
  } catch {
    return false;
  }
}

function show(name, there) {
  const shown = document.createElement("span");
  shown.className = `state state-${there ? "ok" : "bad"}`;
  shown.textContent = there ? words.available : words.missing;
  document.querySelector(`[data-check="${name}"]`).replaceChildren(shown);
}

const found = {
  secure: window.isSecureContext,
  camera: Boolean(navigator.mediaDevices?.getUserMedia),
  worker: await worker(),
  crypto: Boolean(window.crypto?.subtle),
};
for (const [name, there] of Object.entries(found)) show(name, there);

const ready = Object.values(found).every(Boolean);
const result = document.querySelector("[data-result]");
result.textContent = ready ? words.ready : words.not_ready;
result.className = ready ? "hint" : "notice";
result.hidden = false;
