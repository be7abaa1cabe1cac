import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  apply,
  type Change,
  ConflictError,
  type EditorDocument,
  type EditorObject,
  inverse,
  type Operation,
  rebase,
} from "../../src/editor/document";
import { begin, type History, perform, redo, undo } from "../../src/editor/history";

function object(number: number, size: number): EditorObject {
  return { number, className: "spheroid", outline: [[Float64Array.from([0, 0, size, 0, size, size])]] };
}

const start: EditorDocument = new Map([1, 2, 3, 4].map((number) => [number, object(number, 10 * number)]));

/** What a random hand may do next, given the document. */
type Wish = { numbers: number[]; size: number; what: "add" | "change" | "delete" | "undo" | "redo" };

const wishes = fc.array(
  fc.record({
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
    size: fc.integer({ min: 1, max: 100 }),
    what: fc.constantFrom("add", "change", "delete", "undo", "redo"),
  }),
  { maxLength: 30 },
) as fc.Arbitrary<Wish[]>;

let lastId = 0;

function operationOf(document: EditorDocument, wish: Wish): Operation | null {
  const changes: Change[] = wish.numbers.flatMap((number) => {
    const before = document.get(number) ?? null;
    if (wish.what === "add" ? before : !before) return [];
    return [{ number, before, after: wish.what === "delete" ? null : object(number, wish.size) }];
  });
  lastId += 1;
  return changes.length > 0 ? { id: String(lastId), kind: wish.what, changes } : null;
}

function play(document: EditorDocument, all: Wish[]): History {
  let history = begin(document);
  for (const wish of all) {
    if (wish.what === "undo") history = undo(history);
    else if (wish.what === "redo") history = redo(history);
    else {
      const operation = operationOf(history.document, wish);
      if (operation) history = perform(history, operation);
    }
  }
  return history;
}

describe("history", () => {
  test("whatever was done, undone, is the start; redone, is the end", () => {
    fc.assert(
      fc.property(wishes, (all) => {
        const history = play(start, all);
        let back = history;
        while (back.done.length > 0) back = undo(back);
        expect(back.document).toEqual(start);
        let again = back;
        for (let i = 0; i < history.done.length; i += 1) again = redo(again);
        expect(again.document).toEqual(history.document);
        expect(again.done).toEqual(history.done);
      }),
    );
  });

  test("nothing is mutated", () => {
    const before = new Map(start);
    const operation = operationOf(start, { numbers: [1], size: 7, what: "change" }) as Operation;
    const next = apply(start, operation);
    expect(start).toEqual(before);
    expect(apply(next, inverse(operation))).toEqual(start);
  });

  test("an operation that finds another object than it left changes nothing", () => {
    const operation = operationOf(start, { numbers: [1, 2], size: 7, what: "change" }) as Operation;
    const changed = new Map(start).set(2, object(2, 99));
    expect(() => apply(changed, operation)).toThrow(ConflictError);
  });
});

describe("two people", () => {
  test("each operation is kept or shown as a conflict; none is lost, and both orders agree where nothing conflicts", () => {
    fc.assert(
      fc.property(wishes, wishes, (a, b) => {
        const mine = play(start, a);
        const theirs = play(start, b);
        const merged = rebase(theirs.document, mine.done);
        expect([...merged.kept, ...merged.conflicting].map((each) => each.id).sort()).toEqual(
          mine.done.map((each) => each.id).sort(),
        );
        expect(merged.kept.reduce(apply, theirs.document)).toEqual(merged.document);
        const other = rebase(mine.document, theirs.done);
        if (merged.conflicting.length === 0 && other.conflicting.length === 0) {
          expect(new Map([...merged.document].sort())).toEqual(new Map([...other.document].sort()));
        }
      }),
    );
  });
});
