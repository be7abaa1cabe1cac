import { distance, NO_SKETCH, type Point, reach, type Tool } from "./tool";

/** A line whose length is known, or asked: a scale bar, a well, a graticule. */
export interface Ruler {
  readonly from: Point | null;
  readonly to: Point | null;
  /** The button went down here: a line may be drawn in one movement or by two clicks. */
  readonly pressedAt: Point | null;
  readonly isDone: boolean;
}

const NO_LINE: Ruler = { from: null, to: null, pressedAt: null, isDone: false };

/** With the shift key a line is level or upright, as scale bars are. */
function straight(from: Point, to: Point, isStraight: boolean): Point {
  if (!isStraight) return to;
  return Math.abs(to[0] - from[0]) >= Math.abs(to[1] - from[1]) ? [to[0], from[1]] : [from[0], to[1]];
}

/** Draws one line and changes nothing; an end that is there can be taken and moved. */
export const scale: Tool<Ruler> = {
  id: "scale",
  start: NO_LINE,
  cursor: "crosshair",
  on(state, event, view) {
    const { from, to, pressedAt, isDone } = state;
    const { point } = event;
    switch (event.type) {
      case "down": {
        if (from && to && isDone) {
          const near = reach(event, view, 10);
          if (distance(to, point) < near) return { state: { ...state, pressedAt: point, isDone: false } };
          if (distance(from, point) < near)
            return { state: { from: to, to: from, pressedAt: point, isDone: false } };
        }
        if (!from || isDone)
          return { state: { from: point, to: point, pressedAt: point, isDone: false }, line: null };
        return { state: { ...state, to: straight(from, point, event.shift), pressedAt: point } };
      }
      case "move": {
        if (!from || isDone) return { state };
        const end = straight(from, point, event.shift);
        return { state: { ...state, to: end }, line: [from, end] };
      }
      case "up": {
        if (!from || isDone || !pressedAt) return { state };
        const end = straight(from, point, event.shift);
        // the first click of two: the line goes on to where the second one is
        if (distance(from, end) <= 3 * view.pxSize) return { state: { ...state, pressedAt: null } };
        return { state: { from, to: end, pressedAt: null, isDone: true }, line: [from, end] };
      }
      case "escape":
      case "delete":
        return { state: NO_LINE, line: null };
      default:
        return { state };
    }
  },
  sketch({ from, to }) {
    if (!from || !to) return NO_SKETCH;
    return {
      ...NO_SKETCH,
      lines: [{ points: [from, to], isClosed: false, look: "select", width: null }],
      handles: [from, to].map((point) => ({ point, isChosen: true })),
    };
  },
  isBusy: (state) => state.from !== null,
};
