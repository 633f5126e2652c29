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

  // What waited in this tab for the network is newer than what the server knew.
  overlay(unsent) {
    for (const [position, answer] of unsent) Object.assign(this.byPosition.get(position) ?? {}, answer);
  }

  get unanswered() {
    return this.entries.filter((entry) => !entry.choice);
  }

  get flagged() {
    return this.entries.filter((entry) => entry.flagged);
  }
}
