import type { Ring } from "./outline";

const FIT_WIDTH = 0.9;
const LEAST_CORNER_PX = 5;
const LEAST_ARC = 8;

/**
 * Length of the sub-pixel contour behind a ring, as the service measures it (`measurement/contour.py`): where the ring
 * runs along pixel edges, a moving quadratic fit through the middles of its unit edges takes the stairs away; edges
 * that were drawn stay as they are.
 *
 * @param sides of a pixel; the length is in their unit.
 */
export function contourLength(ring: Ring, sides: { x: number; y: number } = { x: 1, y: 1 }): number {
  const { x, y, free, reach } = pointsOf(ring);
  const n = x.length;
  const distance = toFixed(free);
  let length = 0;
  let [px, py] = fitted(x, y, n - 1, Math.min(reach, distance[n - 1] as number));
  for (let k = 0; k < n; k += 1) {
    const [qx, qy] = fitted(x, y, k, Math.min(reach, distance[k] as number));
    length += Math.hypot((qx - px) * sides.x, (qy - py) * sides.y);
    [px, py] = [qx, qy];
  }
  return length;
}

function pointsOf(ring: Ring): { x: number[]; y: number[]; free: number[]; reach: number } {
  const corners: [number, number][] = [];
  for (let v = 0; v < ring.length; v += 2) {
    const here: [number, number] = [ring[v] as number, ring[v + 1] as number];
    const last = corners.at(-1);
    if (!last || last[0] !== here[0] || last[1] !== here[1]) corners.push(here);
  }
  const count = corners.length;
  const at = (i: number) => corners[(i + count) % count] as [number, number];
  const isTraced = (a: readonly [number, number], b: readonly [number, number]) =>
    (a[0] === b[0] || a[1] === b[1]) && [...a, ...b].every(Number.isInteger);
  const step = (a: readonly [number, number], b: readonly [number, number]) =>
    Math.abs(b[0] - a[0]) + Math.abs(b[1] - a[1]);
  let size = 0;
  for (let i = 0; i < count; i += 1) if (isTraced(at(i), at(i + 1))) size += step(at(i), at(i + 1));
  const reach = Math.min(Math.floor(FIT_WIDTH * size ** (1 / 3) + 0.5), Math.floor(size / LEAST_ARC));
  const [x, y, free]: [number[], number[], number[]] = [[], [], []];
  const room = size + count;
  for (let i = -1; i < count - 1; i += 1) {
    const [before, a, b] = [at(i - 1), at(i), at(i + 1)];
    const length = step(a, b);
    const isStraight = (a[0] - before[0]) * (b[1] - a[1]) === (a[1] - before[1]) * (b[0] - a[0]);
    const isCorner = Math.min(length, step(before, a)) > Math.max(reach, LEAST_CORNER_PX) && !isStraight;
    const isHere = isTraced(a, b);
    if (isCorner || !isHere || !isTraced(before, a)) {
      x.push(a[0]);
      y.push(a[1]);
      free.push(0);
    }
    if (!isHere) continue;
    const [dx, dy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
    for (let k = 0; k < length; k += 1) {
      x.push(a[0] + dx * (k + 0.5));
      y.push(a[1] + dy * (k + 0.5));
      free.push(room);
    }
  }
  return { x, y, free, reach };
}

/** How many points it is to the nearest one that stays, around the ring. */
function toFixed(free: readonly number[]): number[] {
  const n = free.length;
  const first = free.indexOf(0);
  const out = [...free];
  if (first < 0) return out;
  for (const step of [1, -1]) {
    let [at, nearest] = [first, 0];
    for (let i = 0; i < n; i += 1) {
      nearest = Math.min(out[at] as number, nearest + 1);
      out[at] = nearest;
      at = (at + step + n) % n;
    }
  }
  return out;
}

/** A point on the quadratic (Savitzky and Golay) through `m` points on either side. */
function fitted(x: readonly number[], y: readonly number[], k: number, m: number): [number, number] {
  const n = x.length;
  if (m < 2) return [x[k] as number, y[k] as number];
  const base = 3 * (3 * m * m + 3 * m - 1);
  let sx = base * (x[k] as number);
  let sy = base * (y[k] as number);
  for (let j = 1; j <= m; j += 1) {
    const weight = base - 15 * j * j;
    const [p, q] = [(k - j + n) % n, (k + j) % n];
    sx += weight * ((x[p] as number) + (x[q] as number));
    sy += weight * ((y[p] as number) + (y[q] as number));
  }
  const scale = 1 / ((2 * m - 1) * (2 * m + 1) * (2 * m + 3));
  return [sx * scale, sy * scale];
}
