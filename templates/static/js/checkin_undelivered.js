// What lies on this tablet and has not reached the server, whoever did it and at whichever sitting.

import * as store from "/static/js/checkin_store.js";

// A line for each proctor and sitting: {person, sitting, title, proctor, count, unread}; `unread` are those of its acts
// that the server could not read.
export async function undelivered() {
  const [acts, rooms] = await Promise.all([store.allWaiting(), store.allRooms()]);
  const lines = new Map();
  for (const { person, sitting, aside } of acts) {
    const name = `${person}/${sitting}`;
    const { title, proctor } = rooms.find((one) => one.person === person && one.sitting === sitting) ?? {};
    const line = lines.get(name) ?? { person, sitting, title: title ?? "", proctor: proctor ?? "", count: 0, unread: 0 };
    line.count += 1;
    if (aside) line.unread += 1;
    lines.set(name, line);
  }
  return [...lines.values()];
}
