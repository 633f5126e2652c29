// Whether this machine has slept. In some browsers the monotonic timer stands still while the lid is shut, and time left
// would be shown as if the exam had waited. The wall clock goes on, so a timer that fell behind it has slept.
//
// Whoever sets the wall clock forward looks like a sleeper until the server is heard again, and gains nothing: every time
// only seems later than it is. One that is set back changes nothing.

// Less than this is two clocks that are read one after the other, or a wall clock being brought into step.
const SLEPT = 2000;
const here = () => ({ wall: Date.now(), ticks: performance.now() });

function behind(from) {
  const now = here();
  const by = now.wall - from.wall - (now.ticks - from.ticks);
  return by > SLEPT ? by : 0;
}

export class Sleep {
  #since = here();
  #looked = here();
  #wokeAt = -Infinity;
  #untold = false;

  // From here on it is counted.
  begin() {
    this.#since = here();
  }

  // Milliseconds by which the timer has fallen behind since then.
  get slept() {
    return behind(this.#since);
  }

  // True once after each sleep: whoever looks several times a second learns of it as the machine wakes.
  woke() {
    this.#look();
    const untold = this.#untold;
    this.#untold = false;
    return untold;
  }

  // Whether it slept after an instant of the timer: an answer to what was asked before is older than it seems.
  after(ticks) {
    this.#look();
    return this.#wokeAt > ticks;
  }

  #look() {
    if (behind(this.#looked)) [this.#wokeAt, this.#untold] = [performance.now(), true];
    this.#looked = here();
  }
}
