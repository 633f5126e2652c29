// What the page says back: an alert beside a form, a toast for a success. The words come from _parts/words.html.

export const words = document.getElementById("words")?.dataset ?? {};
const KEPT = "peikao-toast";

function alertOf(form) {
  return form.querySelector(":scope > .alert");
}

export function hush(form) {
  alertOf(form)?.remove();
}

// A refusal in words, with its source, focused so that it is read out and seen.
export function complain(form, text, source = "") {
  hush(form);
  const box = document.createElement("div");
  box.className = "alert";
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  const sentence = document.createElement("p");
  sentence.textContent = text;
  box.append(sentence);
  if (source) {
    const small = document.createElement("small");
    small.textContent = words.source + source;
    box.append(small);
  }
  form.append(box);
  box.focus();
  box.scrollIntoView({ block: "nearest" });
}

export function toast(text) {
  const place = document.getElementById("toast");
  if (!place) return;
  place.textContent = text;
  place.classList.add("shown");
  setTimeout(() => place.classList.remove("shown"), 6000);
}

export function dismiss() {
  document.getElementById("toast")?.classList.remove("shown");
}

// A toast that survives the reload which shows what was done.
export function toastAfterReload(text) {
  sessionStorage.setItem(KEPT, text);
}

export function showKeptToast() {
  const text = sessionStorage.getItem(KEPT);
  if (!text) return;
  sessionStorage.removeItem(KEPT);
  // A live region speaks only about what changes after it was drawn.
  setTimeout(() => toast(text), 120);
}
