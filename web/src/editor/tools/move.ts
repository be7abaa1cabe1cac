import { within } from "../../geometry/boolean";
import { GRID, type Outline } from "../../geometry/outline";
import type { Change } from "../document";
import { changed, free } from "./shapes";
import { NO_SKETCH, type Point, type Tool, type ToolView } from "./tool";

interface State {
  readonly from: Point | null;
  readonly to: Point | null;
  readonly numbers: readonly number[];
}

const START: State = { from: null, to: null, numbers: [] };

/** Drags the chosen objects, or the one under the pointer; arrow keys move by a pixel, with Shift by ten. */
export const move: Tool<State> = {
  id: "move",
  start: START,
  cursor: "move",
  on(state, event, view) {
    switch (event.type) {
      case "escape":
        return { state: START };
      case "down": {
        const under = view.at(event.point);
        if (under === undefined) return { state: START, isPassed: true };
        const numbers = view.selected.has(under) ? [...view.selected] : [under];
        if (numbers.some(view.isLocked)) return { state: START, refusal: "locked" };
        return { state: { from: event.point, to: event.point, numbers }, select: new Set(numbers) };
      }
      case "move":
        return { state: state.from && event.isDown ? { ...state, to: event.point } : state };
      case "up": {
        const changes = shifted(state, view);
        return { state: START, changes };
      }
      case "nudge":
        return {
          state,
          changes: shifted({ from: [0, 0], to: event.point, numbers: [...view.selected] }, view),
        };
      default:
        return { state };
    }
  },
  sketch(state, view) {
    const instead = new Map<number, Outline | null>(
      shifted(state, view, false).map((each) => [each.number, each.after?.outline ?? null]),
    );
    return { ...NO_SKETCH, instead };
  },
};

function shifted({ from, to, numbers }: State, view: ToolView, isFinal = true): Change[] {
  if (!from || !to) return [];
  const [dx, dy] = [Math.round((to[0] - from[0]) * GRID) / GRID, Math.round((to[1] - from[1]) * GRID) / GRID];
  if (dx === 0 && dy === 0) return [];
  return free(numbers, view).map((object) => {
    const outline = object.outline.map((part) =>
      part.map((ring) => ring.map((value, i) => value + (i % 2 === 0 ? dx : dy))),
    );
    return changed(object, isFinal ? within(outline, view.width, view.height) : outline);
  });
}
