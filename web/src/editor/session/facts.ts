import type { FrameOutlines, OutlinedObject } from "../../geometry/frameOutlines";
import { type EditorDocument, type EditorObject, sameObject } from "../document";
import type { EditAnswer } from "./service";

/** What nobody edits but everybody sees: how sure the model was, what is odd about an object. */
export type Facts = Pick<OutlinedObject, "confidence" | "flags" | "isDrawn">;

/** A frame's objects as a document; those that did not change stay the same values. */
export function documentOf(frame: FrameOutlines, before: EditorDocument = new Map()): EditorDocument {
  return new Map(
    frame.objects.map(({ number, className, outline }) => {
      const made: EditorObject = { number, className, outline };
      const old = before.get(number);
      return [number, old && sameObject(old, made) ? old : made];
    }),
  );
}

export function factsOf(frame: FrameOutlines): Map<number, Facts> {
  return new Map(
    frame.objects.map(({ number, confidence, flags, isDrawn }) => [number, { confidence, flags, isDrawn }]),
  );
}

export function factsAfter(facts: ReadonlyMap<number, Facts>, answer: EditAnswer): Map<number, Facts> {
  const next = new Map(facts);
  for (const number of answer.removed) next.delete(number);
  for (const { number, confidence, flags, source } of answer.objects)
    next.set(number, { confidence, flags, isDrawn: source === "person" });
  return next;
}
