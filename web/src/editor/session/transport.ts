import type { Entry, Journal } from "./journal";
import type { EditAnswer, EditService, Standing } from "./service";
import { effectOf, type Step } from "./step";

/** Where steps go, and where they are written down. */
export interface SessionTransport {
  readonly resultId: string;
  readonly service: EditService;
  readonly journal: Journal;
}

/**
 * Sends a step by the way that was written down. With the answer to a step from before this visit comes whose the
 * next ones are.
 */
export async function deliver(
  { service, resultId }: SessionTransport,
  step: Step,
  { version, route }: NonNullable<Entry["sent"]>,
): Promise<[EditAnswer, Standing | null]> {
  const effect = effectOf(step);
  if (route === "edit" && effect) return [await service.edit(resultId, version, step.id, effect), null];
  const answer = await service.move(resultId, version, step.id, step.type === "redo" ? "redo" : "undo");
  return [answer, step.operation ? null : await service.standing(resultId)];
}

/**
 * Whose turn it is where a step from before this visit would be somebody else's; null: it may be sent. The service
 * takes back anybody's last step, a person only their own.
 */
export async function othersStep(
  { service, resultId }: SessionTransport,
  step: Step,
): Promise<Standing | null> {
  if (step.operation) return null;
  const standing = await service.standing(resultId);
  return standing[step.type === "redo" ? "redo" : "undo"] ? null : standing;
}
