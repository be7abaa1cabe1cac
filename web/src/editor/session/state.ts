import type { Facts } from "./facts";
import type { SyncState } from "./syncState";
import type { SessionTransport } from "./transport";

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

export interface SessionParts extends SessionTransport {
  owner: string;
  /** Pages that are open. */
  alive: () => Promise<ReadonlySet<string>>;
  newId: () => string;
  /** Calls back after a while; the tests have a clock of their own. */
  later: (work: () => void, ms: number) => void;
}

const PAUSES_MS = [1000, 2000, 5000, 10_000, 20_000];

/** How long to wait before the next attempt after so many failed ones. */
export function pauseMs(failures: number): number {
  return PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] as number;
}
