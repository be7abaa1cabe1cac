import type { Box, Outline } from "../../geometry/outline";
import type { Change, EditorDocument } from "../document";

export type Point = readonly [number, number];

/** What the hand did, in image pixels. */
export interface ToolEvent {
  readonly type: "down" | "move" | "up" | "double" | "enter" | "escape" | "delete" | "nudge";
  readonly point: Point;
  /** Whether the pointer is pressed. */
  readonly isDown: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly mod: boolean;
  readonly isTouch: boolean;
}

export type SelectShape = "click" | "box" | "lasso";

/** What the shipped model calls what it finds: an object that a hand adds is another of the same kind. */
export const MODEL_CLASS = "object";

/** What a person may set about tools. */
export interface ToolOptions {
  /** Radius of brush and eraser (image pixels). */
  readonly brushPx: number;
  /** Class of new objects. */
  readonly className: string;
  /** New shapes stay off the objects around them. */
  readonly isApart: boolean;
  readonly selectShape: SelectShape;
}

/** What a tool may ask. Nothing here changes anything. */
export interface ToolView {
  readonly document: EditorDocument;
  readonly selected: ReadonlySet<number>;
  readonly options: ToolOptions;
  /** Image pixels a screen pixel. */
  readonly pxSize: number;
  readonly width: number;
  readonly height: number;
  /** The object under a place, if it is shown. */
  at: (point: Point) => number | undefined;
  /** Objects that are shown and whose boxes meet the box. */
  inBox: (box: Box) => number[];
  /** Somebody else is working on it. */
  isLocked: (number: number) => boolean;
  newNumber: () => number;
  /** The way along the edges in the picture; null where no picture is there yet. */
  alongEdge: (from: Point, to: Point) => Point[] | null;
}

export type LineLook = "sketch" | "cut" | "erase" | "select";

/** What a tool draws over the picture while it works. */
export interface Sketch {
  readonly lines: readonly {
    readonly points: readonly Point[];
    readonly isClosed: boolean;
    readonly look: LineLook;
    /** In image pixels; null: a thin line. */
    readonly width: number | null;
  }[];
  readonly handles: readonly { readonly point: Point; readonly isChosen: boolean }[];
  /** The brush around the pointer (image pixels). */
  readonly brush: { readonly point: Point; readonly radius: number; readonly isErasing: boolean } | null;
  /** Shown in the place of these objects; null: as if it were not there. */
  readonly instead: ReadonlyMap<number, Outline | null>;
}

export const NO_SKETCH: Sketch = { lines: [], handles: [], brush: null, instead: new Map() };

/** Why a tool did nothing; named by a text. */
export type Refusal =
  | "locked"
  | "nothingThere"
  | "noCut"
  | "noCrossing"
  | "noArea"
  | "noOutlines"
  | "nothingLeft"
  | "selectOne"
  | "selectTwo";

/** A region for the service to segment. */
export type SmartWish = { readonly point: Point | null; readonly box: Box | null };

interface Transition<State> {
  readonly state: State;
  /** A whole step of work, to be done now. */
  readonly changes?: readonly Change[];
  readonly select?: ReadonlySet<number>;
  readonly refusal?: Refusal;
  readonly smart?: SmartWish | "accept" | "cancel";
  /** A line that is measured; null: it is there no more. */
  readonly line?: readonly [Point, Point] | null;
  /** The map may have this gesture, to pan. */
  readonly isPassed?: boolean;
}

/** A tool is a small state machine: (state, event) → state, and perhaps a step of work. */
export interface Tool<State> {
  readonly id: string;
  readonly start: State;
  readonly cursor: string;
  on: (state: State, event: ToolEvent, view: ToolView) => Transition<State>;
  sketch: (state: State, view: ToolView) => Sketch;
  /** In the middle of something: Delete takes the last of it back, and no object. */
  isBusy?: (state: State) => boolean;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** How near counts as on it, in image pixels. */
export function reach(event: ToolEvent, view: ToolView, screenPx = 8): number {
  return (event.isTouch ? 2 : 1) * screenPx * view.pxSize;
}

export function boxOfPoints(points: readonly Point[]): Box {
  const xs = points.map((each) => each[0]);
  const ys = points.map((each) => each[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
