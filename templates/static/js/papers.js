// Papers: asking for work that goes on outside of requests leads to its page, which shows how far it is.

import { call } from "./api.js";
import { receive, shape } from "./base.js";

const EVERY = 1000;

receive("job", (_, job) => location.assign(`/papers/jobs/${job.code}`));

shape("marks", (form) => ({
  marks: [...form.querySelectorAll("textarea[data-letter]")]
    .filter((one) => one.value.trim())
    .map((one) => ({ letter: one.dataset.letter, position: Number(one.dataset.position), reason: one.value.trim() })),
}));

function show(article, job) {
  const bar = article.querySelector("progress");
  if (job.total) { bar.max = job.total; bar.value = job.done; }
  const name = article.querySelector(`[data-phase-name="${job.phase}"]`);
  if (job.state === "running" && name) article.querySelector("[data-phase]").textContent = name.innerHTML;
  article.querySelector("[data-count]").textContent = job.total ? `${job.done} / ${job.total}` : "";
  article.querySelector("[data-seconds]").textContent = article.dataset.elapsed.replace("{seconds}", job.seconds);
}

async function follow(article) {
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, EVERY); });
    try {
      const job = await call("GET", `/api/v1/papers/jobs/${article.dataset.job}`);
      if (job.state !== "queued" && job.state !== "running") { location.reload(); return; }
      show(article, job);
    } catch {
      article.querySelector("[data-seconds]").textContent = article.dataset.unreachable;
    }
  }
}

for (const article of document.querySelectorAll("[data-job]")) follow(article);
