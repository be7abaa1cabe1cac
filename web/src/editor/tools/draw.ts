import { follow, NO_PATH, type Path, sketchOf } from "./path";
import { added, outlineOf } from "./shapes";
import type { Tool } from "./tool";

function drawing(id: string, isMagnetic: boolean): Tool<Path> {
  return {
    id,
    start: NO_PATH,
    cursor: "crosshair",
    on(state, event, view) {
      const { path, finished } = follow(state, event, view, { isRing: true, isMagnetic });
      if (!finished) return { state: path };
      const changes = added(outlineOf(finished, view), view);
      if (changes.length === 0) return { state: path, refusal: "noArea" };
      return { state: path, changes, select: new Set(changes.map((each) => each.number)) };
    },
    sketch: (state) => sketchOf(state, "sketch", true),
    isBusy: (state) => state.points.length > 0,
  };
}

/** A new object: corner by corner, or around it in one movement. */
export const draw = drawing("draw", false);

/** A new object whose edge keeps to the edges in the picture between the places that are clicked. */
export const magnetic = drawing("magnetic", true);
