// One window of an exam is the active one: the one that was opened, or claimed, last. Two would count their changes
// against each other; the server would refuse one of them, but its candidate would have worked for nothing.

// Date.now, for it orders the windows of one machine among themselves, and of no other.
const mine = { at: 0, id: Math.random() };
const channel = globalThis.BroadcastChannel ? new BroadcastChannel("peikao.exam") : null;
let lost = () => {};

const newer = (other) => other.at > mine.at || (other.at === mine.at && other.id > mine.id);

channel?.addEventListener("message", ({ data }) => {
  if (data.id === mine.id) return;
  if (newer(data)) lost();
  // A window that woke up with an old claim hears that it is not the active one.
  else if (mine.at) channel.postMessage({ ...mine });
});

// `onLost` is called when another window has become the active one; a new claim comes with a reload.
export function claim(onLost) {
  mine.at = Date.now();
  lost = () => {
    lost = () => {};
    mine.at = 0;
    onLost();
  };
  channel?.postMessage({ ...mine });
}
