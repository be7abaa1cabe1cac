import { type Measuring, measure } from "../geometry/measures";
import type { EditorDocument, EditorObject } from "./document";
import type { Facts } from "./session/facts";

export const FILTER_BY = ["area", "equivalentDiameter", "circularity", "perimeter", "confidence"] as const;
export type FilterBy = (typeof FILTER_BY)[number];

export interface Condition {
  readonly by: FilterBy;
  readonly isBelow: boolean;
  /** As a `NumberField` tells it; "" is no condition. */
  readonly value: string;
}

/** The measure that a condition asks for, in µm where the pixel size is known; null: nobody knows. */
function measuredBy(
  object: EditorObject,
  facts: Facts | undefined,
  by: FilterBy,
  measuring: Measuring,
): number | null {
  if (by === "confidence") return facts?.confidence ?? null;
  return measure(object.outline, measuring)[by];
}

/** Numbers of the objects for which every condition holds; none where there is no condition. */
export function matching(
  document: EditorDocument,
  facts: ReadonlyMap<number, Facts>,
  conditions: readonly Condition[],
  measuring: Measuring,
): number[] {
  const asked = conditions.flatMap((each) => {
    const limit = Number(each.value);
    return each.value.trim() !== "" && Number.isFinite(limit) ? [{ ...each, limit }] : [];
  });
  if (asked.length === 0) return [];
  return [...document.values()]
    .filter((object) =>
      asked.every(({ by, isBelow, limit }) => {
        const value = measuredBy(object, facts.get(object.number), by, measuring);
        return value !== null && (isBelow ? value < limit : value > limit);
      }),
    )
    .map((each) => each.number);
}
