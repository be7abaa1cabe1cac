import { clean, within } from "../../geometry/boolean";
import { toSegment } from "../../geometry/measures";
import type { Outline, Part, Ring } from "../../geometry/outline";
import { changed } from "./shapes";
import {
  boxOfPoints,
  distance,
  NO_SKETCH,
  type Point,
  reach,
  type Tool,
  type ToolEvent,
  type ToolView,
} from "./tool";

/** A vertex: part, ring, place in the ring. */
type Place = `${number}.${number}.${number}`;

type State =
  | { name: "resting"; chosen: ReadonlySet<Place> }
  | { name: "dragging"; chosen: ReadonlySet<Place>; outline: Outline; from: Point; by: Point }
  | { name: "boxing"; chosen: ReadonlySet<Place>; from: Point; to: Point };

const START: State = { name: "resting", chosen: new Set() };
/** Handles nearer than this to the one before are not drawn, on the screen; nearer to the picture all of them are. */
const HANDLES_APART_PX = 11;

/** Drag a vertex; drag an edge to get one; Shift chooses several, Delete takes them out. */
export const vertices: Tool<State> = {
  id: "vertices",
  isBusy: (state) => state.chosen.size > 0,
  start: START,
  cursor: "default",
  on(state, event, view) {
    const number = view.selected.size === 1 ? [...view.selected][0] : undefined;
    const object = number === undefined ? undefined : view.document.get(number);
    if (event.type === "down") return pressed(state, event, view, object?.outline, number);
    if (event.type === "escape")
      return { state: START, select: state.chosen.size > 0 ? view.selected : new Set() };
    if (!object) return { state: START };
    if (event.type === "delete") {
      if (state.chosen.size === 0) return { state };
      const left = clean(without(object.outline, state.chosen));
      return { state: START, changes: [changed(object, left)] };
    }
    if (event.type === "move" && state.name === "dragging")
      return { state: { ...state, by: [event.point[0] - state.from[0], event.point[1] - state.from[1]] } };
    if (event.type === "move" && state.name === "boxing") return { state: { ...state, to: event.point } };
    if (event.type === "up" && state.name === "boxing") {
      const [x0, y0, x1, y1] = boxOfPoints([state.from, state.to]);
      const chosen = placesOf(object.outline).filter(
        ({ point: [x, y] }) => x >= x0 && x <= x1 && y >= y0 && y <= y1,
      );
      return {
        state: { name: "resting", chosen: new Set([...state.chosen, ...chosen.map((each) => each.place)]) },
      };
    }
    if (event.type === "up" && state.name === "dragging") {
      const isMoved = Math.hypot(...state.by) > 0;
      if (!isMoved && state.outline === object.outline)
        return { state: { name: "resting", chosen: state.chosen } };
      const made = within(clean(shifted(state)), view.width, view.height);
      if (made.length === 0) return { state: START, refusal: "nothingLeft" };
      // cleaning may begin the ring elsewhere: places are looked up again
      const held = placesOf(shifted(state)).filter((each) => state.chosen.has(each.place));
      const chosen = placesOf(made).filter((each) =>
        held.some((other) => distance(each.point, other.point) < 0.01),
      );
      return {
        state: { name: "resting", chosen: new Set(chosen.map((each) => each.place)) },
        changes: [changed(object, made)],
      };
    }
    return { state };
  },
  sketch(state, view) {
    const number = view.selected.size === 1 ? [...view.selected][0] : undefined;
    const object = number === undefined ? undefined : view.document.get(number);
    if (!object || number === undefined) return NO_SKETCH;
    const outline = state.name === "dragging" ? shifted(state) : object.outline;
    const all = placesOf(outline);
    const handles = thinned(all, state.chosen, HANDLES_APART_PX * view.pxSize);
    const box = state.name === "boxing" ? boxOfPoints([state.from, state.to]) : null;
    return {
      ...NO_SKETCH,
      handles: handles.map(({ place, point }) => ({ point, isChosen: state.chosen.has(place) })),
      instead: state.name === "dragging" ? new Map([[number, outline]]) : NO_SKETCH.instead,
      lines: box
        ? [
            {
              points: [
                [box[0], box[1]],
                [box[2], box[1]],
                [box[2], box[3]],
                [box[0], box[3]],
              ],
              isClosed: true,
              look: "select",
              width: null,
            },
          ]
        : [],
    };
  },
};

