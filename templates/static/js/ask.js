// Asking before something that cannot be taken back.

export function ask(text) {
  const dialog = document.getElementById("ask");
  dialog.querySelector("#ask-text").textContent = text;
  dialog.returnValue = "no";
  for (const button of dialog.querySelectorAll("[data-answer]")) {
    button.onclick = () => dialog.close(button.dataset.answer);
  }
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
