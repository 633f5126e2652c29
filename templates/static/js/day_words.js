// The words of a page: its template writes them as data, in the reader's language, so that no script holds a sentence.

const written = document.getElementById("day-words");
export const words = written ? JSON.parse(written.textContent) : {};

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (slot, name) => (name in values ? String(values[name]) : slot));
}

// Every value lands as text, never as markup: names and stems come from people.
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function slots(root) {
  return Object.fromEntries([...root.querySelectorAll("[data-slot]")].map((one) => [one.dataset.slot, one]));
}
