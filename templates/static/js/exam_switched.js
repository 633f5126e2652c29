// The room was switched to the other form by two people: the answers given so far are put away on the server.

import { screen } from "/static/js/exam_screens.js";
import * as store from "/static/js/exam_store.js";

// What this page has not sent is no answer to the new form; the page begins anew.
export async function beginAnew(course, ticket, remember) {
  if (course.finished) return;
  course.quit();
  screen("asking");
  remember({ at: 0 });
  await store.forgetAnswers(ticket).catch(() => {});
  location.reload();
}
