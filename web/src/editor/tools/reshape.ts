import { within } from "../../geometry/boolean";
import { reshape as reshaped } from "../../geometry/reshape";
import { follow, NO_PATH, type Path, sketchOf } from "./path";
import { changed, free, lockedOr } from "./shapes";
import { boxOfPoints, type Tool } from "./tool";

/** A line drawn over an edge takes its place: outwards it adds, inwards it takes away. */
export const reshape: Tool<Path> = {
  id: "reshape",
  start: NO_PATH,
  cursor: "crosshair",
  on(state, event, view) {
    const { path, finished } = follow(state, event, view, { isRing: false });
    if (!finished) return { state: path };
    const numbers = view.selected.size > 0 ? view.selected : view.inBox(boxOfPoints(finished));
    for (const object of free(numbers, view)) {
      const made = reshaped(object.outline, finished);
      if (!made || made.length === 0) continue;
      const change = changed(object, within(made, view.width, view.height));
      return { state: path, changes: [change], select: new Set([object.number]) };
    }
    return { state: path, refusal: lockedOr(numbers, view, "noCrossing") };
  },
  sketch: (state) => sketchOf(state, "sketch", false),
  isBusy: (state) => state.points.length > 0,
};
