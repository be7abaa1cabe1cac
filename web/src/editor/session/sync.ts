import {
  apply,
  ConflictError,
  type EditorDocument,
  inverse,
  type Operation,
  renumber,
  renumbered,
} from "../document";
import { begin, perform as performed, redo as redone, undo as undone } from "../history";
import { rebaseQueue } from "./rebaseQueue";
import type { Standing } from "./service";
import { effectOf, type Route, type Step } from "./step";
import type { SyncState } from "./syncState";

export interface Confirmation {
  readonly version: number;
  /** New objects: the number that they had here, and the one that they have now. */
  readonly numbers: ReadonlyMap<number, number>;
  /** What the service did, where only it knew (a step from before this visit). */
  readonly operation: Operation | null;
  readonly earlier: Standing;
  readonly route: Route;
  /** The base may have this step already: it is read again before anything is compared with it. */
  readonly isUncertain: boolean;
}

export function start(
  base: EditorDocument,
  version: number,
  earlier = { undo: false, redo: false },
): SyncState {
  return {
    base,
    version,
    waiting: [],
    conflicts: [],
    history: begin(base),
    buried: new Set(),
    earlier,
  };
}

/** Does a step; where it finds its objects otherwise (it was made before this state was read), a person decides. */
export function perform(state: SyncState, operation: Operation): SyncState {
  let history: SyncState["history"];
  try {
    history = performed(state.history, operation);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const conflict = { id: operation.id, operation, reason: "changed" as const, message: null };
    return { ...state, conflicts: [...state.conflicts, conflict] };
  }
  return {
    ...state,
    history,
    waiting: [...state.waiting, { id: operation.id, type: "do", operation }],
    earlier: { ...state.earlier, redo: false },
  };
}

export function canUndo(state: SyncState): boolean {
  return state.history.done.length > 0 || state.earlier.undo;
}

export function canRedo(state: SyncState): boolean {
  return state.history.undone.length > 0 || state.earlier.redo;
}

/** One step back, or forth; what others changed in the meantime becomes a conflict. */
export function step(state: SyncState, type: "undo" | "redo", id: string): SyncState {
  const { done, undone: taken } = state.history;
  const operation = (type === "undo" ? done : taken).at(-1) ?? null;
  if (!operation) {
    if (!(type === "undo" ? state.earlier.undo : state.earlier.redo)) return state;
    if (state.waiting.some((each) => each.operation === null)) return state; // one at a time: nobody sees them yet
    return { ...state, waiting: [...state.waiting, { id, type, operation: null }] };
  }
  try {
    const history = type === "undo" ? undone(state.history) : redone(state.history);
    return { ...state, history, waiting: [...state.waiting, { id, type, operation }] };
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const effect = { ...(type === "undo" ? inverse(operation) : operation), id };
    return {
      ...state,
      history: {
        ...state.history,
        done: type === "undo" ? done.slice(0, -1) : done,
        undone: type === "redo" ? taken.slice(0, -1) : taken,
      },
      conflicts: [...state.conflicts, { id, operation: effect, reason: "changed", message: null }],
    };
  }
}

/** How the first waiting step has to be sent as things stand. */
export function routeOf(state: SyncState, { type, operation }: Step): Route {
  if (type === "do") return "edit";
  if (!operation) return "journal";
  // done again is done: the service's own redo may mean a step that another one has taken the place of
  return type === "undo" && !state.buried.has(operation.id) ? "journal" : "edit";
}

/** The service has done the first waiting step. */
export function confirmed(state: SyncState, answer: Confirmation): SyncState {
  const [first, ...rest] = state.waiting;
  if (!first) return state;
  const known = (operation: Operation) => renumber(operation, answer.numbers);
  const effect = effectOf(first) ?? answer.operation;
  const base = effect && !answer.isUncertain ? apply(state.base, known(effect)) : state.base;
  const waiting = rest.map((each) => ({ ...each, operation: each.operation && known(each.operation) }));
  let { done, undone: taken } = state.history;
  if (!first.operation && answer.operation) {
    if (first.type === "undo") taken = [...taken, inverse(answer.operation)];
    else done = rest.length > 0 ? [answer.operation, ...done] : [...done, answer.operation];
  }
  const subject = first.operation?.id ?? answer.operation?.id ?? "";
  const buried = new Set(state.buried);
  // an edit that takes something back lies on top of everything before it; a step done again is on top itself
  if (first.type === "undo" && answer.route === "edit")
    for (const each of state.history.done) buried.add(each.id);
  if (first.type !== "undo") buried.delete(subject);
  const next = {
    ...state,
    base,
    version: answer.version,
    waiting,
    conflicts: state.conflicts.map((each) => ({ ...each, operation: known(each.operation) })),
    history: {
      document: renumbered(state.history.document, answer.numbers),
      done: done.map(known),
      undone: taken.map(known),
    },
    buried,
    earlier: answer.earlier,
  };
  // shown as it was until the base is read again
  return answer.isUncertain ? next : rebaseQueue(next);
}

/**
 * The document as the service has it now, with one's own steps on top where they hold.
 *
 * @param standing whose the service's next steps are, where others went on; null: it was only not known what had arrived.
 */
export function refreshed(
  state: SyncState,
  base: EditorDocument,
  version: number,
  standing: Standing | null,
): SyncState {
  if (!standing) return rebaseQueue({ ...state, base, version });
  const buried = new Set([...state.buried, ...mine(state)]);
  // below this visit's own steps there are somebody else's now
  const earlier = state.history.done.length === 0 ? standing : { undo: false, redo: false };
  return rebaseQueue({ ...state, base, version, buried, earlier });
}

/** The first waiting step, one from before this visit, would be somebody else's by now. */
export function withdrawn(state: SyncState, earlier: Standing): SyncState {
  return { ...state, waiting: state.waiting.slice(1), earlier };
}

/** One's own steps that the service has or will have, also those that are just being taken back. */
function mine({ history, waiting }: SyncState): string[] {
  const beingTakenBack = waiting.flatMap(({ type, operation }) =>
    type === "undo" && operation ? [operation] : [],
  );
  return [...history.done, ...beingTakenBack].map((each) => each.id);
}

/** The service will not do the first waiting step. */
export function refused(state: SyncState, message: string): SyncState {
  const [first, ...rest] = state.waiting;
  if (!first) return state;
  const effect = effectOf(first);
  const subject = first.operation?.id;
  const without = (operations: readonly Operation[]) => operations.filter((each) => each.id !== subject);
  return rebaseQueue({
    ...state,
    // what takes back a step that was never done has nothing to do either
    waiting: rest.filter((each) => !subject || each.operation?.id !== subject),
    conflicts: effect
      ? [
          ...state.conflicts,
          { id: first.id, operation: { ...effect, id: first.id }, reason: "refused", message },
        ]
      : state.conflicts,
    history: {
      ...state.history,
      done: without(state.history.done),
      undone: without(state.history.undone),
    },
    earlier: first.operation ? state.earlier : { undo: false, redo: false },
  });
}
