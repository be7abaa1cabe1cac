import { subtract } from "../../geometry/boolean";
import { isInside } from "../../geometry/measures";
import type { EditorObject } from "../document";
import { follow, NO_PATH, type Path, sketchOf } from "./path";
import { changed, free, lockedOr, outlineOf, touchedBy } from "./shapes";
import type { Point, Tool, ToolView } from "./tool";

/** A ring inside an object becomes a hole, over its edge a bay; a double click in a hole fills it. */
export const hole: Tool<Path> = {
  id: "hole",
  start: NO_PATH,
  cursor: "crosshair",
  on(state, event, view) {
    if (event.type === "double" && state.points.length < 3) {
      const filled = fill(event.point, view);
      if (filled) return { state: NO_PATH, changes: [filled], select: new Set([filled.number]) };
    }
    const { path, finished } = follow(state, event, view, { isRing: true });
    if (!finished) return { state: path };
    const ring = outlineOf(finished, view);
    if (ring.length === 0) return { state: path, refusal: "noArea" };
    const numbers = touchedBy(ring, view);
    const changes = free(numbers, view)
      .map((object) => changed(object, subtract(object.outline, [ring])))
      .filter(({ before, after }) => before && size(before) !== (after ? size(after) : 0));
    if (changes.length === 0) return { state: path, refusal: lockedOr(numbers, view, "nothingThere") };
    return { state: path, changes };
  },
  sketch: (state) => sketchOf(state, "erase", true),
  isBusy: (state) => state.points.length > 0,
};

function size(object: EditorObject): number {
  return object.outline.reduce((sum, part) => sum + part.reduce((n, ring) => n + ring.length, 0), 0);
}

function fill([x, y]: Point, view: ToolView) {
  for (const object of free(view.inBox([x, y, x, y]), view)) {
    const outline = object.outline.map((part) =>
      part.filter((ring, r) => r === 0 || !isInside([ring], x, y)),
    );
    if (outline.some((part, p) => part.length !== object.outline[p]?.length)) return changed(object, outline);
  }
  return null;
}
