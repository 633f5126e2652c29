// The language button of the pages before and after the exam; a choice lasts a year, as on every other page.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-language]");
  if (!button) return;
  document.cookie = `peikao_language=${button.dataset.language}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
});
