import { type Outline, sameOutline } from "../geometry/outline";

/**
 * One outlined object. Values: a changed object is a new one. Its number is the service's; an object that the service
 * does not know yet has a negative one, until its answer comes (`renumber`).
 */
export interface EditorObject {
  readonly number: number;
  readonly className: string;
  readonly outline: Outline;
}

/** What one step does to one object; null: it is not there. */
export interface Change {
  readonly number: number;
  readonly before: EditorObject | null;
  readonly after: EditorObject | null;
}

/** One step of work: what a tool did, whole or not at all. */
export interface Operation {
  readonly id: string;
  /** Name of the tool or action, for the history list. */
  readonly kind: string;
  readonly changes: readonly Change[];
}

/** The objects of one image, by number. */
export type EditorDocument = ReadonlyMap<number, EditorObject>;

export class ConflictError extends Error {
  constructor(readonly numbers: readonly number[]) {
    super(`objects ${numbers.join(", ")} are not as this step left them`);
  }
}

export function sameObject(a: EditorObject | null, b: EditorObject | null): boolean {
  if (a === b) return true;
  if (!a || !b || a.number !== b.number || a.className !== b.className) return false;
  return a.outline === b.outline || sameOutline(a.outline, b.outline);
}

/** Numbers of the objects that are not as the operation expects to find them. */
function conflictsOf(document: EditorDocument, operation: Operation): number[] {
  return operation.changes
    .filter((change) => !sameObject(document.get(change.number) ?? null, change.before))
    .map((change) => change.number);
}

/**
 * The document after the operation.
 *
 * @throws ConflictError an object is not as the operation expects it; nothing is done then.
 */
export function apply(document: EditorDocument, operation: Operation): EditorDocument {
  const conflicts = conflictsOf(document, operation);
  if (conflicts.length > 0) throw new ConflictError(conflicts);
  const next = new Map(document);
  for (const { number, after } of operation.changes) {
    if (after) next.set(number, after);
    else next.delete(number);
  }
  return next;
}

/** The operation that takes the other back. */
export function inverse(operation: Operation): Operation {
  return {
    ...operation,
    changes: operation.changes.map(({ number, before, after }) => ({ number, before: after, after: before })),
  };
}

/** The operation with other numbers for some objects: those that the service has given to new ones. */
export function renumber(operation: Operation, numbers: ReadonlyMap<number, number>): Operation {
  const named = (object: EditorObject | null) =>
    object && numbers.has(object.number)
      ? { ...object, number: numbers.get(object.number) as number }
      : object;
  if (!operation.changes.some((change) => numbers.has(change.number))) return operation;
  return {
    ...operation,
    changes: operation.changes.map((change) => ({
      number: numbers.get(change.number) ?? change.number,
      before: named(change.before),
      after: named(change.after),
    })),
  };
}

/** The document with other numbers for some objects. */
export function renumbered(document: EditorDocument, numbers: ReadonlyMap<number, number>): EditorDocument {
  if (numbers.size === 0) return document;
  return new Map(
    [...document.values()].map((object) => {
      const number = numbers.get(object.number) ?? object.number;
      return [number, number === object.number ? object : { ...object, number }];
    }),
  );
}

interface Rebased {
  readonly document: EditorDocument;
  /** Operations that hold on top of what others did. */
  readonly kept: readonly Operation[];
  /** Operations that touch objects which others changed: a person decides. None is ever dropped. */
  readonly conflicting: readonly Operation[];
}

/**
 * One's own operations on top of a document that others went on with. An operation that builds on a conflicting
 * one conflicts too, since it finds its objects otherwise than it left them.
 */
export function rebase(theirs: EditorDocument, mine: readonly Operation[]): Rebased {
  let document = theirs;
  const kept: Operation[] = [];
  const conflicting: Operation[] = [];
  for (const operation of mine) {
    if (conflictsOf(document, operation).length > 0) conflicting.push(operation);
    else {
      document = apply(document, operation);
      kept.push(operation);
    }
  }
  return { document, kept, conflicting };
}
