import { splitOutline } from "../../geometry/split";
import type { Change } from "../document";
import { follow, NO_PATH, type Path, sketchOf } from "./path";
import { divided, free, lockedOr } from "./shapes";
import { boxOfPoints, type Tool } from "./tool";

/** A line cuts the chosen objects, or all that it crosses; it may cross them any number of times. */
export const split: Tool<Path> = {
  id: "split",
  start: NO_PATH,
  cursor: "crosshair",
  on(state, event, view) {
    const { path, finished } = follow(state, event, view, { isRing: false });
    if (!finished) return { state: path };
    const numbers = view.selected.size > 0 ? view.selected : view.inBox(boxOfPoints(finished));
    const changes: Change[] = [];
    for (const object of free(numbers, view)) {
      const pieces = splitOutline(object.outline, finished);
      if (pieces.length > object.outline.length)
        changes.push(
          ...divided(
            object,
            pieces.map((part) => [part]),
            view.newNumber,
          ),
        );
    }
    if (changes.length === 0) return { state: path, refusal: lockedOr(numbers, view, "noCut") };
    const left = changes.filter((each) => each.after).map((each) => each.number);
    return { state: path, changes, select: new Set(left) };
  },
  sketch: (state) => sketchOf(state, "cut", false),
  isBusy: (state) => state.points.length > 0,
};
