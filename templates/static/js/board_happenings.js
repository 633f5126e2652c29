// What has happened in the room: incidents with their photos, messages, and where the room record stands.

import { words, fill, element } from "/static/js/day_words.js";
import { short } from "/static/js/board_card.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const where = (seat) => (seat === null ? words.whole_room : fill(words.seat_number, { seat }));
let written = "";

function incidentLine({ at, seat, kind, text, photos }) {
  const item = element("li", "board-happening");
  item.append(element("time", "", short(at)), element("strong", "", where(seat)));
  item.append(element("span", "tab-mark", words.kind[kind]), element("span", "", text));
  photos.forEach((id, place) => item.append(photoLink(id, place)));
  return item;
}

function photoLink(id, place) {
  const link = element("a", "tab-button board-photo", fill(words.photo, { n: place + 1 }));
  link.href = `/api/v1/sittings/incidents/photos/${id}`;
  link.target = "_blank";
  return link;
}

function messageLine({ sent_at: at, seat, text }) {
  const item = element("li", "board-happening");
  item.append(element("time", "", short(at)), element("strong", "", where(seat)), element("span", "", text));
  return item;
}

// Written anew only when something has been added, so that a finger on a photo finds it where it was.
export function showHappenings({ incidents, messages }) {
  const now = JSON.stringify([incidents, messages]);
  if (now === written) return;
  written = now;
  find("incidents").replaceChildren(...incidents.map(incidentLine));
  find("no-incidents").hidden = incidents.length > 0;
  find("messages").replaceChildren(...messages.map(messageLine));
  find("no-messages").hidden = messages.length > 0;
}
