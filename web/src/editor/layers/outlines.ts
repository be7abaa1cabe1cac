import Layer from "ol/layer/Layer";
import type { FrameState } from "ol/Map";
import { OutlineGrid } from "../../geometry/grid";
import { countVertices, type Outline } from "../../geometry/outline";
import { DetailLevels } from "../../geometry/simplify";

export interface DrawnOutline {
  key: number;
  outline: Outline;
  /** CSS colour of its line. */
  colour: string;
  /** Written at its centre where there is room. */
  label?: string;
}

export interface OutlineLook {
  fillOpacity: number;
  lineWidth: number;
  showLabels: boolean;
}

interface Item extends DrawnOutline {
  levels: DetailLevels;
}

/** Room around the screen that is drawn too, as a share of its size: what a pan brings in is there already. */
const MARGIN = 0.25;
/** A label is written when its object is at least this wide on the screen. */
const LABEL_FROM_PX = 28;

/**
 * All outlines of an image on one canvas. Only what is near the screen is drawn, with as many vertices as its size on
 * the screen needs; while the hand moves or zooms, the last drawing is moved instead of redrawn.
 */
export class OutlineLayer extends Layer {
  private readonly canvas = document.createElement("canvas");
  private readonly overlay = document.createElement("canvas");
  private readonly frame = document.createElement("div");
  private items = new Map<number, Item>();
  private grid = new OutlineGrid<number>(64);
  private drawn: { centre: [number, number]; resolution: number; width: number; height: number } | null =
    null;
  private look: OutlineLook = { fillOpacity: 0, lineWidth: 2, showLabels: false };
  private selected: ReadonlySet<number> = new Set();
  private hovered: number | null = null;
  /** How long the last complete drawing took. */
  lastDrawMs = 0;

