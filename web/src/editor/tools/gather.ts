import { union } from "../../geometry/boolean";
import type { Change } from "../document";
import { changed, free, lockedOr } from "./shapes";
import { distance, NO_SKETCH, type Point, type Refusal, type Sketch, type Tool, type ToolView } from "./tool";

interface State {
  readonly points: readonly Point[];
  readonly numbers: readonly number[];
}

const START: State = { points: [], numbers: [] };

/** A tool that does something with all objects that a line goes over. */
function gathering(
  id: string,
  look: Sketch["lines"][number]["look"],
  work: (numbers: readonly number[], view: ToolView) => readonly Change[] | Refusal,
): Tool<State> {
  return {
    id,
    start: START,
    cursor: "crosshair",
    on(state, event, view) {
      if (event.type === "escape") return { state: START };
      if (event.type === "down") return { state: touched(START, event.point, view) };
      if (event.type === "move" && event.isDown && state.points.length > 0)
        return { state: touched(state, event.point, view) };
      if (event.type !== "up" || state.points.length === 0) return { state };
      const done = work(state.numbers, view);
      if (typeof done === "string") return { state: START, refusal: done };
      const left = done.filter((each) => each.after).map((each) => each.number);
      return { state: START, changes: done, select: new Set(left) };
    },
    sketch(state) {
      const lines = [{ points: state.points, isClosed: false, look, width: null }];
      return { ...NO_SKETCH, lines: state.points.length > 1 ? lines : [] };
    },
  };
}

/** Looks under every screen pixel of the way: a quick hand leaves gaps between its places. */
function touched(state: State, to: Point, view: ToolView): State {
  const from = state.points.at(-1) ?? to;
  const steps = Math.max(1, Math.ceil(distance(from, to) / (2 * view.pxSize)));
  const numbers = new Set(state.numbers);
  for (let i = 1; i <= steps; i += 1) {
    const number = view.at([
      from[0] + ((to[0] - from[0]) * i) / steps,
      from[1] + ((to[1] - from[1]) * i) / steps,
    ]);
    if (number !== undefined) numbers.add(number);
  }
  return { points: [...state.points, to], numbers: [...numbers] };
}

/** One object of several: the first keeps its number. Those that do not touch become its separate parts. */
export function merged(numbers: readonly number[], view: ToolView): readonly Change[] | Refusal {
  const objects = free(numbers, view);
  const [first, ...rest] = objects;
  if (!first || rest.length === 0) return lockedOr(numbers, view, "selectTwo");
  return [
    changed(first, union(objects.map((each) => each.outline))),
    ...rest.map((before) => ({ number: before.number, before, after: null })),
  ];
}

export function removed(numbers: readonly number[], view: ToolView): readonly Change[] | Refusal {
  const objects = free(numbers, view);
  if (objects.length === 0) return lockedOr(numbers, view, "nothingThere");
  return objects.map((before) => ({ number: before.number, before, after: null }));
}

/** A line through several objects makes them one. */
export const merge = gathering("merge", "sketch", merged);

/** A click on an object, or a line through several, deletes them. */
export const remove = gathering("remove", "erase", removed);
