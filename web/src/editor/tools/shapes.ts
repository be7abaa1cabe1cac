import { clean, intersect, subtract, within } from "../../geometry/boolean";
import { boxOf, type Outline } from "../../geometry/outline";
import { simplifyRing } from "../../geometry/simplify";
import type { Change, EditorObject } from "../document";
import type { Point, Refusal, ToolView } from "./tool";

/** A drawn ring as an outline: valid, on the image; a hand's tremor below a third of a screen pixel is left out. */
export function outlineOf(points: readonly Point[], view: ToolView): Outline {
  const ring = Float64Array.from(points.flat());
  const calm = points.length > 40 ? simplifyRing(ring, 0.35 * view.pxSize) : ring;
  return within(clean([[calm]]), view.width, view.height);
}

/** A new object; where wanted it stays off the objects around it. */
export function added(outline: Outline, view: ToolView): Change[] {
  const others = view.options.isApart && outline.length > 0 ? around(outline, new Set(), view) : [];
  const free = others.length > 0 ? subtract(outline, others) : outline;
  if (free.length === 0) return [];
  const number = view.newNumber();
  return [{ number, before: null, after: { number, className: view.options.className, outline: free } }];
}

/** Outlines whose boxes meet this one's. */
export function around(outline: Outline, except: ReadonlySet<number>, view: ToolView): Outline[] {
  return view
    .inBox(boxOf(outline))
    .filter((number) => !except.has(number))
    .flatMap((number) => view.document.get(number)?.outline ?? [])
    .map((part) => [part]);
}

/** Another outline for an object; nothing left of it: it is gone. */
export function changed(before: EditorObject, outline: Outline): Change {
  const after = outline.length > 0 ? { ...before, outline } : null;
  return { number: before.number, before, after };
}

/** An object in several pieces: the first keeps its number. */
export function divided(before: EditorObject, pieces: readonly Outline[], newNumber: () => number): Change[] {
  const [first, ...rest] = pieces;
  if (!first) return [{ number: before.number, before, after: null }];
  return [
    changed(before, first),
    ...rest.map((outline) => {
      const number = newNumber();
      return { number, before: null, after: { ...before, number, outline } };
    }),
  ];
}

/** The chosen objects that nobody else holds. */
export function free(numbers: Iterable<number>, view: ToolView): EditorObject[] {
  return [...numbers].flatMap((number) => {
    const object = view.document.get(number);
    return object && !view.isLocked(number) ? [object] : [];
  });
}

/** The objects that a shape is meant for: the chosen ones that it touches, else all that it touches. */
export function touchedBy(shape: Outline, view: ToolView): number[] {
  if (shape.length === 0) return [];
  const touched = view.inBox(boxOf(shape)).filter((number) => {
    const object = view.document.get(number);
    return object !== undefined && intersect(object.outline, shape).length > 0;
  });
  const chosen = touched.filter((number) => view.selected.has(number));
  return chosen.length > 0 ? chosen : touched;
}

/** Why nothing was done to these objects: somebody else holds one of them, or something else. */
export function lockedOr<Reason extends Refusal>(
  numbers: Iterable<number>,
  view: ToolView,
  reason: Reason,
): Reason | "locked" {
  return [...numbers].some(view.isLocked) ? "locked" : reason;
}
