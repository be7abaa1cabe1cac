import type { Change, Operation } from "../document";
import type { Conflict, SyncState } from "./syncState";

export type Choice = "mine" | "theirs" | "both";

/**
 * A person's decision. What has to be done for it is a step of its own, on top of everything; null: nothing has to.
 *
 * @param numbers gives numbers to objects that become new ones.
 */
export function decision(
  state: SyncState,
  conflict: Conflict,
  choice: Choice,
  id: string,
  numbers: () => number,
): Operation | null {
  if (choice === "theirs") return null;
  const changes = conflict.operation.changes.flatMap(({ number, after }): Change[] => {
    const theirs = state.history.document.get(number) ?? null;
    if (choice === "both" || !theirs) {
      if (!after) return [];
      const fresh = numbers();
      return [{ number: fresh, before: null, after: { ...after, number: fresh } }];
    }
    return [{ number, before: theirs, after }];
  });
  return changes.length > 0 ? { id, kind: conflict.operation.kind, changes } : null;
}

export function withoutConflict(state: SyncState, id: string): SyncState {
  return { ...state, conflicts: state.conflicts.filter((each) => each.id !== id) };
}
