import { alongEdge, type Picture, steepness } from "../geometry/edges";
import type { Outline } from "../geometry/outline";
import { createStore } from "../store/store";
import type { Change, EditorDocument } from "./document";
import { Gestures } from "./gestures";
import type { MapContext, Proposal } from "./mapContext";
import { NOTHING, OverlayLayer, type PeerCursor } from "./overlay";
import type { EarlySteps } from "./session/early";
import type { EditorSession } from "./session/session";
import { TOOLS, type ToolId } from "./tools";
import type { ToolEvent, ToolOptions, ToolView } from "./tools/tool";
import { MODEL_CLASS, type Point, type Refusal, type SmartWish } from "./tools/tool";

const MOST_DRAWN_SELECTED = 60;

/** Everything that a person works with on one image: the tool in use, what is chosen, what is proposed. */
export class EditorController {
  readonly tool = createStore<ToolId>("select");
  readonly options = createStore<ToolOptions>({
    brushPx: 12,
    className: MODEL_CLASS,
    isApart: false,
    selectShape: "click",
  });
  readonly selected = createStore<ReadonlySet<number>>(new Set());
  readonly hidden = createStore<ReadonlySet<number>>(new Set());
  readonly proposal = createStore<Proposal | null>(null);
  /** The one outline that is worked on, as it looks right now. */
  readonly live = createStore<Outline | null>(null);
  readonly refusal = createStore<{ reason: Refusal; at: number } | null>(null);
  readonly session = createStore<EditorSession | null>(null);
  early: EarlySteps | null = null;
  /** The line of the ruler, in image pixels. */
  readonly line = createStore<readonly [Point, Point] | null>(null);
  /** Where the pointer is; for others on the same picture. */
  readonly cursor = createStore<Point | null>(null);
  cursors: readonly (PeerCursor & { numbers: ReadonlySet<number> })[] = [];
  conflict: { mine: readonly Outline[]; theirs: readonly Outline[] } | null = null;
  onSmart: (wish: SmartWish | "accept" | "cancel") => void = () => undefined;
  private document: EditorDocument = new Map();
  private mapContext: MapContext | null = null;
  private overlay = new OverlayLayer();
  private gestures: Gestures | null = null;
  private state: unknown = TOOLS.select.start;
  private hovered: number | null = null;
  private slope: { picture: Picture; steep: Float32Array } | null = null;
  private hiddenNow = "";

  attach(mapContext: MapContext): () => void {
    this.mapContext = mapContext;
    this.overlay = new OverlayLayer();
    this.overlay.setZIndex(20);
    mapContext.map.addLayer(this.overlay);
    this.gestures = new Gestures(
      (event) => this.dispatch(event),
      () => this.reset(),
    );
    mapContext.map.addInteraction(this.gestures);
    const view = mapContext.map.getView();
    const forget = () => {
      this.slope = null;
    };
    view.on("change", forget);
    const draw = () => this.draw();
    const stops = [this.selected.subscribe(draw), this.hidden.subscribe(draw), this.proposal.subscribe(draw)];
    this.draw();
    return () => {
      for (const stop of stops) stop();
      view.un("change", forget);
      this.mapContext = null;
    };
  }

  /** The document changed: by this person, or by others. */
  setDocument(document: EditorDocument): void {
    this.document = document;
    const selected = this.selected.get();
    if ([...selected].some((number) => !document.has(number)))
      this.selected.set(new Set([...selected].filter((number) => document.has(number))));
    this.draw();
  }

  /** The service gave numbers to new objects. */
  renumber(numbers: ReadonlyMap<number, number>): void {
    if (numbers.size === 0) return;
    const named = (set: ReadonlySet<number>) =>
      new Set([...set].map((number) => numbers.get(number) ?? number));
    this.selected.set(named);
    this.hidden.set(named);
  }

  take(tool: ToolId): void {
    if (tool === this.tool.get()) return;
    this.tool.set(tool);
    this.onSmart("cancel");
    this.reset();
  }

  /** The tool forgets what it was in the middle of. */
  reset(): void {
    this.state = TOOLS[this.tool.get()].start;
    this.line.set(null);
    this.draw();
  }

  /** In the middle of a line, or with vertices chosen. */
  get isToolBusy(): boolean {
    return TOOLS[this.tool.get()].isBusy?.(this.state) ?? false;
  }

  get isEditable(): boolean {
    return this.session.get() !== null;
  }

  perform(kind: string, changes: readonly Change[]): void {
    const taker = this.session.get() ?? this.early;
    taker ? taker.perform(kind, changes) : this.refuse("noOutlines");
  }

  /** Does what was worked out for the chosen objects, or says why not. */
  act(kind: string, done: readonly Change[] | Refusal): void {
    if (typeof done === "string") {
      this.refuse(done);
      return;
    }
    this.perform(kind, done);
    this.selected.set(new Set(done.filter((each) => each.after).map((each) => each.number)));
  }

