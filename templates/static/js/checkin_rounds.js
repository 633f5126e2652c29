// Sends what waits at every sitting of a proctor, from a page that is not the door's own: a turn for each sitting, and
// none where its check-in page is open in another window, for that one sends by itself.

import { Door } from "/static/js/checkin_door.js";
import { Queue } from "/static/js/checkin_queue.js";
import * as pack from "/static/js/checkin_pack.js";
import * as store from "/static/js/checkin_store.js";

const nothing = () => undefined;
const SILENT = { onCard: nothing, onDone: nothing, onAnswered: nothing, onShutOut: nothing, onChange: nothing };

// Asking for the roster is what makes a tablet known to the server.
async function enrol(place) {
  try {
    await pack.fetchPack(place);
    return true;
  } catch {
    return false;
  }
}

async function attempt(place) {
  const room = await store.room(place.person, place.sitting);
  const door = new Door(room, SILENT);
  const queue = new Queue(place, room, {
    onChange: nothing,
    onSignedOut: nothing,
    onOutcomes: (...told) => door.takeOutcomes(...told),
    onUnknownTablet: () => enrol(place),
  });
  door.connect(queue);
  try {
    await queue.send();
    return { state: queue.state, reason: queue.reason };
  } finally {
    queue.close();
  }
}

function turn(place) {
  const name = `peikao-door/${place.person}/${place.sitting}`;
  if (!navigator.locks) return attempt(place);
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? attempt(place) : { state: "elsewhere", reason: "" }));
}

// What became of these sittings' acts: {state, reason} by sitting; the states are the queue's, or elsewhere.
export async function sendAll(person, sittings) {
  const device = await pack.deviceOf(person);
  const found = new Map();
  for (const sitting of sittings) found.set(sitting, await turn({ person, sitting, device }));
  return found;
}
