import { sameOutline } from "../../geometry/outline";
import { type Operation, rebase, renumber } from "../document";
import { effectOf } from "./step";
import type { SyncState } from "./syncState";

/**
 * After a reload: what waited is put on the document that the service has now, and can be taken back again.
 *
 * @param isUncertain nobody knows yet whether that document has the first of it already.
 */
export function reopened(state: SyncState, isUncertain: boolean): SyncState {
  let [done, taken]: [readonly Operation[], readonly Operation[]] = [[], []];
  for (const { type, operation } of state.waiting) {
    if (!operation) continue;
    const isUndo = type === "undo";
    taken = isUndo
      ? [...taken, operation]
      : type === "do"
        ? []
        : taken.filter((each) => each.id !== operation.id);
    done = isUndo ? done.filter((each) => each.id !== operation.id) : [...done, operation];
  }
  return (isUncertain ? laid : rebaseQueue)({ ...state, history: { ...state.history, done, undone: taken } });
}

/** Shows what waits on top of the base where it fits, and decides nothing. */
function laid(state: SyncState): SyncState {
  const arrived = newInBase(state);
  const known = (operation: Operation) => renumber(operation, arrived);
  const waiting = state.waiting.map((each) => ({
    ...each,
    operation: each.operation && known(each.operation),
  }));
  const { document } = rebase(
    state.base,
    waiting.flatMap((each) => effectOf(each) ?? []),
  );
  const { done, undone } = state.history;
  return { ...state, waiting, history: { document, done: done.map(known), undone: undone.map(known) } };
}

/** New objects of the first step that the base seems to have already, by their outlines. */
function newInBase(state: SyncState): Map<number, number> {
  const found = new Map<number, number>();
  for (const { number, before, after } of state.waiting[0]?.operation?.changes ?? []) {
    if (before || !after) continue;
    const twin = [...state.base.values()].find((each) => sameOutline(each.outline, after.outline));
    if (twin) found.set(number, twin.number);
  }
  return found;
}

/**
 * Puts what waits on the base again; what does not hold any more becomes a conflict, and is never dropped. With a step
 * go those that take it back or do it again; one that was taken back in the end is no conflict: nothing was wanted.
 */
export function rebaseQueue(state: SyncState): SyncState {
  let { waiting } = state;
  const conflicts = [...state.conflicts];
  const gone = new Set<string>();
  for (;;) {
    const effects = waiting.flatMap((each) => {
      const effect = effectOf(each);
      return effect ? [{ ...effect, id: each.id }] : [];
    });
    const { document, conflicting } = rebase(state.base, effects);
    const lost = waiting.find((each) => each.id === conflicting[0]?.id);
    const subject = lost?.operation?.id;
    if (!lost || !subject || !conflicting[0]) {
      const kept = (operations: readonly Operation[]) => operations.filter((each) => !gone.has(each.id));
      const { done, undone } = state.history;
      return { ...state, waiting, conflicts, history: { document, done: kept(done), undone: kept(undone) } };
    }
    const own = waiting.filter((each) => each.operation?.id === subject);
    const isWanted = lost.type === "undo" ? own.at(-1)?.type === "undo" : own.at(-1)?.type !== "undo";
    if (isWanted)
      conflicts.push({ id: lost.id, operation: conflicting[0], reason: "changed", message: null });
    gone.add(subject);
    waiting = waiting.filter((each) => each.operation?.id !== subject);
  }
}
