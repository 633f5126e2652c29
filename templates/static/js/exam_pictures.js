// Pictures of questions: fetched once, all of them as soon as the paper is there, so that they stay when the network goes;
// beside each a button that shows it large. Loaded by exam_questions.js only where a paper has pictures.

import { words } from "/static/js/day_words.js";

const AT_ONCE = 3;
const AGAIN_AFTER = 3000;
const SCALES = [100, 150, 200, 300, 400];
const waiting = [];
let running = 0;
let names = 0;

const element = (name, className, text = "") => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

// Puts the pictures of a question where they belong: that of the stem above the options, each other below its option.
export function showPictures(article, question) {
  for (const [place, picture] of Object.entries(question.pictures)) {
    const figure = build(article, question, place, picture);
    const options = article.querySelector("[data-options]");
    if (place === "stem") options.before(figure);
    else {
      const input = options.querySelector(`.exam-option input[value="${place}"]`);
      // The description belongs to the option, and the button to make it large must not choose it.
      input?.setAttribute("aria-describedby", figure.querySelector("img").id);
      input?.closest(".exam-option").after(figure);
    }
  }
}

function build(article, question, place, picture) {
  names += 1;
  const figure = element("figure", "exam-picture");
  const image = element("img", "");
  image.id = `picture-${names}`;
  image.alt = picture.words;
  if (picture.width) { image.width = picture.width; image.height = picture.height; }
  const told = element("p", "exam-help", words.picture.loading);
  const large = element("button", "exam-button exam-zoom-in", words.picture.large);
  large.type = "button";
  large.hidden = true;
  image.addEventListener("click", () => showLarge(article, image));
  large.addEventListener("click", () => showLarge(article, image));
  figure.dataset.state = "loading";
  figure.append(image, told, large);
  picture.source ??= picture.src ? Promise.resolve(picture.src) : queued(() => fetched(article, question.position, place));
  picture.source.then((source) => {
    if (!source) return;
    image.addEventListener("load", () => {
      figure.dataset.state = "shown";
      told.hidden = true;
      large.hidden = false;
    });
    image.src = source;
  });
  return figure;
}

// A room loads its pictures in the same minute: a few at a time, and answers have the line to themselves in between.
function queued(work) {
  return new Promise((resolve) => {
    waiting.push(() => work().then(resolve).finally(() => { running -= 1; next(); }));
    next();
  });
}

function next() {
  if (running >= AT_ONCE || !waiting.length) return;
  running += 1;
  waiting.shift()();
}

// The bytes live in this page and nowhere else: nothing of a paper stays on the machine.
async function fetched(article, position, place) {
  const { askFile } = await import("/static/js/exam_link.js");
  for (;;) {
    try {
      return URL.createObjectURL(await askFile(`/api/v1/exam/pictures/${position}/${place}`));
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER); });
      if (!article.isConnected) return "";
    }
  }
}

function showLarge(article, image) {
  if (!image.src) return;
  const dialog = element("dialog", "exam-dialog exam-zoom");
  dialog.setAttribute("aria-label", image.alt);
  const copy = image.cloneNode();
  copy.removeAttribute("id");
  const frame = element("div", "exam-zoom-frame");
  frame.tabIndex = 0;
  frame.append(copy);
  let at = 0;
  const scale = (step) => {
    at = Math.max(0, Math.min(SCALES.length - 1, at + step));
    copy.style.width = `${SCALES[at]}%`;
    smaller.disabled = at === 0;
    larger.disabled = at === SCALES.length - 1;
  };
  const button = (text, act) => {
    const made = element("button", "exam-button", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  const smaller = button(words.picture.smaller, () => scale(-1));
  const larger = button(words.picture.larger, () => scale(1));
  const close = button(words.picture.close, () => dialog.close());
  close.autofocus = true;
  const acts = element("div", "exam-zoom-acts");
  acts.append(smaller, larger, close);
  dialog.append(acts, frame);
  // A dialog lies above the page and its watermark, so it has one of its own.
  const marked = document.querySelector("[data-watermark]");
  if (marked) {
    const mark = element("div", "exam-watermark");
    mark.style.backgroundImage = marked.style.backgroundImage;
    dialog.append(mark);
  }
  dialog.addEventListener("close", () => dialog.remove());
  article.append(dialog);
  scale(0);
  dialog.showModal();
}
