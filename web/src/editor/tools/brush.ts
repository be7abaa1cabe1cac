import { stroke, subtract, union, within } from "../../geometry/boolean";
import type { Outline } from "../../geometry/outline";
import type { Change } from "../document";
import { added, around, changed, free, touchedBy } from "./shapes";
import { distance, NO_SKETCH, type Point, type Tool, type ToolEvent, type ToolView } from "./tool";

interface State {
  readonly points: readonly Point[];
  readonly pointer: Point | null;
  readonly isErasing: boolean;
  /** The object that the brush goes on with; null: a new one. */
  readonly target: number | null;
}

const START: State = { points: [], pointer: null, isErasing: false, target: null };

function brushing(id: string, erases: boolean): Tool<State> {
  return {
    id,
    start: START,
    cursor: "none",
    on(state, event, view) {
      if (event.type === "escape") return { state: START };
      if (event.type === "down") {
        const target = view.at(event.point) ?? chosenBeside(event.point, view);
        if (target !== null && view.isLocked(target)) return { state, refusal: "locked" };
        return {
          state: { points: [event.point], pointer: event.point, isErasing: erases !== event.alt, target },
        };
      }
      if (event.type === "move") return { state: moved(state, event, view, erases) };
      if (event.type !== "up" || state.points.length === 0) return { state };
      const band = within(stroke(state.points, view.options.brushPx), view.width, view.height);
      const rest = { ...START, pointer: state.pointer };
      const changes = state.isErasing ? erased(band, view) : painted(band, state.target, view);
      if (changes.length === 0) return { state: rest, refusal: state.isErasing ? "nothingThere" : "noArea" };
      const left = changes.filter((each) => each.after).map((each) => each.number);
      return { state: rest, changes, select: state.isErasing ? view.selected : new Set(left) };
    },
    sketch(state, view) {
      const { pointer, points, isErasing } = state;
      const radius = view.options.brushPx;
      return {
        ...NO_SKETCH,
        brush: pointer && { point: pointer, radius, isErasing: points.length > 0 ? isErasing : erases },
        lines:
          points.length === 0
            ? []
            : [{ points, isClosed: false, look: isErasing ? "erase" : "sketch", width: 2 * radius }],
      };
    },
  };
}

function moved(state: State, event: ToolEvent, view: ToolView, erases: boolean): State {
  const last = state.points.at(-1);
  if (!event.isDown || !last)
    return { ...state, pointer: event.point, isErasing: erases !== event.alt, points: [] };
  const least = Math.min(view.options.brushPx / 4, 2 * view.pxSize);
  const points = distance(last, event.point) < least ? state.points : [...state.points, event.point];
  return { ...state, pointer: event.point, points };
}

/** The chosen object when the brush reaches over its edge, though its middle is beside it. */
function chosenBeside(point: Point, view: ToolView): number | null {
  const [only] = view.selected;
  if (only === undefined || view.selected.size !== 1) return null;
  return touchedBy(stroke([point], view.options.brushPx), view).includes(only) ? only : null;
}

function painted(band: Outline, target: number | null, view: ToolView): Change[] {
  if (band.length === 0) return [];
  const object = target === null ? undefined : view.document.get(target);
  if (!object) return added(band, view);
  const others = view.options.isApart ? around(band, new Set([object.number]), view) : [];
  const free = others.length > 0 ? subtract(band, others) : band;
  return [changed(object, union([object.outline, free]))];
}

function erased(band: Outline, view: ToolView): Change[] {
  if (band.length === 0) return [];
  return free(touchedBy(band, view), view).flatMap((object) => {
    const left = subtract(object.outline, [band]);
    const isSame =
      left.length === object.outline.length && left.every((part, p) => sameRings(part, object.outline[p]));
    return isSame ? [] : [changed(object, left)];
  });
}

function sameRings(part: Outline[number], other: Outline[number] | undefined): boolean {
  return part.length === other?.length && part.every((ring, r) => ring.length === other[r]?.length);
}

/** Adds to the object under it, or makes a new one; Alt erases. */
export const brush = brushing("brush", false);

/** Takes away from the chosen objects under it, else from all under it; Alt paints. */
export const eraser = brushing("eraser", true);
