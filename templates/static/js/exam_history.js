// The back button, and a reload pressed by mistake, must not take anybody out of the exam.

const guarding = new AbortController();
const { signal } = guarding;

// One step back lands on our own entry again; `back()` tells the candidate. Browsers skip entries that were made
// without a press, so another one is made with the first.
export function guardHistory(back) {
  const step = () => history.pushState({ exam: true }, "", location.href);
  step();
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, step, { once: true, signal });
  window.addEventListener("popstate", (event) => {
    // The link that skips to the content moves within the page, too.
    if (location.hash && !event.state) return;
    step();
    back();
  }, { signal });
}

// Without a network a reload would find no page; `away()` says whether there is none.
export function guardReload(away, refused) {
  document.addEventListener("keydown", (event) => {
    const reload = event.key === "F5" || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "r");
    if (!reload || !away()) return;
    event.preventDefault();
    refused();
  }, { signal });
}

export function releaseHistory() {
  guarding.abort();
}
