import { sameOutline } from "../../geometry/outline";
import { type Operation, rebase, renumber } from "../document";
import { effectOf } from "./step";
import type { SyncState } from "./sync";

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
  return (isUncertain ? laid : settle)({ ...state, history: { ...state.history, done, undone: taken } });
}

/** Shows what waits on top of the base where it fits, and decides nothing. */
function laid(state: SyncState): SyncState {
  const arrived = newInBase(state);
  const effects = state.waiting.flatMap((each) => {
    const effect = effectOf(each);
    return effect ? renumber(effect, arrived) : [];
  });
  return { ...state, history: { ...state.history, document: rebase(state.base, effects).document } };
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

/** Puts what waits on the base again; what does not hold any more becomes a conflict, and is never dropped. */
export function settle(state: SyncState): SyncState {
  const effects = state.waiting.flatMap((each) => {
    const effect = effectOf(each);
    return effect ? [{ ...effect, id: each.id }] : [];
  });
  const { document, conflicting } = rebase(state.base, effects);
  const lost = new Set(conflicting.map((each) => each.id));
  const gone = new Set(
    state.waiting.flatMap((each) => (lost.has(each.id) && each.operation ? [each.operation.id] : [])),
  );
  const kept = (operations: readonly Operation[]) => operations.filter((each) => !gone.has(each.id));
  return {
    ...state,
    waiting: state.waiting.filter((each) => !lost.has(each.id)),
    conflicts: [
      ...state.conflicts,
      ...conflicting.map((operation) => ({
        id: operation.id,
        operation,
        reason: "changed" as const,
        message: null,
      })),
    ],
    history: { document, done: kept(state.history.done), undone: kept(state.history.undone) },
  };
}
