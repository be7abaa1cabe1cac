import { GRID, type Ring } from "./outline";

/** Whether a ring neither crosses nor touches itself; on the grid, where every test is exact. */
export function isSimple(ring: Ring): boolean {
  const n = ring.length / 2;
  if (n < 3) return false;
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    x[i] = Math.round((ring[2 * i] as number) * GRID);
    y[i] = Math.round((ring[2 * i + 1] as number) * GRID);
  }
  // edges from left to right; those that have ended before the next one begins cannot meet it
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => left(a) - left(b));
  function left(i: number): number {
    return Math.min(x[i] as number, x[(i + 1) % n] as number);
  }
  function right(i: number): number {
    return Math.max(x[i] as number, x[(i + 1) % n] as number);
  }
  let open: number[] = [];
  for (const edge of order) {
    const from = left(edge);
    open = open.filter((other) => right(other) >= from);
    for (const other of open) if (meet(x, y, n, edge, other)) return false;
    open.push(edge);
  }
  return true;
}

function meet(x: Float64Array, y: Float64Array, n: number, i: number, j: number): boolean {
  const [i1, j1] = [(i + 1) % n, (j + 1) % n];
  const at = (k: number): [number, number] => [x[k] as number, y[k] as number];
  const [a, b, c, d] = [at(i), at(i1), at(j), at(j1)];
  if (same(a, b) || same(c, d)) return true; // an edge without length
  if (i1 === j || j1 === i) {
    // neighbours share a corner; they may not lie on each other
    const [far, corner, next] = i1 === j ? [a, b, d] : [c, d, b];
    return (
      orientation(far, corner, next) === 0 &&
      (far[0] - corner[0]) * (next[0] - corner[0]) + (far[1] - corner[1]) * (next[1] - corner[1]) > 0
    );
  }
  return segmentsMeet(a, b, c, d);
}

type Point = readonly [number, number];

function same(a: Point, b: Point): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** Positive, negative or zero as c lies to one side of a–b, to the other, or on it. */
export function orientation(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

export function segmentsMeet(a: Point, b: Point, c: Point, d: Point): boolean {
  if (
    Math.max(a[1], b[1]) < Math.min(c[1], d[1]) ||
    Math.max(c[1], d[1]) < Math.min(a[1], b[1]) ||
    Math.max(a[0], b[0]) < Math.min(c[0], d[0]) ||
    Math.max(c[0], d[0]) < Math.min(a[0], b[0])
  )
    return false;
  const [p, q, r, s] = [
    orientation(a, b, c),
    orientation(a, b, d),
    orientation(c, d, a),
    orientation(c, d, b),
  ];
  return ((p >= 0 && q <= 0) || (p <= 0 && q >= 0)) && ((r >= 0 && s <= 0) || (r <= 0 && s >= 0));
}
