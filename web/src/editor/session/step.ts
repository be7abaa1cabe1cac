import { inverse, type Operation } from "../document";

/** One thing that the service has to hear. The same id sent twice is done once. */
export interface Step {
  readonly id: string;
  readonly type: "do" | "undo" | "redo";
  /** What was done, or is taken back or done again; null: a step from before this visit, which the service knows. */
  readonly operation: Operation | null;
}

/** How a step is sent: as an edit, or as a move in the service's own journal. */
export type Route = "edit" | "journal";

/** What a step does to the document; null where only the service knows. */
export function effectOf(step: Step): Operation | null {
  return step.operation && (step.type === "undo" ? inverse(step.operation) : step.operation);
}
