// Whether this tablet was shut out. Shutting it out ends the sessions on it, so all it would hear is that nobody is signed
// in: only a question that needs no session can tell it more. It asks by the id that it drew itself.

import { ask } from "/static/js/day_link.js";

// No answer is no answer: without a network nobody can tell, and the roster is what works without one.
export async function isShutOut(device) {
  try {
    return (await ask("GET", `/api/v1/tablets/standing?${new URLSearchParams({ device })}`)).shut_out;
  } catch {
    return false;
  }
}
