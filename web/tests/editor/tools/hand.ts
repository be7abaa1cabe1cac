import type { EditorObject } from "../../../src/editor/document";
import { begin, perform, undo } from "../../../src/editor/history";
import type { Point, Refusal, SmartWish, Tool, ToolEvent, ToolView } from "../../../src/editor/tools/tool";
import { intersect, union } from "../../../src/geometry/boolean";
import { isInside, measure } from "../../../src/geometry/measures";
import { boxOf, type Outline, overlaps } from "../../../src/geometry/outline";

export const WIDTH = 200;
export const HEIGHT = 150;

type Keys = Partial<Pick<ToolEvent, "shift" | "alt" | "mod" | "isTouch">>;

/** A tool in a hand, over real objects and their history; the screen shows one image pixel a pixel. */
export class Hand<State> {
  state: State;
  history;
  selected: ReadonlySet<number> = new Set();
  refusals: Refusal[] = [];
  wishes: (SmartWish | "accept" | "cancel")[] = [];
  passed = false;
  options = {
    brushPx: 5,
    className: "spheroid",
    isApart: false,
    selectShape: "click",
  } as ToolView["options"];
  locked = new Set<number>();
  edge: readonly Point[] | null = null;
  private lastNumber = 0;

  constructor(
    readonly tool: Tool<State>,
    readonly objects: readonly EditorObject[],
  ) {
    this.state = tool.start;
    this.history = begin(new Map(objects.map((each) => [each.number, each])));
  }

  get document() {
    return this.history.document;
  }

  get numbers(): number[] {
    return [...this.document.keys()].sort((a, b) => a - b);
  }

  get nSteps(): number {
    return this.history.done.length;
  }

  get view(): ToolView {
    const { document, selected, options, locked } = this;
    return {
      document,
      selected,
      options,
      pxSize: 1,
      width: WIDTH,
      height: HEIGHT,
      at: ([x, y]) => [...document.values()].findLast((each) => covers(each.outline, x, y))?.number,
      inBox: (box) =>
        [...document.values()]
          .filter((each) => overlaps(boxOf(each.outline), box))
          .map((each) => each.number),
      isLocked: (number) => locked.has(number),
      newNumber: () => {
        this.lastNumber -= 1;
        return this.lastNumber;
      },
      alongEdge: (from, to) => this.edge && [from, ...this.edge, to],
    };
  }

  send(type: ToolEvent["type"], point: Point, keys: Keys = {}, isDown = false): this {
    const event = { type, point, isDown, shift: false, alt: false, mod: false, isTouch: false, ...keys };
    const turn = this.tool.on(this.state, event, this.view);
    this.state = turn.state;
    this.passed = turn.isPassed ?? false;
    if (turn.changes && turn.changes.length > 0)
      this.history = perform(this.history, {
        id: String(this.nSteps),
        kind: this.tool.id,
        changes: turn.changes,
      });
    if (turn.select) this.selected = turn.select;
    if (turn.refusal) this.refusals.push(turn.refusal);
    if (turn.smart) this.wishes.push(turn.smart);
    return this;
  }

  click(point: Point, keys: Keys = {}): this {
    return this.send("down", point, keys, true).send("up", point, keys);
  }

  /** The second press of a double click is a click itself. */
  double(point: Point): this {
    return this.click(point).click(point).send("double", point);
  }

  press(first: Point, keys: Keys = {}): this {
    return this.send("down", first, keys, true);
  }

  to(point: Point, keys: Keys = {}): this {
    return this.send("move", point, keys, true);
  }

  drag(points: readonly Point[], keys: Keys = {}): this {
    const [first, ...rest] = points as [Point, ...Point[]];
    this.press(first, keys);
    for (const each of rest) this.to(each, keys);
    return this.send("up", rest.at(-1) ?? first, keys);
  }

  key(type: "enter" | "escape" | "delete"): this {
    return this.send(type, [0, 0]);
  }

  get sketch() {
    return this.tool.sketch(this.state, this.view);
  }

  get isBusy(): boolean {
    return this.tool.isBusy?.(this.state) ?? false;
  }

  /** The area of an object without its holes; 0: there is none. */
  area(number: number): number {
    const object = this.document.get(number);
    return object ? netArea(object.outline) : 0;
  }

  /** Of everything together, each place once. */
  covered(): number {
    return netArea(union([...this.document.values()].map((each) => each.outline)));
  }

  /** The document after everything was taken back: what the hand began with, if tools say the truth. */
  takenBack(): EditorObject[] {
    let history = this.history;
    while (history.done.length > 0) history = undo(history);
    return [...history.document.values()].sort((a, b) => a.number - b.number);
  }
}

export function netArea(outline: Outline): number {
  return measure(outline, { pixelSizeUm: null, region: "net" }).area;
}

export function common(a: Outline, b: Outline): number {
  return netArea(intersect(a, b));
}

function covers(outline: Outline, x: number, y: number): boolean {
  return outline.some((part) => isInside(part, x, y));
}

export function ring(...points: Point[]): Float64Array {
  return Float64Array.from(points.flat());
}

/** The corners of a rectangle, clockwise on the screen as outer rings are. */
export function corners(x: number, y: number, width: number, height = width): Point[] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

export function square(number: number, x: number, y: number, side: number): EditorObject {
  return { number, className: "spheroid", outline: [[ring(...corners(x, y, side))]] };
}

/** A square with a square hole in its middle, half as wide. */
export function frame(number: number, x: number, y: number, side: number): EditorObject {
  const inner = corners(x + side / 4, y + side / 4, side / 2).reverse();
  return { number, className: "spheroid", outline: [[ring(...corners(x, y, side)), ring(...inner)]] };
}
