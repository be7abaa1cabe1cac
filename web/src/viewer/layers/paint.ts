import { OutlineGrid } from "../../geometry/grid";
import type { Outline, Part } from "../../geometry/outline";
import { DetailLevels } from "../../geometry/simplify";

/** How outlines look; the same for all of them. */
export interface OutlineLook {
  /** 0: hidden. */
  lineWidth: number;
  fillOpacity: number;
  opacity: number;
  showLabels: boolean;
}

/** A rectangle of the image on a canvas: what is drawn, and for which view. */
export interface Window {
  readonly centre: readonly [number, number];
  /** Image pixels a screen pixel. */
  readonly resolution: number;
  /** Screen pixels. */
  readonly width: number;
  readonly height: number;
  /** Canvas pixels a screen pixel. */
  readonly ratio: number;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

interface Item {
  key: number;
  colour: string;
  levels: DetailLevels;
  box: readonly [number, number, number, number];
}

const HATCHED = "hatched ";
/** Between the lines of a hatching, on the screen. */
const HATCH_PX = 7;

/** The colour of an outline whose object is kept and does not count: its inside is hatched. */
export function hatched(colour: string): string {
  return HATCHED + colour;
}

/** Objects narrower than this are drawn as a box: nobody could tell. */
const BOX_BELOW_PX = 3;
/** A label is written when its object is at least this wide on the screen. */
const LABEL_FROM_PX = 28;

/** All outlines of an image, drawn with as many vertices as their size on the screen needs. Knows no page: it runs in a worker. */
export class OutlinePainter {
  private readonly items = new Map<number, Item>();
  private grid: OutlineGrid<number> | null = null;
  look: OutlineLook = { lineWidth: 2, fillOpacity: 0, opacity: 1, showLabels: false };
  selected: ReadonlySet<number> = new Set();
  hidden: ReadonlySet<number> = new Set();

  put(
    outlines: readonly { key: number; colour: string; outline: Outline }[],
    removed: readonly number[],
  ): void {
    this.grid ??= new OutlineGrid(cellFor(outlines));
    for (const key of removed) {
      this.items.delete(key);
      this.grid.delete(key);
    }
    for (const { key, colour, outline } of outlines) {
      const old = this.items.get(key);
      const levels = old?.levels.full === outline ? old.levels : new DetailLevels(outline);
      this.grid.set(key, outline);
      this.items.set(key, { key, colour, levels, box: this.grid.boxOf(key) ?? [0, 0, 0, 0] });
    }
  }

  recolour(keys: readonly number[], colours: readonly string[]): void {
    keys.forEach((key, i) => {
      const item = this.items.get(key);
      if (item) item.colour = colours[i] as string;
    });
  }

  draw(context: Context, window: Window): void {
    const { resolution } = window;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.globalAlpha = this.look.opacity;
    inImagePixels(context, window);
    const visible = this.visible(window);
    this.drawGroups(context, visible, resolution);
    this.drawSelected(context, visible, resolution);
    if (this.look.showLabels) this.drawLabels(context, visible, resolution);
    context.globalAlpha = 1;
  }

  private visible({ centre, resolution, width, height }: Window): Item[] {
    const halfW = (width / 2) * resolution;
    const halfH = (height / 2) * resolution;
    const box = [centre[0] - halfW, centre[1] - halfH, centre[0] + halfW, centre[1] + halfH] as const;
    const keys = this.grid?.within(box) ?? [];
    return [...keys].flatMap((key) => (this.hidden.has(key) ? [] : (this.items.get(key) ?? [])));
  }

  private drawGroups(context: Context, visible: readonly Item[], resolution: number): void {
    // one path a colour: the browser strokes ten thousand outlines at once far quicker than one by one
    const byColour = Map.groupBy(visible, (item) => item.colour);
    for (const [named, items] of byColour) {
      const isHatched = named.startsWith(HATCHED);
      const colour = isHatched ? named.slice(HATCHED.length) : named;
      context.beginPath();
      for (const { box, levels } of items) {
        if (box[2] - box[0] < BOX_BELOW_PX * resolution)
          context.rect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
        else trace(context, levels.at(resolution));
      }
      if (this.look.fillOpacity > 0) {
        context.globalAlpha = this.look.opacity * this.look.fillOpacity;
        context.fillStyle = colour;
        context.fill("evenodd");
        context.globalAlpha = this.look.opacity;
      }
      if (isHatched) {
        context.save();
        context.clip("evenodd");
        hatch(context, items, colour, resolution);
        context.restore();
      }
      if (this.look.lineWidth === 0) continue;
      if (isHatched) {
        context.beginPath(); // the hatching began another path
        for (const { levels } of items) trace(context, levels.at(resolution));
      }
      context.strokeStyle = colour;
      context.lineWidth = this.look.lineWidth * resolution;
      context.stroke();
    }
  }

  private drawSelected(context: Context, visible: readonly Item[], resolution: number): void {
    if (this.selected.size === 0) return;
    context.beginPath();
    for (const item of visible) if (this.selected.has(item.key)) trace(context, item.levels.at(resolution));
    strokeChosen(context, resolution);
  }

  private drawLabels(context: Context, visible: readonly Item[], resolution: number): void {
    context.font = `600 ${12 * resolution}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 3 * resolution;
    context.strokeStyle = "rgba(0, 0, 0, 0.75)";
    context.fillStyle = "#ffffff";
    for (const { key, box } of visible) {
      if (key <= 0 || (box[2] - box[0]) / resolution < LABEL_FROM_PX) continue;
      const x = (box[0] + box[2]) / 2;
      const y = (box[1] + box[3]) / 2;
      context.strokeText(String(key), x, y);
      context.fillText(String(key), x, y);
    }
  }
}

/** Slanted lines over all that the items cover; the clipping keeps them inside. */
function hatch(context: Context, items: readonly Item[], colour: string, resolution: number): void {
  const step = HATCH_PX * resolution;
  context.beginPath();
  for (const { box } of items) {
    const height = box[3] - box[1];
    // the lines of neighbours meet, as all of them are numbered from the image's corner
    const first = Math.floor((box[0] + box[1]) / step);
    for (let k = first; k * step <= box[2] + box[3]; k++) {
      context.moveTo(k * step - box[1], box[1]);
      context.lineTo(k * step - box[1] - height, box[3]);
    }
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5 * resolution;
  context.stroke();
}

/** Makes the context draw in image pixels. */
export function inImagePixels(context: Context, { centre, resolution, width, height, ratio }: Window): void {
  const scale = ratio / resolution;
  context.setTransform(
    scale,
    0,
    0,
    scale,
    (ratio * width) / 2 - centre[0] * scale,
    (ratio * height) / 2 - centre[1] * scale,
  );
  context.lineJoin = "round";
  context.lineCap = "round";
}

export function trace(context: Context, outline: Outline): void {
  for (const part of outline) {
    for (const ring of part as Part) {
      context.moveTo(ring[0] as number, ring[1] as number);
      for (let v = 2; v < ring.length; v += 2) context.lineTo(ring[v] as number, ring[v + 1] as number);
      context.closePath();
    }
  }
}

/** White on black: seen on every picture, and not by colour alone. */
export function strokeChosen(context: Context, resolution: number): void {
  context.strokeStyle = "#000000";
  context.lineWidth = 5.5 * resolution;
  context.stroke();
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2.5 * resolution;
  context.stroke();
}

/** About the width of an object. */
export function cellFor(outlines: readonly { outline: Outline }[]): number {
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
  const median = widths.sort((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 64;
  return Math.max(16, median * 1.5);
}
