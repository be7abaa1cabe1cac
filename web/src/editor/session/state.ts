import type { Post } from "./deliver";
import type { Facts } from "./facts";
import type { SyncState } from "./sync";

export type Saving =
  | { state: "saved" }
  | { state: "saving" }
  | { state: "offline"; waiting: number }
  | { state: "stopped"; waiting: number; message: string };

export interface SessionState {
  readonly sync: SyncState;
  readonly facts: ReadonlyMap<number, Facts>;
  readonly saving: Saving;
}

export interface SessionParts extends Post {
  owner: string;
  /** Owners whose pages are open. */
  alive: () => Promise<ReadonlySet<string>>;
  newId: () => string;
  /** Calls back after a while; the tests have a clock of their own. */
  later: (work: () => void, ms: number) => void;
}
