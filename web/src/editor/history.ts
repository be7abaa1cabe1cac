import { apply, type EditorDocument, inverse, type Operation } from "./document";

/** What is written down at once, before anything is sent: replayed after a reload it gives the same history. */
export type JournalEntry =
  | { readonly type: "do"; readonly operation: Operation }
  | { readonly type: "undo" }
  | { readonly type: "redo" };

/** A document with all its steps. Values: each function returns a new history. */
export interface History {
  readonly document: EditorDocument;
  readonly done: readonly Operation[];
  readonly undone: readonly Operation[];
}

export function begin(document: EditorDocument): History {
  return { document, done: [], undone: [] };
}

export function perform(history: History, operation: Operation): History {
  return { document: apply(history.document, operation), done: [...history.done, operation], undone: [] };
}

/** The history one step back; the same one when there is nothing to take back. */
export function undo(history: History): History {
  const last = history.done.at(-1);
  if (!last) return history;
  return {
    document: apply(history.document, inverse(last)),
    done: history.done.slice(0, -1),
    undone: [...history.undone, last],
  };
}

export function redo(history: History): History {
  const next = history.undone.at(-1);
  if (!next) return history;
  return {
    document: apply(history.document, next),
    done: [...history.done, next],
    undone: history.undone.slice(0, -1),
  };
}

export function record(history: History, entry: JournalEntry): History {
  switch (entry.type) {
    case "do":
      return perform(history, entry.operation);
    case "undo":
      return undo(history);
    case "redo":
      return redo(history);
  }
}

export function replay(document: EditorDocument, journal: readonly JournalEntry[]): History {
  return journal.reduce(record, begin(document));
}
