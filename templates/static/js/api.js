// The one way pages talk to the service: JSON in, JSON out, refusals as a Problem whose message people can act on.

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.code = body.code || `http_${status}`;
    this.source = body.source || "";
    this.body = body;
  }
}

export class Unreachable extends Error {}

export async function call(method, path, body, { signal, headers = {} } = {}) {
  let reply;
  try {
    reply = await fetch(path, {
      method,
      signal,
      credentials: "same-origin",
      headers: {
        "Accept": "application/json",
        "Accept-Language": document.documentElement.lang,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    throw new Unreachable(String(cause));
  }
  const text = await reply.text();
  const json = (reply.headers.get("content-type") || "").includes("json");
  // A proxy in between may answer for a service that is away, and does so in HTML.
  if (text && !json && !reply.ok) throw new Unreachable(`HTTP ${reply.status}`);
  const parsed = text && json ? JSON.parse(text) : null;
  if (!reply.ok) throw new Problem(reply.status, parsed || {});
  return parsed;
}