function pressed(
  state: State,
  event: ToolEvent,
  view: ToolView,
  outline: Outline | undefined,
  number: number | undefined,
) {
  const near = reach(event, view);
  if (outline && number !== undefined) {
    const vertex = nearest(placesOf(outline), event.point, near);
    const edge = vertex ? null : nearestEdge(outline, event.point, near * 0.75);
    if ((vertex || edge) && view.isLocked(number)) return { state: START, refusal: "locked" as const };
    if (vertex) {
      const isChosen = state.chosen.has(vertex.place);
      const chosen = event.shift
        ? new Set(
            isChosen
              ? [...state.chosen].filter((each) => each !== vertex.place)
              : [...state.chosen, vertex.place],
          )
        : isChosen
          ? state.chosen
          : new Set([vertex.place]);
      return {
        state: { name: "dragging" as const, chosen, outline, from: event.point, by: [0, 0] as Point },
      };
    }
    if (edge) {
      const chosen = new Set([edge.place]);
      return {
        state: {
          name: "dragging" as const,
          chosen,
          outline: inserted(outline, edge.place, event.point),
          from: event.point,
          by: [0, 0] as Point,
        },
      };
    }
    if (event.shift)
      return { state: { name: "boxing" as const, chosen: state.chosen, from: event.point, to: event.point } };
  }
  const under = view.at(event.point);
  if (under === undefined) return { state: START, isPassed: true };
  return { state: START, select: new Set([under]) };
}

function placesOf(outline: Outline): { place: Place; point: Point }[] {
  return outline.flatMap((part, p) =>
    part.flatMap((ring, r) =>
      Array.from({ length: ring.length / 2 }, (_, v) => ({
        place: `${p}.${r}.${v}` as Place,
        point: [ring[2 * v] as number, ring[2 * v + 1] as number] as Point,
      })),
    ),
  );
}

/** Those that lie apart, and all that are chosen. */
function thinned<T extends { place: Place; point: Point }>(
  all: readonly T[],
  chosen: ReadonlySet<Place>,
  apart: number,
): T[] {
  let last: T | null = null;
  return all.filter((each) => {
    const isOfRing = last !== null && ringOf(last.place) === ringOf(each.place);
    const isApart = !last || !isOfRing || distance(last.point, each.point) >= apart;
    if (isApart) last = each;
    return isApart || chosen.has(each.place);
  });
}

const ringOf = (place: Place) => place.slice(0, place.lastIndexOf("."));

function nearest(places: { place: Place; point: Point }[], to: Point, within: number) {
  let best: { place: Place; point: Point } | null = null;
  let least = within;
  for (const each of places) {
    const away = distance(each.point, to);
    if (away <= least) [best, least] = [each, away];
  }
  return best;
}

/** The place that a new vertex on the nearest edge would have. */
function nearestEdge(outline: Outline, [x, y]: Point, within: number): { place: Place } | null {
  let best: { place: Place } | null = null;
  let least = within ** 2;
  for (const [p, part] of outline.entries()) {
    for (const [r, ring] of part.entries()) {
      const n = ring.length / 2;
      for (let v = 0; v < n; v += 1) {
        const w = (v + 1) % n;
        const [away] = toSegment(
          x,
          y,
          ring[2 * v] as number,
          ring[2 * v + 1] as number,
          ring[2 * w] as number,
          ring[2 * w + 1] as number,
        );
        if (away <= least) [best, least] = [{ place: `${p}.${r}.${v + 1}` }, away];
      }
    }
  }
  return best;
}

function mapRings(outline: Outline, change: (ring: Ring, p: number, r: number) => Ring): Outline {
  return outline.map((part, p): Part => part.map((ring, r) => change(ring, p, r)));
}

function shifted(state: Extract<State, { name: "dragging" }>): Outline {
  return mapRings(state.outline, (ring, p, r) => {
    const next = ring.slice();
    for (let v = 0; v < ring.length / 2; v += 1) {
      if (!state.chosen.has(`${p}.${r}.${v}`)) continue;
      next[2 * v] = (ring[2 * v] as number) + state.by[0];
      next[2 * v + 1] = (ring[2 * v + 1] as number) + state.by[1];
    }
    return next;
  });
}

function inserted(outline: Outline, place: Place, point: Point): Outline {
  const [part, which, at] = place.split(".").map(Number) as [number, number, number];
  return mapRings(outline, (ring, p, r) =>
    p === part && r === which
      ? Float64Array.from([...ring.slice(0, 2 * at), ...point, ...ring.slice(2 * at)])
      : ring,
  );
}

/** A ring with fewer than three vertices left is gone; so is a part without its outer ring. */
function without(outline: Outline, chosen: ReadonlySet<Place>): Outline {
  const kept = mapRings(outline, (ring, p, r) =>
    ring.filter((_, i) => !chosen.has(`${p}.${r}.${Math.floor(i / 2)}`)),
  );
  return kept
    .filter((part) => (part[0]?.length ?? 0) >= 6)
    .map((part) => part.filter((ring) => ring.length >= 6));
}
