import { clean } from "./boolean";
import { ringLength } from "./measures";
import type { Outline, Ring } from "./outline";
import { simplifyRing } from "./simplify";
import { resample } from "./smooth";

/** Brightness in a window of the picture: pixel (0, 0) covers the image from (left, top), `scale` image pixels wide. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  /** Row by row, 0…255. */
  readonly values: Float32Array;
}

/** How steep the brightness is at each pixel (Sobel), 0…1 of the steepest. */
export function steepness({ width, height, values }: Picture): Float32Array {
  const out = new Float32Array(width * height);
  let most = 1e-6;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = (dx: number, dy: number) => values[(y + dy) * width + x + dx] as number;
      const gx = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
      const gy = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
      const slope = Math.hypot(gx, gy);
      out[y * width + x] = slope;
      if (slope > most) most = slope;
    }
  }
  for (let i = 0; i < out.length; i += 1) out[i] = (out[i] as number) / most;
  return out;
}

const NEIGHBOURS = [
  [1, 0, 1],
  [-1, 0, 1],
  [0, 1, 1],
  [0, -1, 1],
  [1, 1, Math.SQRT2],
  [1, -1, Math.SQRT2],
  [-1, 1, Math.SQRT2],
  [-1, -1, Math.SQRT2],
] as const;

type Point = readonly [number, number];

/**
 * The way between two places (image pixels) that keeps to edges: the cheapest where a step costs less the steeper the
 * brightness is. Looked for in a box around both, so that it is there while the hand moves.
 */
export function alongEdge(picture: Picture, slope: Float32Array, from: Point, to: Point): Point[] {
  const { width, height, left, top, scale } = picture;
  const pixel = ([x, y]: Point): Point => [
    Math.max(0, Math.min(width - 1, Math.floor((x - left) / scale))),
    Math.max(0, Math.min(height - 1, Math.floor((y - top) / scale))),
  ];
  const [ax, ay] = pixel(from);
  const [bx, by] = pixel(to);
  const room = Math.max(12, Math.hypot(bx - ax, by - ay) / 2);
  const [x0, x1] = [
    Math.max(0, Math.floor(Math.min(ax, bx) - room)),
    Math.min(width - 1, Math.ceil(Math.max(ax, bx) + room)),
  ];
  const [y0, y1] = [
    Math.max(0, Math.floor(Math.min(ay, by) - room)),
    Math.min(height - 1, Math.ceil(Math.max(ay, by) + room)),
  ];
  const w = x1 - x0 + 1;
  const n = w * (y1 - y0 + 1);
  const cost = new Float32Array(n).fill(Infinity);
  const came = new Int32Array(n).fill(-1);
  const start = (ay - y0) * w + ax - x0;
  const end = (by - y0) * w + bx - x0;
  const open = new Buckets();
  cost[start] = 0;
  open.add(0, start);
  for (let here = open.take(); here !== undefined && here !== end; here = open.take()) {
    const [hx, hy] = [here % w, Math.floor(here / w)];
    for (const [dx, dy, length] of NEIGHBOURS) {
      const [nx, ny] = [hx + dx, hy + dy];
      if (nx < 0 || ny < 0 || nx >= w || ny > y1 - y0) continue;
      const next = ny * w + nx;
      const edge = slope[(ny + y0) * width + nx + x0] as number;
      const total = (cost[here] as number) + length * (0.03 + (1 - Math.min(1, 2 * edge)) ** 2);
      if (total >= (cost[next] as number)) continue;
      cost[next] = total;
      came[next] = here;
      open.add(total, next);
    }
  }
  const way: Point[] = [];
  for (let here = end; here !== -1; here = came[here] as number)
    way.push([left + ((here % w) + x0 + 0.5) * scale, top + (Math.floor(here / w) + y0 + 0.5) * scale]);
  return way.reverse();
}

/** Places in the order of their cost, in steps too small to matter. */
class Buckets {
  private readonly buckets: number[][] = [];
  private lowest = 0;

