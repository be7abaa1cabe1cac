import type { EditorDocument, Operation } from "../document";
import type { History } from "../history";
import type { Standing } from "./service";
import type { Step } from "./step";

/** A step that does not hold: others changed the same objects, or the service refused it. A person decides. */
export interface Conflict {
  readonly id: string;
  readonly operation: Operation;
  readonly reason: "changed" | "refused";
  readonly message: string | null;
}

/** Where the person, the journal and the service stand. Values: each function returns a new state. */
export interface SyncState {
  /** The objects as the service has them at `version`. */
  readonly base: EditorDocument;
  readonly version: number;
  /** In the order of the hand; the first may be on its way. */
  readonly waiting: readonly Step[];
  readonly conflicts: readonly Conflict[];
  /** The document that is shown: `base` with all that waits; and this visit's steps. */
  readonly history: History;
  /** Steps below somebody else's: the service's own undo would take back the wrong one. */
  readonly buried: ReadonlySet<string>;
  /** Whether the service's next step back or forth is this person's own, from before this visit. */
  readonly earlier: Standing;
}
