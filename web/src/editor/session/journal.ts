import { openDB } from "idb";
import { decodeOutline, encodeOutline } from "../../geometry/outline";
import type { EditorObject, Operation } from "../document";
import type { Route, Step } from "./step";
import type { Conflict } from "./syncState";

/** A step or a conflict as the browser keeps it until the service has it. */
export interface Entry {
  readonly id: string;
  /** In the order of the hand. */
  readonly place: number;
  readonly resultId: string;
  /** The person and the page that wrote it; another page of the same person takes it over when that page is gone. */
  readonly owner: string;
  readonly step: Step;
  /** Set before it is sent: it may have arrived although nobody heard the answer. */
  readonly sent: { readonly version: number; readonly route: Route } | null;
  readonly conflict: Pick<Conflict, "reason" | "message"> | null;
}

export interface Journal {
  /** What waits for a result: the owner's own, and what pages left behind that are gone. */
  load: (resultId: string, owner: string, alive: ReadonlySet<string>) => Promise<Entry[]>;
  /** All of it or nothing. */
  write: (put: readonly Entry[], removed: readonly string[]) => Promise<void>;
}

interface BrowserJournal extends Journal {
  /** Results for which pages of this person left something that are gone. */
  left: (owner: string, alive: ReadonlySet<string>) => Promise<string[]>;
}

const STORE = "entries";

/** The browser's own database: what was done is written down before it is sent. */
export async function openJournal(name = "spheroseg-editor"): Promise<BrowserJournal> {
  const database = await openDB(name, 1, {
    upgrade(made) {
      made.createObjectStore(STORE, { keyPath: "id" }).createIndex("resultId", "resultId");
    },
  });
  async function write(put: readonly Entry[], removed: readonly string[]): Promise<void> {
    if (put.length + removed.length === 0) return;
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    await Promise.all([
      ...removed.map((id) => transaction.store.delete(id)),
      ...put.map((each) => transaction.store.put(packed(each))),
      // asked for at once: it holds although the page is closed in the next moment
      transaction.commit(),
      transaction.done,
    ]);
  }
  return {
    write,
    async left(owner, alive) {
      const entries: Packed[] = await database.getAll(STORE);
      const waiting = entries.filter((each) => !each.conflict && isLeft(each, owner, alive));
      return [...new Set(waiting.map((each) => each.resultId))];
    },
    async load(resultId, owner, alive) {
      const entries: Packed[] = await database.getAllFromIndex(STORE, "resultId", resultId);
      const mine = entries
        .filter((each) => each.owner === owner || isLeft(each, owner, alive))
        .sort((a, b) => a.place - b.place)
        .map((each) => ({ ...unpacked(each), owner }));
      await write(mine, []);
      return mine;
    },
  };
}

/** Who works on which page. */
export function ownerOf(person: string, page: string): string {
  return `${person}:${page}`;
}

/** Whether its page is gone, and was this person's: what somebody drew is not sent in another one's name. */
export function isLeft(entry: Pick<Entry, "owner">, owner: string, alive: ReadonlySet<string>): boolean {
  const [person, page] = entry.owner.split(":");
  return !alive.has(page ?? entry.owner) && (page === undefined || person === owner.split(":")[0]);
}

/** An entry with its outlines in some form. */
type EntryOf<O> = Omit<Entry, "step"> & {
  step: Omit<Step, "operation"> & {
    operation: (Omit<Operation, "changes"> & { changes: readonly ChangeOf<O>[] }) | null;
  };
};
type ObjectOf<O> = Omit<EditorObject, "outline"> & { outline: O };
type ChangeOf<O> = { number: number; before: ObjectOf<O> | null; after: ObjectOf<O> | null };
type Packed = EntryOf<Uint8Array>;

/** Outlines become few bytes: an hour of work without a network has to fit. */
export function packed(entry: Entry): Packed {
  return withOutlines(entry, encodeOutline);
}

export function unpacked(entry: Packed): Entry {
  return withOutlines(entry, (bytes) => decodeOutline(bytes));
}

function withOutlines<A, B>(entry: EntryOf<A>, change: (outline: A) => B): EntryOf<B> {
  const object = (each: ObjectOf<A> | null) => each && { ...each, outline: change(each.outline) };
  const operation = entry.step.operation;
  const changes = operation?.changes.map(({ number, before, after }) => ({
    number,
    before: object(before),
    after: object(after),
  }));
  return {
    ...entry,
    step: { ...entry.step, operation: operation && { ...operation, changes: changes ?? [] } },
  };
}
