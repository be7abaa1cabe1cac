import { renumber } from "../document";
import type { Entry, Journal } from "./journal";
import { type EditAnswer, type EditService, isPassing, numbersGiven } from "./service";
import { effectOf, type Step } from "./sync";

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

/** A step that was on its way when the page went away has to be known done or not done before anything is compared. */
export async function sendAgain(parts: Post, entries: Entry[]): Promise<Entry[]> {
  const first = entries.find((each) => !each.conflict);
  if (!first?.sent) return entries;
  let numbers = new Map<number, number>();
  let isDone = false;
  try {
    const answer = await deliver(parts, first.step, first.sent);
    const effect = effectOf(first.step);
    if (effect) numbers = numbersGiven(effect, answer);
    isDone = true;
  } catch (error) {
    if (isPassing(error)) throw error;
  }
  const rest = entries
    .filter((each) => !isDone || each !== first)
    .map((each) => ({
      ...each,
      sent: null,
      step: {
        ...each.step,
        operation: each.step.operation && renumber(each.step.operation, numbers),
      },
    }));
  await parts.journal.write(rest, isDone ? [first.id] : []);
  return rest;
}
