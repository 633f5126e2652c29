// Sending files: a multipart form, or one file as the raw body. Every answer comes back with its status, refusals too:
// a rehearsed import answers 422 with a report that the page shows.

import { Unreachable } from "./api.js";

export async function upload(method, path, body, type) {
  let reply;
  try {
    reply = await fetch(path, {
      method,
      body,
      credentials: "same-origin",
      headers: {
        "Accept": "application/json",
        "Accept-Language": document.documentElement.lang,
        ...(type ? { "Content-Type": type } : {}),
      },
    });
  } catch (cause) {
    throw new Unreachable(String(cause));
  }
  const text = await reply.text();
  return { ok: reply.ok, status: reply.status, body: text ? JSON.parse(text) : null };
}
