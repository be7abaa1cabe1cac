import {
  distance,
  type LineLook,
  NO_SKETCH,
  type Point,
  reach,
  type Sketch,
  type ToolEvent,
  type ToolView,
} from "./tool";

/** A line while it is drawn: corners by clicks, or all of it in one movement. */
export interface Path {
  readonly points: readonly Point[];
  /** Where the pointer is: the line's end that moves. */
  readonly end: readonly Point[];
  /** The button went down here, and the pointer may be drawing by hand. */
  readonly pressedAt: Point | null;
  readonly isByHand: boolean;
}

export const NO_PATH: Path = { points: [], end: [], pressedAt: null, isByHand: false };

interface Rules {
  /** The line ends where it began. */
  readonly isRing: boolean;
  readonly isMagnetic?: boolean;
}

/** The path after an event, or the whole of it when it is finished. */
export function follow(
  path: Path,
  event: ToolEvent,
  view: ToolView,
  { isRing, isMagnetic = false }: Rules,
): { path: Path; finished?: readonly Point[] } {
  const last = path.points.at(-1);
  // however a ring is closed, its last stretch is like the others
  const wayBack = () => (isRing && isMagnetic && path.points[0] ? wayTo(path, path.points[0], view) : []);
  const whole = (points: readonly Point[]) => (isMagnetic ? withoutSpikes(points) : points);
  switch (event.type) {
    case "down": {
      const first = path.points[0];
      const closes =
        isRing && path.points.length > 2 && first && distance(first, event.point) < reach(event, view, 10);
      if (closes) return { path: NO_PATH, finished: whole([...path.points, ...wayBack()]) };
      const way = isMagnetic && last ? wayTo(path, event.point, view) : [];
      return {
        path: {
          points: [...path.points, ...way, event.point],
          end: [],
          pressedAt: event.point,
          isByHand: false,
        },
      };
    }
    case "move": {
      if (event.isDown && path.pressedAt && last && !isMagnetic) {
        const isByHand = path.isByHand || distance(path.pressedAt, event.point) > 4 * view.pxSize;
        if (!isByHand || distance(last, event.point) < 1.5 * view.pxSize)
          return { path: { ...path, isByHand } };
        return { path: { ...path, points: [...path.points, event.point], end: [], isByHand } };
      }
      if (!last) return { path };
      return {
        path: { ...path, end: isMagnetic ? [...wayTo(path, event.point, view), event.point] : [event.point] },
      };
    }
    case "up": {
      const isWhole = path.isByHand && path.points.length > 2;
      // a line drawn by hand is meant whole, unless corners were clicked before it
      if (isWhole && path.points[0] === path.pressedAt) return { path: NO_PATH, finished: path.points };
      return { path: { ...path, pressedAt: null, isByHand: false } };
    }
    case "double":
    case "enter":
      return path.points.length >= (isRing ? 3 : 2)
        ? { path: NO_PATH, finished: whole(withoutTwins([...path.points, ...wayBack()], view.pxSize)) }
        : { path: event.type === "enter" ? NO_PATH : path };
    case "delete":
      return { path: { ...path, points: path.points.slice(0, -1) } };
    case "escape":
      return { path: NO_PATH };
    default:
      return { path };
  }
}

function wayTo(path: Path, to: Point, view: ToolView): Point[] {
  const from = path.points.at(-1);
  const way = from && view.alongEdge(from, to);
  return way ? way.slice(1, -1) : [];
}

/** The two presses of a double click put two corners at one place. */
function withoutTwins(points: readonly Point[], pxSize: number): Point[] {
  return points.filter((each, i) => i === 0 || distance(each, points[i - 1] as Point) > 0.5 * pxSize);
}

/**
 * A line without the stretches that it goes out and comes back on: a click beside the edge leads there and back again.
 * The tip of a turn by more than about 135 degrees goes, until none is left.
 */
function withoutSpikes(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const each of points) {
    kept.push(each);
    for (let n = kept.length; n >= 3; n = kept.length) {
      const [a, tip, c] = kept.slice(-3) as [Point, Point, Point];
      const across = distance(a, c);
      if (across > 0.75 * Math.min(distance(a, tip), distance(tip, c))) break;
      kept.splice(-2, across === 0 ? 2 : 1); // back at the same place it is one place
    }
  }
  return kept;
}

export function sketchOf(path: Path, look: LineLook, isRing: boolean): Sketch {
  if (path.points.length === 0) return NO_SKETCH;
  const points = [...path.points, ...path.end];
  return {
    ...NO_SKETCH,
    lines: [{ points, isClosed: isRing && points.length > 2, look, width: null }],
    handles: path.isByHand ? [] : [path.points[0] as Point].map((point) => ({ point, isChosen: true })),
  };
}
