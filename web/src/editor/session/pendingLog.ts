import type { Entry, Journal } from "./journal";
import type { Step } from "./step";
import type { SyncState } from "./syncState";

/** What of a session is written down, and in which order it was done. */
export class PendingLog {
  /** Steps that may have arrived although nobody heard the answer. */
  readonly sent = new Map<string, Entry["sent"]>();
  private readonly places = new Map<string, number>();
  private lastPlace = 0;

  constructor(
    private readonly journal: Journal,
    private readonly resultId: string,
    private readonly owner: string,
  ) {}

  /** Something that was written down before. */
  know(entry: Entry): void {
    this.places.set(entry.id, entry.place);
    this.sent.set(entry.id, entry.sent);
    this.lastPlace = Math.max(this.lastPlace, entry.place);
  }

  /** A step is about to be sent: from now on it may have arrived. */
  send(step: Step, sent: NonNullable<Entry["sent"]>): Promise<void> {
    this.sent.set(step.id, sent);
    return this.journal.write([this.entryOf(step, null)], []);
  }

  /** What came and what went between two states. */
  write(before: SyncState, next: SyncState): Promise<void> {
    const old = new Map<string, unknown>(
      [...before.waiting, ...before.conflicts].map((each) => [each.id, each] as const),
    );
    const isNew = (each: { id: string }) => old.get(each.id) !== each;
    const entries = [
      ...next.waiting.filter(isNew).map((step) => this.entryOf(step, null)),
      ...next.conflicts.filter(isNew).map((conflict) => {
        const { id, operation, reason, message } = conflict;
        return this.entryOf({ id, type: "do", operation }, { reason, message });
      }),
    ];
    const left = new Set([...next.waiting, ...next.conflicts].map((each) => each.id));
    const removed = [...old.keys()].filter((id) => !left.has(id));
    for (const id of removed) this.places.delete(id);
    return this.journal.write(entries, removed);
  }

  private entryOf(step: Step, conflict: Entry["conflict"]): Entry {
    const place = this.places.get(step.id) ?? this.lastPlace + 1;
    this.lastPlace = Math.max(this.lastPlace, place);
    this.places.set(step.id, place);
    const { resultId, owner } = this;
    return { id: step.id, place, resultId, owner, step, sent: this.sent.get(step.id) ?? null, conflict };
  }
}
