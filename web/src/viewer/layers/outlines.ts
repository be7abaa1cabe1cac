import Layer from "ol/layer/Layer";
import type { FrameState } from "ol/Map";
import { OutlineGrid } from "../../geometry/grid";
import type { Box, Outline } from "../../geometry/outline";
import { type Drawn, packed, type ToPainter } from "./messages";
import { cellFor, type OutlineLook, type Window } from "./paint";

export type { OutlineLook } from "./paint";

export interface DrawnOutline {
  key: number;
  outline: Outline;
  /** CSS colour of its line. */
  colour: string;
}

/** Room around the screen that is drawn too, as a share of its size: what a pan brings in is there already. */
const MARGIN = 0.2;
/** So much may a drawing be enlarged while the hand zooms. */
const COARSEST = 2.5;
/** Drawn anew at most so often while the hand moves: the processor is the hand's first. */
const EVERY_MS = 150;

/**
 * All outlines of an image. Another thread draws them; the page only moves the last drawing while the hand moves or
 * zooms, so that a frame costs the same with a hundred outlines and with fifty thousand.
 */
export class OutlineLayer extends Layer {
  private readonly canvas = document.createElement("canvas");
  private readonly surface = this.canvas.getContext("bitmaprenderer");
  private readonly frame = document.createElement("div");
  private readonly worker = new Worker(new URL("./outlines.worker.ts", import.meta.url), { type: "module" });
  private items = new Map<number, DrawnOutline>();
  private grid: OutlineGrid<number> | null = null;
  private look: OutlineLook = { lineWidth: 2, fillOpacity: 0, opacity: 1, showLabels: false };
  private selected: ReadonlySet<number> = new Set();
  private hidden: ReadonlySet<number> = new Set();
  private drawn: Window | null = null;
  private wanted: Window | null = null;
  private isDrawing = false;
  private requestedAt = 0;
  private isStale = true;
  /** How long the last drawing took, on its own thread. */
  lastDrawMs = 0;
  private nDrawings = 0;

  constructor() {
    super({});
    this.frame.style.cssText = "position:absolute;inset:0;pointer-events:none;overflow:hidden";
    this.canvas.style.cssText = "position:absolute;left:0;top:0;transform-origin:0 0;will-change:transform";
    this.frame.append(this.canvas);
    this.worker.onmessage = ({ data }: MessageEvent<Drawn>) => this.show(data);
  }

  setOutlines(outlines: readonly DrawnOutline[]): void {
    const before = this.items;
    this.grid ??= outlines.length > 0 ? new OutlineGrid(cellFor(outlines)) : null;
    this.items = new Map(outlines.map((each) => [each.key, each]));
    const put = outlines.filter((each) => before.get(each.key)?.outline !== each.outline);
    const removed = [...before.keys()].filter((key) => !this.items.has(key));
    for (const key of removed) this.grid?.delete(key);
    for (const each of put) this.grid?.set(each.key, each.outline);
    if (put.length + removed.length > 0) {
      const { shape, vertices } = packed(put.map((each) => each.outline));
      const keys = Int32Array.from(put, (each) => each.key);
      const colours = put.map((each) => each.colour);
      this.tell({ type: "put", keys, colours, shape, vertices, removed }, [shape.buffer, vertices.buffer]);
    }
    const recoloured = outlines.filter((each) => {
      const old = before.get(each.key);
      return old && old.colour !== each.colour && old.outline === each.outline;
    });
    if (recoloured.length > 0) {
      const keys = Int32Array.from(recoloured, (each) => each.key);
      this.tell({ type: "colours", keys, colours: recoloured.map((each) => each.colour) });
    }
    if (put.length + removed.length + recoloured.length > 0) this.redraw();
  }

  setLook(look: OutlineLook): void {
    this.look = look;
    this.tellState();
  }

  setSelected(selected: ReadonlySet<number>): void {
    this.selected = selected;
    this.tellState();
  }

