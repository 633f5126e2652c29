// What the candidate has answered, kept apart from how it is shown: one entry per question, in the order shown.

export class Sheet {
  constructor(questions, stored) {
    const given = new Map(stored.map((answer) => [answer.position, answer]));
    this.entries = questions.map((question, place) => ({
      question,
      place,
      choice: given.get(question.position)?.choice ?? "",
      flagged: given.get(question.position)?.flagged ?? false,
    }));
    this.byPosition = new Map(this.entries.map((entry) => [entry.question.position, entry]));
  }

  // What waited on this machine for the network is newer than what the server knew.
  overlay(unsent) {
    for (const { position, choice, flagged } of unsent) this.take(position, choice, flagged);
  }

  take(position, choice, flagged) {
    const entry = this.byPosition.get(position);
    if (entry) Object.assign(entry, { choice, flagged });
    return entry;
  }

  // The numbers as the candidate sees them.
  numbers(positions) {
    return positions.map((position) => (this.byPosition.get(position)?.place ?? 0) + 1).sort((one, other) => one - other);
  }

  get unanswered() {
    return this.entries.filter((entry) => !entry.choice);
  }

  get flagged() {
    return this.entries.filter((entry) => entry.flagged);
  }
}