  refuse(reason: Refusal): void {
    this.refusal.set({ reason, at: Date.now() });
  }

  setPanning(isPanning: boolean): void {
    if (this.gestures) this.gestures.isPanning = isPanning;
  }

  /** The tool and how it is set, to go on with on another image. */
  get toolInUse(): { tool: ToolId; options: ToolOptions } {
    return { tool: this.tool.get(), options: this.options.get() };
  }

  redraw(): void {
    this.draw();
  }

  /** An event of the hand or of the keyboard; true: the tool has no use for it. */
  dispatch(event: ToolEvent): boolean {
    const view = this.view();
    if (!view) return true;
    const tool = TOOLS[this.tool.get()];
    if (event.type === "move") {
      this.cursor.set(event.point);
      if (!event.isDown) this.hovered = view.at(event.point) ?? null;
    }
    const transition = tool.on(this.state, event, view);
    this.state = transition.state;
    if (transition.changes && transition.changes.length > 0) this.perform(tool.id, transition.changes);
    if (transition.select) this.selected.set(transition.select);
    if (transition.refusal) this.refuse(transition.refusal);
    if (transition.smart) this.onSmart(transition.smart);
    if (transition.line !== undefined) this.line.set(transition.line);
    this.draw();
    return transition.isPassed ?? false;
  }

  /** A key that the tool knows; it happens where the pointer is, or in the middle of the screen. */
  press(type: ToolEvent["type"], point = this.middle()): void {
    const none = { isDown: false, shift: false, alt: false, mod: false, isTouch: false };
    this.dispatch({ ...none, type, point });
  }

  middle(): Point {
    const [x, y] = this.mapContext?.map.getView().getCenter() ?? [0, 0];
    return [x as number, -(y as number)];
  }

  /** The picture's pixels with their edges, as they are on the screen. */
  edges(): { picture: Picture; steep: Float32Array } | null {
    if (this.slope) return this.slope;
    const picture = this.mapContext?.seen()?.read();
    this.slope = picture ? { picture, steep: steepness(picture) } : null;
    return this.slope;
  }

  view(): ToolView | null {
    const { mapContext } = this;
    if (!mapContext) return null;
    const hidden = this.hidden.get();
    return {
      document: this.document,
      selected: this.selected.get(),
      options: this.options.get(),
      pxSize: mapContext.map.getView().getResolution() ?? 1,
      width: mapContext.width,
      height: mapContext.height,
      at: ([x, y]) => {
        const key = mapContext.outlines.keyAt(x, y);
        return key !== undefined && this.document.has(key) && !hidden.has(key) ? key : undefined;
      },
      inBox: (box) =>
        mapContext.outlines.keysIn(box).filter((key) => this.document.has(key) && !hidden.has(key)),
      isLocked: (number) => this.cursors.some((each) => each.numbers.has(number)),
      newNumber: () => (this.session.get() ?? this.early)?.newNumber() ?? 0,
      alongEdge: (from, to) => {
        const edges = this.edges();
        return edges && alongEdge(edges.picture, edges.steep, from, to);
      },
    };
  }

  private draw(): void {
    const view = this.view();
    const { mapContext } = this;
    if (!view || !mapContext) return;
    const tool = TOOLS[this.tool.get()];
    const sketch = tool.sketch(this.state, view);
    const proposal = this.proposal.get();
    const instead = new Map(sketch.instead);
    const selected = view.selected.size <= MOST_DRAWN_SELECTED ? [...view.selected] : [];
    const outlines = selected.flatMap((number) => {
      const object = view.document.get(number);
      return object && !instead.has(number) ? [object.outline] : [];
    });
    const hovered =
      this.hovered === null || instead.has(this.hovered) ? undefined : view.document.get(this.hovered);
    this.overlay.setContent({
      ...NOTHING,
      sketch,
      selected: outlines,
      hovered: hovered?.outline ?? null,
      proposed: (proposal?.changes ?? []).flatMap((each) => (each.after ? [each.after.outline] : [])),
      mine: this.conflict?.mine ?? [],
      theirs: this.conflict?.theirs ?? [],
      cursors: this.cursors,
    });
    // what is being changed is drawn above; below it would be as it was
    const proposed = (proposal?.changes ?? []).filter((each) => each.before).map((each) => each.number);
    const hidden = [...this.hidden.get(), ...instead.keys(), ...(proposal?.kind === "smart" ? [] : proposed)];
    const signature = hidden.join();
    if (signature !== this.hiddenNow) {
      this.hiddenNow = signature;
      mapContext.outlines.setHidden(new Set(hidden));
    }
    const one = selected.length === 1 ? (selected[0] as number) : null;
    const target = mapContext.map.getTargetElement();
    if (target) target.style.cursor = tool.id === "select" && hovered ? "pointer" : tool.cursor;
    this.live.set(one === null ? null : (instead.get(one) ?? view.document.get(one)?.outline ?? null));
  }
}
