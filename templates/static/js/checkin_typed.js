// The field for typed numbers and hand scanners; a hand scanner is a keyboard that ends with Enter.

const input = document.getElementById("ticket");

// On a touch screen focus would raise the keyboard over half the page; typed keys find the field anyway (below).
export function freeField() {
  input.value = "";
  if (window.matchMedia("(pointer: fine)").matches) input.focus();
}

export function listenTyped({ onText, onEmpty }) {
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const since = performance.now();
    // A hand scanner types through whatever input method is on, which may have made the letters full-width.
    const text = input.value.normalize("NFKC").trim();
    input.value = "";
    if (text) onText(text, since);
    else onEmpty();
  });
  // A scanner's first key moves the focus here, so that its Enter never presses a button.
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("input, dialog");
    const typed = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (typed && !elsewhere) input.focus();
  });
}
