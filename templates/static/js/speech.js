// What the page says back: an alert beside a form, a toast for a success. The words come from _parts/words.html.

export const words = document.getElementById("words")?.dataset ?? {};
const KEPT = "peikao-toast";

const OF_FIELD = "fault-of-field";

export function hush(form) {
  form.querySelector(":scope > .alert, .alert.of-field")?.remove();
  for (const field of form.querySelectorAll(`[aria-describedby~="${OF_FIELD}"]`)) {
    field.removeAttribute("aria-invalid");
    const others = field.getAttribute("aria-describedby").split(" ").filter((id) => id !== OF_FIELD);
    if (others.length) field.setAttribute("aria-describedby", others.join(" ")); else field.removeAttribute("aria-describedby");
  }
}

// Beside the field that is to be corrected, which is focused and says what is wrong with it.
function besideField(box, field) {
  box.id = OF_FIELD;
  box.classList.add("of-field");
  (field.closest("label") ?? field).after(box);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), OF_FIELD].filter(Boolean).join(" "));
  field.focus();
}

// A refusal in words, with its source, focused so that it is read out and seen; beside a field where it is about one.
export function complain(form, text, source = "", field = null) {
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
  if (field) {
    besideField(box, field);
  } else {
    form.append(box);
    box.focus();
  }
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