  /** Outlines that are not drawn: switched off, or drawn by a tool that changes them. */
  setHidden(hidden: ReadonlySet<number>): void {
    this.hidden = hidden;
    this.tellState();
  }

  /** The object at a place, in image pixels. */
  keyAt(x: number, y: number): number | undefined {
    return this.grid?.at(x, y, (key) => !this.hidden.has(key));
  }

  keysIn(box: Box): number[] {
    return [...(this.grid?.within(box) ?? [])].filter((key) => !this.hidden.has(key));
  }

  boxOf(key: number): Box | undefined {
    return this.grid?.boxOf(key);
  }

  outlineOf(key: number): Outline | undefined {
    return this.items.get(key)?.outline;
  }

  override disposeInternal(): void {
    this.worker.terminate();
    super.disposeInternal();
  }

  override render(state: FrameState | null): HTMLElement {
    if (!state) return this.frame;
    const { center, resolution } = state.viewState;
    const [width, height] = state.size as [number, number];
    const centre: [number, number] = [center[0] as number, -(center[1] as number)];
    const isMoving = state.viewHints.some((hint) => hint > 0);
    this.wanted = {
      centre,
      resolution,
      width: width * (1 + 2 * MARGIN),
      height: height * (1 + 2 * MARGIN),
      ratio: state.pixelRatio,
    };
    if (this.isStale || !this.covers(this.wanted, isMoving)) this.request(isMoving);
    this.place(centre, resolution, width, height);
    return this.frame;
  }

  /** Whether the last drawing will do: while the hand moves, as long as it has all of the screen and is not too coarse. */
  private covers(window: Window, isMoving: boolean): boolean {
    const { drawn } = this;
    if (!drawn || drawn.width !== window.width || drawn.height !== window.height) return false;
    const dx = Math.abs(window.centre[0] - drawn.centre[0]);
    const dy = Math.abs(window.centre[1] - drawn.centre[1]);
    if (!isMoving) return dx === 0 && dy === 0 && drawn.resolution === window.resolution;
    const zoom = drawn.resolution / window.resolution;
    if (zoom > COARSEST) return false;
    // half of the screen and of the drawing, in image pixels
    const seen = window.resolution / (2 * (1 + 2 * MARGIN));
    const had = drawn.resolution / 2;
    return dx + window.width * seen <= drawn.width * had && dy + window.height * seen <= drawn.height * had;
  }

  private request(isMoving: boolean): void {
    if (this.isDrawing || !this.wanted) return;
    const now = performance.now();
    if (isMoving && !this.isStale && now - this.requestedAt < EVERY_MS) return;
    this.isDrawing = true;
    this.isStale = false;
    this.requestedAt = now;
    this.tell({ type: "draw", window: this.wanted });
  }

  private show({ window, bitmap, ms }: Drawn): void {
    this.isDrawing = false;
    this.lastDrawMs = ms;
    this.drawn = window;
    this.canvas.width = bitmap.width;
    this.canvas.height = bitmap.height;
    this.surface?.transferFromImageBitmap(bitmap);
    this.canvas.style.width = `${window.width}px`;
    this.canvas.style.height = `${window.height}px`;
    if (this.items.size > 0 && this.nDrawings++ === 0) performance.mark("outlines-drawn");
    this.changed();
  }

  private place(centre: readonly [number, number], resolution: number, width: number, height: number): void {
    if (!this.drawn) return;
    const zoom = this.drawn.resolution / resolution;
    const left = width / 2 - (centre[0] - this.drawn.centre[0]) / resolution - (this.drawn.width / 2) * zoom;
    const top = height / 2 - (centre[1] - this.drawn.centre[1]) / resolution - (this.drawn.height / 2) * zoom;
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${zoom})`;
  }

  private tellState(): void {
    this.tell({ type: "state", look: this.look, selected: this.selected, hidden: this.hidden });
    this.redraw();
  }

  private redraw(): void {
    this.isStale = true;
    this.changed();
  }

  private tell(message: ToPainter, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }
}
