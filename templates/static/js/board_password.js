// A password given again on a tablet: shown on wish, never kept longer than the question stands.

export function passwordOf(dialog) {
  const field = dialog.querySelector("[data-password] [name=password]");
  const reveal = dialog.querySelector("[data-reveal]");
  const caps = dialog.querySelector("[data-caps]");

  function show(plain) {
    field.type = plain ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(plain));
    reveal.textContent = plain ? reveal.dataset.hide : reveal.dataset.show;
  }

  reveal.addEventListener("click", () => {
    show(field.type === "password");
    field.focus();
  });
  for (const moment of ["keydown", "keyup"]) {
    field.addEventListener(moment, (event) => {
      caps.hidden = !event.getModifierState?.("CapsLock");
      if (moment === "keydown" && event.key === "Enter") dialog.querySelector("[data-answer=yes]").click();
    });
  }

  // Taken once: neither a second look at the dialog nor the page's history finds it again.
  return function take() {
    const given = field.value;
    field.value = "";
    caps.hidden = true;
    show(false);
    return given;
  };
}
