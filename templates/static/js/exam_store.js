// What this machine keeps of an exam until the server has it. IndexedDB outlives a reload, a crash and a power cut;
// everything lies under the ticket's number, so that the next candidate at this machine inherits nothing.

const NAME = "peikao-exam";
// Asks the browser to answer only when the disk has it, not when the operating system has promised to write it.
const STRICT = { durability: "strict" };
const LAST = [Infinity];
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("desks", { keyPath: "ticket" });
      request.result.createObjectStore("answers", { keyPath: ["ticket", "position"] });
      request.result.createObjectStore("leavings", { keyPath: ["ticket", "nonce"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  return opening;
}

// Runs `work` in one transaction and answers with its result once that is on disk.
async function run(store, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, STRICT);
    let result;
    work(transaction.objectStore(store), (value) => { result = value; });
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

function reading(store, query) {
  return run(store, "readonly", (place, give) => {
    query(place).onsuccess = (event) => give(event.target.result);
  });
}

const mine = (ticket) => IDBKeyRange.bound([ticket], [ticket, LAST]);

// Whether this browser keeps anything at all; one that refuses still saves to the server while there is a network.
export async function durable() {
  try {
    await open();
    return true;
  } catch {
    return false;
  }
}

// --- desks: the key of this browser, and what the candidate has chosen for the eyes and ears ---

export async function desk(ticket) {
  return (await reading("desks", (place) => place.get(ticket))) ?? { ticket };
}

export function remember(ticket, changes) {
  return run("desks", "readwrite", (place) => {
    place.get(ticket).onsuccess = (event) => place.put({ ...event.target.result, ...changes, ticket });
  });
}

// --- answers: the newest change of each item that the server has not acknowledged ---

export async function queued(ticket) {
  const found = await reading("answers", (place) => place.getAll(mine(ticket)));
  return found.sort((one, other) => one.order - other.order);
}

export function keep(ticket, entry) {
  return run("answers", "readwrite", (place) => place.put({ ...entry, ticket }));
}

// Only what was acknowledged goes: a newer change of the same item stays.
export function release(ticket, position, seq) {
  return run("answers", "readwrite", (place) => {
    place.get([ticket, position]).onsuccess = (event) => {
      if (event.target.result && event.target.result.seq <= seq) place.delete([ticket, position]);
    };
  });
}

export function forgetAnswers(ticket) {
  return run("answers", "readwrite", (place) => place.delete(mine(ticket)));
}

// Tickets of earlier candidates whose last changes never left this machine, with their number.
export async function leftover() {
  const counts = new Map();
  for (const { ticket } of await reading("answers", (place) => place.getAll())) {
    counts.set(ticket, (counts.get(ticket) ?? 0) + 1);
  }
  return counts;
}

// --- leavings of the window that the server has not heard of ---

export function leavings(ticket) {
  return reading("leavings", (place) => place.getAll(mine(ticket)));
}

export function keepLeaving(ticket, leaving) {
  return run("leavings", "readwrite", (place) => place.put({ ...leaving, ticket }));
}

export function releaseLeavings(ticket, nonces) {
  return run("leavings", "readwrite", (place) => {
    for (const nonce of nonces) place.delete([ticket, nonce]);
  });
}

// After a delivered exam nothing of it stays behind on a machine that others will use.
export async function forget(ticket) {
  await run("answers", "readwrite", (place) => place.delete(mine(ticket)));
  await run("leavings", "readwrite", (place) => place.delete(mine(ticket)));
  await run("desks", "readwrite", (place) => place.delete(ticket));
}
