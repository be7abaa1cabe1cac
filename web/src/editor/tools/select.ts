import { isInside } from "../../geometry/measures";
import type { Part } from "../../geometry/outline";
import {
  boxOfPoints,
  distance,
  NO_SKETCH,
  type Point,
  type SelectShape,
  type Tool,
  type ToolEvent,
  type ToolView,
} from "./tool";

type State =
  | { name: "resting" }
  | { name: "pressed"; at: Point; shape: SelectShape }
  | { name: "drawing"; shape: SelectShape; points: readonly Point[]; isAdding: boolean };

const RESTING: State = { name: "resting" };

/** A click chooses, with Shift or Ctrl one more; Shift and a drag is a box, Alt and a drag a lasso. */
export const select: Tool<State> = {
  id: "select",
  start: RESTING,
  cursor: "default",
  on(state, event, view) {
    const isAdding = event.shift || event.mod;
    if (event.type === "escape") return { state: RESTING, select: new Set() };
    if (event.type === "down") {
      const shape = event.alt ? "lasso" : event.shift ? "box" : view.options.selectShape;
      return { state: { name: "pressed", at: event.point, shape }, isPassed: shape === "click" };
    }
    if (event.type === "move" && state.name === "pressed") {
      if (distance(state.at, event.point) < 4 * view.pxSize) return { state };
      if (state.shape === "click") return { state: RESTING };
      return { state: { name: "drawing", shape: state.shape, points: [state.at, event.point], isAdding } };
    }
    if (event.type === "move" && state.name === "drawing") {
      const points =
        state.shape === "box" ? [state.points[0] as Point, event.point] : [...state.points, event.point];
      return { state: { ...state, points } };
    }
    if (event.type === "up" && state.name === "pressed")
      return { state: RESTING, select: clicked(event, view, isAdding) };
    if (event.type === "up" && state.name === "drawing") {
      const found = inShape(ringOf(state.shape, state.points), view);
      return { state: RESTING, select: new Set(state.isAdding ? [...view.selected, ...found] : found) };
    }
    return { state };
  },
  sketch(state) {
    if (state.name !== "drawing") return NO_SKETCH;
    const points = ringOf(state.shape, state.points);
    return { ...NO_SKETCH, lines: [{ points, isClosed: true, look: "select", width: null }] };
  },
};

function clicked(event: ToolEvent, view: ToolView, isAdding: boolean): ReadonlySet<number> {
  const number = view.at(event.point);
  if (number === undefined) return isAdding ? view.selected : new Set();
  if (!isAdding) return new Set([number]);
  const next = new Set(view.selected);
  if (!next.delete(number)) next.add(number);
  return next;
}

function ringOf(shape: SelectShape, points: readonly Point[]): Point[] {
  if (shape !== "box") return [...points];
  const [x0, y0, x1, y1] = boxOfPoints(points);
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/** Objects that lie in a drawn shape with the middle of their box. */
function inShape(ring: readonly Point[], view: ToolView): number[] {
  const shape: Part = [Float64Array.from(ring.flat())];
  return view.inBox(boxOfPoints(ring)).filter((number) => {
    const outer = view.document.get(number)?.outline[0]?.[0];
    if (!outer) return false;
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let v = 0; v < outer.length; v += 2) {
      x0 = Math.min(x0, outer[v] as number);
      x1 = Math.max(x1, outer[v] as number);
      y0 = Math.min(y0, outer[v + 1] as number);
      y1 = Math.max(y1, outer[v + 1] as number);
    }
    return isInside(shape, (x0 + x1) / 2, (y0 + y1) / 2);
  });
}
