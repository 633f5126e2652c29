// For the eyes: text size, contrast, one question or all. Kept for this ticket only, and gone with its exam.

const root = document.documentElement;
const SIZES = ["normal", "large", "larger", "huge"];
const contrast = document.querySelector("[data-contrast-switch]");
const keys = document.querySelector("[data-keys]");

// `chosen` is what this candidate chose before; `granted` what was arranged for them; `keep` remembers a change.
export function onSettings(chosen, granted, keep) {
  const size = SIZES.includes(chosen.size) ? chosen.size : granted.large_type ? "larger" : "normal";
  showSize(size);
  showContrast(chosen.contrast ?? false);
  keys.checked = chosen.keys ?? true;
  for (const input of document.querySelectorAll("[name=size]")) {
    input.addEventListener("change", () => {
      showSize(input.value);
      keep({ size: input.value });
    });
  }
  contrast.addEventListener("click", () => {
    const high = root.dataset.contrast !== "high";
    showContrast(high);
    keep({ contrast: high });
  });
  keys.addEventListener("change", () => keep({ keys: keys.checked }));
}

function showSize(size) {
  root.dataset.size = size;
  for (const input of document.querySelectorAll("[name=size]")) input.checked = input.value === size;
}

function showContrast(high) {
  root.dataset.contrast = high ? "high" : "normal";
  contrast.setAttribute("aria-pressed", String(high));
}

// Letters and digits choose only as long as the candidate wants them to (WCAG 2.1.4).
export const lettersChoose = () => keys.checked;
