// Where the board's pictures come from: pushed by the server as they change, or asked for where pushing fails.
//
// A stream that has gone silent may be dead without anybody being told (a tablet out of reach of its access point), so
// that a silent stream is checked by asking once; and a broken one is opened again while the asking goes on.

const EVERY = 3000;
const SILENT = 10000;
// How long a room that is over may go without being looked at.
const CALM = 30000;
const FIRST_REOPENING = 2000;
const SLOWEST = 30000;

export class Feed {
  #address;
  #read;
  #on;
  #stream = null;
  #reopening = FIRST_REOPENING;
  #timer = 0;
  #reopenTimer = 0;
  #asking = Promise.resolve();
  #way = "";
  calm = false;

  // `on` has two listeners: picture(board), way("live" | "asking" | "lost", error).
  constructor(address, read, on) {
    this.#address = address;
    this.#read = read;
    this.#on = on;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#hurry(); });
    this.#open();
    this.#wait(EVERY);
  }

  // Ask now, after whoever is asking already, because what came before is no answer to now: true when a picture came.
  async now() {
    clearTimeout(this.#timer);
    this.#asking = this.#asking.catch(() => false).then(() => this.#ask());
    const came = await this.#asking;
    this.#wait(this.#pace(came));
    return came;
  }

  #open() {
    clearTimeout(this.#reopenTimer);
    this.#stream?.close();
    const stream = new EventSource(this.#address);
    this.#stream = stream;
    stream.addEventListener("board", (event) => {
      this.#reopening = FIRST_REOPENING;
      this.#wait(SILENT);
      this.#say("live");
      this.#on.picture(JSON.parse(event.data));
    });
    stream.addEventListener("error", () => { if (stream === this.#stream) this.#broken(); });
  }

  #broken() {
    if (!this.#stream) return;
    this.#stream.close();
    this.#stream = null;
    this.#reopenTimer = setTimeout(() => this.#open(), this.#reopening);
    this.#reopening = Math.min(this.#reopening * 2, SLOWEST);
    if (this.#way === "live") this.#say("asking");
    this.#wait(0);
  }

  async #ask() {
    let board;
    try {
      board = await this.#read();
    } catch (error) {
      this.#say("lost", error);
      // Asking and pushing travel the same way: a stream that still seems open is not.
      this.#broken();
      return false;
    }
    if (this.#way !== "live") this.#say("asking");
    this.#on.picture(board);
    return true;
  }

  #pace(came) {
    if (this.#way === "live") return SILENT;
    if (!came) return EVERY * 2;
    return this.calm ? CALM : EVERY;
  }

  #wait(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), milliseconds);
  }

  #hurry() {
    this.#reopening = FIRST_REOPENING;
    if (this.#way !== "live") this.#open();
    this.now();
  }

  #say(way, error = null) {
    this.#way = way;
    this.#on.way(way, error);
  }
}
