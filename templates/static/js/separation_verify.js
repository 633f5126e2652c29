// Verifies a separation certificate in the browser, by code of its own: nothing is shared with whoever signed it.

const EXAM = ["author", "review", "assemble", "approve", "arrange", "proctor", "custody", "mark", "confirm", "publish"];
const APART = [
  ["assemble", "approve"], ["assemble", "proctor"], ["approve", "proctor"], ["assemble", "custody"],
  ["approve", "custody"], ["confirm", "publish"], ["mark", "confirm"], ["mark", "publish"], ["proctor", "mark"],
  ["proctor", "confirm"], ["proctor", "publish"],
];

// The first form tells nothing of papers that were opened outside the usual way; up to the third none knows of marks that
// people give, and up to the fourth none of sheets that were copied from paper.
const FORMATS = ["peikao.separation/1", "peikao.separation/2", "peikao.separation/3", "peikao.separation/4"];
const names = (content) => Array.isArray(content.marked_by);
const LONGEST = 15 * 60 * 1000;

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function der(pem) {
  const text = atob(pem.replace(/-----[^-]+-----/g, "").replace(/\s/g, ""));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

// The key is the service's own, fetched anew: the one inside a certificate proves nothing.
async function genuine(envelope) {
  const pem = await (await fetch("/api/v1/separation/key")).text();
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("spki", der(pem), kind, false, ["verify"]);
  const text = new TextEncoder().encode(envelope.document);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(envelope.signature), text);
}

function meetings(content) {
  const parts = new Map();
  for (const one of content.exam) {
    if (!EXAM.includes(one.duty)) return [one.duty];
    parts.set(one.person, [...(parts.get(one.person) ?? []), one.duty]);
  }
  const taught = new Set(content.trainers.map((one) => one.person));
  const met = content.exam.filter((one) => taught.has(one.person)).map((one) => one.name);
  for (const one of content.exam) {
    const done = parts.get(one.person);
    if (APART.some((pair) => pair.every((duty) => done.includes(duty)))) met.push(one.name);
  }
  return [...new Set(met)];
}

// Two custodians of the class, within a quarter of an hour; otherwise their names.
function wronglyBroken(content) {
  const custodians = new Set(content.exam.filter((one) => one.duty === "custody").map((one) => one.person));
  const right = ({ by, begun_at: begun, at }) => new Set(by.map((one) => one.person)).size === 2
    && by.every((one) => custodians.has(one.person))
    && Date.parse(at) >= Date.parse(begun) && Date.parse(at) - Date.parse(begun) < LONGEST;
  return (content.broken_open ?? []).filter((one) => !right(one)).flatMap((one) => one.by.map((hand) => hand.name));
}

// Two at least, and all of them named in the exam; or the system alone, and nobody named. Otherwise their names.
function wronglyMarked(content) {
  const hands = content.exam.filter((one) => one.duty === "mark");
  if (!names(content)) return hands.map((one) => one.name);
  const marked = new Set(content.marked_by.map((one) => one.person));
  const known = new Set(hands.map((one) => one.person));
  const right = marked.size !== 1 && [...marked].every((person) => known.has(person));
  return right ? [] : content.marked_by.map((one) => one.name);
}

// The same of sheets that were copied from paper, by proctors of the room or by who may mark.
function wronglyCopied(content) {
  const hands = content.exam.filter((one) => ["proctor", "mark"].includes(one.duty)).map((one) => one.person);
  const copied = new Set((content.copied_by ?? []).map((one) => one.person));
  const right = copied.size !== 1 && [...copied].every((person) => hands.includes(person));
  return right ? [] : content.copied_by.map((one) => one.name);
}

function toldOf(words, content) {
  if (content.format === FORMATS[0]) return [words.silent];
  const said = ({ form, at, by, reason }) => words.broken.replace("{form}", form).replace("{at}", at)
    .replace("{who}", by.map((hand) => hand.name).join(" · ")).replace("{why}", reason);
  const marked = names(content) && content.marked_by.length
    ? [words.marked.replace("{who}", content.marked_by.map((one) => one.name).join(" · "))] : [];
  const copied = content.copied_by?.length
    ? [words.copied.replace("{who}", content.copied_by.map((one) => one.name).join(" · "))] : [];
  return [...marked, ...copied, ...(content.broken_open.length ? content.broken_open.map(said) : [words.usual])];
}

function read(text) {
  try {
    const envelope = JSON.parse(text);
    const content = JSON.parse(envelope.document);
    const whole = FORMATS.includes(content.format) && Array.isArray(content.exam) && content.exam.length > 0
      && Array.isArray(content.trainers) && content.trainers.length > 0 && typeof envelope.signature === "string"
      && (content.format === FORMATS[0] || Array.isArray(content.broken_open))
      && (FORMATS.indexOf(content.format) >= 2 ? names(content) : content.marked_by === "system")
      && (content.format !== FORMATS[3] || Array.isArray(content.copied_by));
    return whole ? { envelope, content } : null;
  } catch {
    return null;
  }
}

async function verdict(words, text) {
  const found = read(text);
  if (!found) return [words.unreadable, []];
  if (!globalThis.crypto?.subtle) return [words.unable, []];
  if (!(await genuine(found.envelope))) return [words.forged, []];
  const { content } = found;
  const about = `${content.class.code} ${content.class.name} · ${content.class.institution} · ${content.issued_at}`;
  const met = [...meetings(content), ...wronglyBroken(content), ...wronglyMarked(content), ...wronglyCopied(content)];
  return [met.length ? words.met.replace("{what}", met.join(" ")) : words.good, [about, ...toldOf(words, content)]];
}

const place = document.querySelector("[data-verify]");
const pasted = place.querySelector("textarea");
const answer = place.querySelector("[role=status]");

place.querySelector("input").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) pasted.value = await file.text();
});

place.querySelector("button").addEventListener("click", async () => {
  const [said, about] = await verdict(place.dataset, pasted.value);
  answer.querySelector("[data-said]").textContent = said;
  answer.querySelector("[data-about]").replaceChildren(
    ...about.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  answer.hidden = false;
});
