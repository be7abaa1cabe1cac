import { boxOfPoints, distance, NO_SKETCH, type Point, type Tool } from "./tool";

interface State {
  readonly from: Point | null;
  readonly to: Point | null;
}

const START: State = { from: null, to: null };

/** A click or a box: the service segments what is there; Enter keeps it, Escape does not. */
export const smart: Tool<State> = {
  id: "smart",
  start: START,
  cursor: "crosshair",
  on(state, event, view) {
    switch (event.type) {
      case "escape":
        return { state: START, smart: "cancel" };
      case "enter":
        return { state: START, smart: "accept" };
      case "down":
        return { state: { from: event.point, to: event.point } };
      case "move":
        return { state: state.from && event.isDown ? { ...state, to: event.point } : state };
      case "up": {
        if (!state.from) return { state };
        const isBox = distance(state.from, event.point) > 6 * view.pxSize;
        const wish = isBox
          ? { point: null, box: boxOfPoints([state.from, event.point]) }
          : { point: event.point, box: null };
        return { state: START, smart: wish };
      }
      default:
        return { state };
    }
  },
  sketch({ from, to }) {
    if (!from || !to) return NO_SKETCH;
    const [x0, y0, x1, y1] = boxOfPoints([from, to]);
    const points: Point[] = [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
    ];
    return { ...NO_SKETCH, lines: [{ points, isClosed: true, look: "select", width: null }] };
  },
};
