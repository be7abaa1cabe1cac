import { apply, type EditorDocument, inverse, type Operation } from "./document";

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
