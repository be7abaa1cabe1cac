import type { Entry, Journal } from "./journal";
import type { EditAnswer, EditService } from "./service";
import { effectOf, type Step } from "./step";

/** Where steps go, and where they are written down. */
export interface Post {
  readonly resultId: string;
  readonly service: EditService;
  readonly journal: Journal;
}

/** Sends a step by the way that was written down. */
export function deliver(
  { service, resultId }: Post,
  step: Step,
  { version, route }: NonNullable<Entry["sent"]>,
): Promise<EditAnswer> {
  const effect = effectOf(step);
  return route === "edit" && effect
    ? service.edit(resultId, version, step.id, effect)
    : service.move(resultId, version, step.id, step.type === "redo" ? "redo" : "undo");
}