  add(cost: number, place: number): void {
    const i = Math.floor(cost * 32);
    const bucket = this.buckets[i];
    if (bucket) bucket.push(place);
    else this.buckets[i] = [place];
    if (i < this.lowest) this.lowest = i;
  }

  take(): number | undefined {
    for (; this.lowest < this.buckets.length; this.lowest += 1) {
      const place = this.buckets[this.lowest]?.pop();
      if (place !== undefined) return place;
    }
    return undefined;
  }
}

/**
 * The outline moved to the steepest edge at most `reach` image pixels away, along its own normals; neighbours go
 * together (a cheapest way around the ring), so that no vertex jumps to another object's edge alone.
 */
export function snapToEdge(outline: Outline, picture: Picture, slope: Float32Array, reach: number): Outline {
  return clean(outline.map((part) => part.map((ring) => snapRing(ring, picture, slope, reach))));
}

const STEPS = 10; // places to either side

function snapRing(ring: Ring, picture: Picture, slope: Float32Array, reach: number): Ring {
  const n = Math.max(12, Math.min(720, Math.round(ringLength(ring) / Math.max(1, picture.scale * 2))));
  const points = resample(ring, n);
  const normal = (i: number): Point => {
    const [p, q] = [(i + n - 2) % n, (i + 2) % n];
    const dx = (points[2 * q] as number) - (points[2 * p] as number);
    const dy = (points[2 * q + 1] as number) - (points[2 * p + 1] as number);
    const length = Math.hypot(dx, dy) || 1;
    return [dy / length, -dx / length];
  };
  const width = 2 * STEPS + 1;
  const gain = new Float32Array(n * width);
  for (let i = 0; i < n; i += 1) {
    const [nx, ny] = normal(i);
    for (let k = 0; k < width; k += 1) {
      const away = ((k - STEPS) / STEPS) * reach;
      const px = Math.floor(((points[2 * i] as number) + nx * away - picture.left) / picture.scale);
      const py = Math.floor(((points[2 * i + 1] as number) + ny * away - picture.top) / picture.scale);
      const isSeen = px >= 0 && py >= 0 && px < picture.width && py < picture.height;
      // of two edges alike, the nearer one
      gain[i * width + k] = isSeen
        ? (slope[py * picture.width + px] as number) - 0.1 * Math.abs(away / reach)
        : -1;
    }
  }
  const places = bestAround(gain, n, width);
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i += 1) {
    const [nx, ny] = normal(i);
    const away = (((places[i] as number) - STEPS) / STEPS) * reach;
    out[2 * i] = (points[2 * i] as number) + nx * away;
    out[2 * i + 1] = (points[2 * i + 1] as number) + ny * away;
  }
  return simplifyRing(out, 0.25 * picture.scale);
}

/** One place for each point, most gain in all, neighbours at most one step apart (twice around, so that it closes). */
function bestAround(gain: Float32Array, n: number, width: number): Int32Array {
  const total = new Float32Array(2 * n * width);
  const from = new Int8Array(2 * n * width);
  for (let i = 0; i < 2 * n; i += 1) {
    for (let k = 0; k < width; k += 1) {
      let best = i === 0 ? 0 : -Infinity;
      let step = 0;
      for (let d = -1; i > 0 && d <= 1; d += 1) {
        const j = k + d;
        if (j < 0 || j >= width) continue;
        const value = (total[(i - 1) * width + j] as number) - 0.02 * Math.abs(d);
        if (value > best) [best, step] = [value, d];
      }
      total[i * width + k] = best + (gain[(i % n) * width + k] as number);
      from[i * width + k] = step;
    }
  }
  let k = 0;
  for (let j = 1; j < width; j += 1)
    if ((total[(2 * n - 1) * width + j] as number) > (total[(2 * n - 1) * width + k] as number)) k = j;
  const places = new Int32Array(n);
  for (let i = 2 * n - 1; i >= 0; i -= 1) {
    // the middle turn is bound on both sides
    if (i >= Math.floor(n / 2) && i < Math.floor(n / 2) + n) places[i % n] = k;
    k += from[i * width + k] as number;
  }
  return places;
}
