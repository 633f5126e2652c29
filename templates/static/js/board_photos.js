// Photos of an incident: taken by the tablet's camera, made small here (a camera's file would not fit through, and it
// carries the place where it was taken), sent one by one once the incident has a number.

import { words, fill, element } from "/static/js/day_words.js";

const LONGEST_SIDE = 1600;
const QUALITY = 0.82;
const PATIENCE = 30000;

export class Photos {
  #kept = [];
  #incident = null;
  #input;
  #list;
  #word;
  #most;

  constructor(root) {
    this.#input = root.querySelector("input[type=file]");
    this.#list = root.querySelector("[data-photo-list]");
    this.#word = root.querySelector("[data-photo-word]");
    this.#most = Number(root.dataset.photos);
    this.#input.addEventListener("change", () => this.#take([...this.#input.files]));
  }

  // How many are not on the server yet.
  get waiting() {
    return this.#kept.length;
  }

  clear() {
    for (const photo of this.#kept) URL.revokeObjectURL(photo.address);
    this.#kept = [];
    this.#incident = null;
    this.#input.value = "";
    this.#show();
  }

  async #take(files) {
    this.#input.value = "";
    let fault = "";
    for (const file of files) {
      const blob = await smaller(file);
      if (this.#kept.length >= this.#most) fault = fill(words.photos_most, { n: this.#most });
      else if (blob) this.#kept.push({ blob, address: URL.createObjectURL(blob) });
      else fault = words.photo_unreadable;
    }
    this.#show();
    if (fault) this.#word.textContent = fault;
  }

  async upload(incident) {
    this.#incident = incident;
    await this.again();
  }

  // The first that fails stops the row: the others would wait as long for the same network.
  async again() {
    const all = this.#kept.length;
    while (this.#kept.length) {
      this.#word.textContent = fill(words.photos_sending, { n: all - this.#kept.length + 1, all });
      const refusal = await send(this.#incident, this.#kept[0].blob);
      if (refusal !== null) {
        this.#show();
        this.#word.textContent = refusal || words.photos_failed;
        return;
      }
      URL.revokeObjectURL(this.#kept.shift().address);
    }
    this.#show();
  }

  #show() {
    this.#word.textContent = this.#kept.length ? fill(words.photos, { n: this.#kept.length }) : "";
    this.#list.replaceChildren(...this.#kept.map((photo, place) => this.#shown(photo, place)));
  }

  #shown(photo, place) {
    const item = element("li");
    const picture = element("img");
    picture.src = photo.address;
    picture.alt = fill(words.photo, { n: place + 1 });
    const button = element("button", "tab-button", words.remove_photo);
    button.type = "button";
    button.setAttribute("aria-label", `${words.remove_photo} ${picture.alt}`);
    button.addEventListener("click", () => {
      URL.revokeObjectURL(photo.address);
      this.#kept = this.#kept.filter((one) => one !== photo);
      this.#show();
      this.#input.focus();
    });
    item.append(picture, button);
    return item;
  }
}

async function smaller(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
}

// Nothing when it arrived; the server's reason, or an empty string when there was no answer.
async function send(incident, blob) {
  const body = new FormData();
  body.append("file", blob, "photo.jpg");
  try {
    const reply = await fetch(`/api/v1/sittings/incidents/${incident}/photos`, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "Accept": "application/json", "Accept-Language": document.documentElement.lang },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (reply.ok) return null;
    const problem = await reply.json();
    return problem.detail ?? "";
  } catch {
    return "";
  }
}
