// What a tablet keeps at the door. IndexedDB outlives a reload, a closed browser and a killed tab; everything lies under
// the proctor and the sitting, so that nobody sends another's acts. Names lie in the sealed roster only.

const NAME = "peikao-door";
// Asks the browser to answer only when the disk has it, not when the operating system has promised to write it.
const STRICT = { durability: "strict" };
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore("settings", { keyPath: "name" });
      database.createObjectStore("packs", { keyPath: ["person", "sitting"] });
      database.createObjectStore("rooms", { keyPath: ["person", "sitting"] });
      const acts = database.createObjectStore("acts", { keyPath: "order", autoIncrement: true });
      acts.createIndex("room", ["person", "sitting"]);
    };
    request.onsuccess = () => {
      // A newer release must be able to change the store while an old page is still open somewhere.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  return opening;
}

// Runs `work` in one transaction over these stores; the answer comes once everything is on disk.
async function run(stores, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode, STRICT);
    let result;
    work((name) => transaction.objectStore(name), (value) => { result = value; });
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

function reading(store, query) {
  return run([store], "readonly", (place, give) => {
    query(place(store)).onsuccess = (event) => give(event.target.result);
  });
}

// --- settings: the device, the pinned key, the key of the seal, the clock ---

export async function setting(name) {
  return (await reading("settings", (place) => place.get(name)))?.value;
}

export function set(name, value) {
  return run(["settings"], "readwrite", (place) => place("settings").put({ name, value }));
}

export function unset(...names) {
  return run(["settings"], "readwrite", (place) => { for (const name of names) place("settings").delete(name); });
}

// Of two tabs that draw at once, both get what the first one has drawn.
export function drawn(name, value) {
  return run(["settings"], "readwrite", (place, give) => {
    place("settings").get(name).onsuccess = (event) => {
      give(event.target.result?.value ?? value);
      if (!event.target.result) place("settings").put({ name, value });
    };
  });
}

// The ids that this tablet drew, one for each proctor who ever worked on it.
const DEVICES = IDBKeyRange.bound("device:", "device;", false, true);

export async function devices() {
  return (await reading("settings", (place) => place.getAll(DEVICES))).map((row) => row.value);
}

export function forgetDevices() {
  return run(["settings"], "readwrite", (place) => place("settings").delete(DEVICES));
}

// --- rosters ---

export function pack(person, sitting) {
  return reading("packs", (place) => place.get([person, sitting]));
}

export function keepPack(row) {
  return run(["packs"], "readwrite", (place) => place("packs").put(row));
}

export function dropPack(person, sitting) {
  return run(["packs"], "readwrite", (place) => place("packs").delete([person, sitting]));
}

// Every roster of this tablet whose time is over, whoever had fetched it.
export function dropExpired(now) {
  return run(["packs"], "readwrite", (place) => {
    place("packs").openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      if (cursor.value.expires <= now) cursor.delete();
      cursor.continue();
    };
  });
}

export function dropAllPacks() {
  return run(["packs"], "readwrite", (place) => place("packs").clear());
}

// --- the room: what has changed since the roster, the open card, the last decisions, what a person must see to ---

export async function room(person, sitting) {
  const kept = await reading("rooms", (place) => place.get([person, sitting]));
  return { person, sitting, title: "", proctor: "", seats: {}, times: null, recent: [], troubles: [], card: null, ...kept };
}

export function allRooms() {
  return reading("rooms", (place) => place.getAll());
}

export function keepRoom(room) {
  return run(["rooms"], "readwrite", (place) => place("rooms").put(room));
}

// --- acts: what has not reached the server, in its order ---

export async function waiting(person, sitting) {
  const range = IDBKeyRange.only([person, sitting]);
  const found = await reading("acts", (place) => place.index("room").getAll(range));
  return found.sort((one, other) => one.order - other.order);
}

export function allWaiting() {
  return reading("acts", (place) => place.getAll());
}

// An act and what it does to the room reach the disk together or not at all.
export function addAct(act, room) {
  return run(["acts", "rooms"], "readwrite", (place) => {
    place("acts").add(act);
    place("rooms").put(room);
  });
}

export function putActs(acts) {
  return run(["acts"], "readwrite", (place) => { for (const act of acts) place("acts").put(act); });
}

// What the server has answered leaves the queue in the same moment as its answer comes into the room.
export function settle(acts, room) {
  return run(["acts", "rooms"], "readwrite", (place) => {
    for (const act of acts) place("acts").delete(act.order);
    place("rooms").put(room);
  });
}