  constructor() {
    super({});
    this.frame.style.cssText = "position:absolute;inset:0;pointer-events:none;overflow:hidden";
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.style.cssText = "position:absolute;left:0;top:0;transform-origin:0 0";
      this.frame.append(canvas);
    }
  }

  setOutlines(outlines: readonly DrawnOutline[]): void {
    const before = this.items;
    const size = outlines.length > 0 ? medianWidth(outlines) : 64;
    this.items = new Map();
    this.grid = new OutlineGrid(Math.max(16, size * 1.5));
    for (const each of outlines) {
      const old = before.get(each.key);
      const levels = old?.outline === each.outline ? old.levels : new DetailLevels(each.outline);
      this.items.set(each.key, { ...each, levels });
      this.grid.set(each.key, each.outline);
    }
    this.redraw();
  }

  setLook(look: OutlineLook): void {
    this.look = look;
    this.redraw();
  }

  setSelected(selected: ReadonlySet<number>): void {
    this.selected = selected;
    this.redraw();
  }

  setHovered(key: number | null): void {
    if (key === this.hovered) return;
    this.hovered = key;
    this.changed();
  }

  /** The object at a place, in image pixels. */
  keyAt(x: number, y: number): number | undefined {
    return this.grid.at(x, y);
  }

  boxOf(key: number) {
    return this.grid.boxOf(key);
  }

  get nVertices(): number {
    let sum = 0;
    for (const item of this.items.values()) sum += countVertices(item.outline);
    return sum;
  }

  private redraw(): void {
    this.drawn = null;
    this.changed();
  }

  override render(state: FrameState | null): HTMLElement {
    if (!state) return this.frame;
    const { center, resolution } = state.viewState;
    const [width, height] = state.size as [number, number];
    const centre: [number, number] = [center[0] as number, -(center[1] as number)];
    const isMoving = state.viewHints.some((hint) => hint > 0);
    const far = this.drawn
      ? Math.max(
          Math.abs(centre[0] - this.drawn.centre[0]) / width,
          Math.abs(centre[1] - this.drawn.centre[1]) / height,
        ) /
          resolution >
        MARGIN * 0.9
      : true;
    const isStale = !this.drawn || this.drawn.width !== width || this.drawn.height !== height;
    const zoom = this.drawn ? this.drawn.resolution / resolution : 1;
    if (isStale || far || (!isMoving && zoom !== 1) || zoom > 3 || zoom < 0.4) {
      this.draw(centre, resolution, width, height, state.pixelRatio);
    }
    this.place(centre, resolution, width, height);
    return this.frame;
  }

  private place(centre: readonly [number, number], resolution: number, width: number, height: number): void {
    if (!this.drawn) return;
    const zoom = this.drawn.resolution / resolution;
    const left = width / 2 - (centre[0] - this.drawn.centre[0]) / resolution - width * (0.5 + MARGIN) * zoom;
    const top = height / 2 - (centre[1] - this.drawn.centre[1]) / resolution - height * (0.5 + MARGIN) * zoom;
    const transform = `translate(${left}px, ${top}px) scale(${zoom})`;
    this.canvas.style.transform = transform;
    this.overlay.style.transform = transform;
    this.drawHover();
  }

  private draw(
    centre: [number, number],
    resolution: number,
    width: number,
    height: number,
    ratio: number,
  ): void {
    const start = performance.now();
    this.drawn = { centre, resolution, width, height };
    const [w, h] = [width * (1 + 2 * MARGIN), height * (1 + 2 * MARGIN)];
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
      canvas.style.width = `${w}px`;
      canvas.style.height = `${h}px`;
    }
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const visible = this.visible();
    this.use(context, ratio);
    this.drawLines(context, visible, resolution);
    if (this.look.showLabels) this.drawLabels(context, visible, resolution);
    this.lastDrawMs = performance.now() - start;
  }

  private visible(): Item[] {
    if (!this.drawn) return [];
    const { centre, resolution, width, height } = this.drawn;
    const halfW = width * (0.5 + MARGIN) * resolution;
    const halfH = height * (0.5 + MARGIN) * resolution;
    const keys = this.grid.within([
      centre[0] - halfW,
      centre[1] - halfH,
      centre[0] + halfW,
      centre[1] + halfH,
    ]);
    return [...keys].flatMap((key) => this.items.get(key) ?? []);
  }

  /** Makes the context draw in image pixels. */
  private use(context: CanvasRenderingContext2D, ratio: number): void {
    if (!this.drawn) return;
    const { centre, resolution, width, height } = this.drawn;
    const scale = ratio / resolution;
    context.setTransform(
      scale,
      0,
      0,
      scale,
      ratio * width * (0.5 + MARGIN) - centre[0] * scale,
      ratio * height * (0.5 + MARGIN) - centre[1] * scale,
    );
    context.lineJoin = "round";
  }

  private drawLines(context: CanvasRenderingContext2D, visible: readonly Item[], resolution: number): void {
    // one path a colour: the browser strokes ten thousand outlines at once far quicker than one by one
    const byColour = new Map<string, Item[]>();
    for (const item of visible) {
      const group = byColour.get(item.colour);
      if (group) group.push(item);
      else byColour.set(item.colour, [item]);
    }
    for (const [colour, items] of byColour) {
      context.beginPath();
      for (const item of items) trace(context, item.levels.at(resolution));
      if (this.look.fillOpacity > 0) {
        context.globalAlpha = this.look.fillOpacity;
        context.fillStyle = colour;
        context.fill("evenodd");
        context.globalAlpha = 1;
      }
      context.strokeStyle = colour;
      context.lineWidth = this.look.lineWidth * resolution;
      context.stroke();
    }
    const chosen = visible.filter((item) => this.selected.has(item.key));
    if (chosen.length === 0) return;
    context.beginPath();
    for (const item of chosen) trace(context, item.levels.at(resolution));
    context.strokeStyle = "#000000";
    context.lineWidth = (this.look.lineWidth + 4) * resolution;
    context.stroke();
    context.strokeStyle = "#ffffff";
    context.lineWidth = (this.look.lineWidth + 1.5) * resolution;
    context.stroke();
  }

  private drawLabels(context: CanvasRenderingContext2D, visible: readonly Item[], resolution: number): void {
    context.font = `600 ${12 * resolution}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 3 * resolution;
    for (const item of visible) {
      const box = this.grid.boxOf(item.key);
      if (!item.label || !box || (box[2] - box[0]) / resolution < LABEL_FROM_PX) continue;
      const x = (box[0] + box[2]) / 2;
      const y = (box[1] + box[3]) / 2;
      context.strokeStyle = "rgba(0, 0, 0, 0.75)";
      context.strokeText(item.label, x, y);
      context.fillStyle = "#ffffff";
      context.fillText(item.label, x, y);
    }
  }

  private drawHover(): void {
    const context = this.overlay.getContext("2d");
    if (!context || !this.drawn) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    const item = this.hovered === null ? undefined : this.items.get(this.hovered);
    if (!item) return;
    this.use(context, this.overlay.width / (this.drawn.width * (1 + 2 * MARGIN)));
    context.beginPath();
    trace(context, item.levels.at(this.drawn.resolution));
    context.strokeStyle = "#ffffff";
    context.lineWidth = (this.look.lineWidth + 1) * this.drawn.resolution;
    context.stroke();
  }
}

function trace(context: CanvasRenderingContext2D, outline: Outline): void {
  for (const part of outline) {
    for (const ring of part) {
      context.moveTo(ring[0] as number, ring[1] as number);
      for (let v = 2; v < ring.length; v += 2) context.lineTo(ring[v] as number, ring[v + 1] as number);
      context.closePath();
    }
  }
}

function medianWidth(outlines: readonly DrawnOutline[]): number {
  const step = Math.max(1, Math.floor(outlines.length / 200));
  const widths: number[] = [];
  for (let i = 0; i < outlines.length; i += step) {
    const ring = outlines[i]?.outline[0]?.[0];
    if (!ring) continue;
    let [low, high] = [Infinity, -Infinity];
    for (let v = 0; v < ring.length; v += 2) {
      low = Math.min(low, ring[v] as number);
      high = Math.max(high, ring[v] as number);
    }
    widths.push(high - low);
  }
  return widths.sort((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 64;
}
