import { createStore } from "../../store/store";
import { type Change, type EditorDocument, type Operation, renumber } from "../document";
import type { EditorSession } from "./session";

/** Far below the numbers that a session gives to new objects: one session may have taken up some of an earlier page. */
const FIRST_NUMBER = -1_000_000;

/** What a hand does before the session is open: shown at once, and the session's as soon as there is one. */
export class EarlySteps {
  readonly steps = createStore<readonly Omit<Operation, "id">[]>([]);
  private lastNumber = FIRST_NUMBER;

  get isEmpty(): boolean {
    return this.steps.get().length === 0;
  }

  newNumber = (): number => {
    this.lastNumber -= 1;
    return this.lastNumber;
  };

  perform(kind: string, changes: readonly Change[]): void {
    this.steps.set((now) => [...now, { kind, changes }]);
  }

  /** A document with these steps on top. */
  on(document: EditorDocument): EditorDocument {
    if (this.isEmpty) return document;
    const next = new Map(document);
    for (const { number, after } of this.steps.get().flatMap((each) => each.changes)) {
      if (after) next.set(number, after);
      else next.delete(number);
    }
    return next;
  }

  /**
   * Does all of it in a session.
   *
   * @returns the numbers that new objects had here, with those that they have in the session.
   */
  handTo(session: EditorSession): ReadonlyMap<number, number> {
    const numbers = new Map<number, number>();
    const steps = this.steps.get();
    this.steps.set([]);
    for (const step of steps) {
      for (const { number, before } of step.changes)
        if (!before && number < FIRST_NUMBER && !numbers.has(number))
          numbers.set(number, session.newNumber());
      session.perform(step.kind, renumber({ ...step, id: "" }, numbers).changes);
    }
    return numbers;
  }
}
