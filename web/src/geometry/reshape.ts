import { clean } from "./boolean";
import { signedArea } from "./measures";
import type { Outline, Part, Ring } from "./outline";

type Point = readonly [number, number];
interface Crossing {
  /** Along the line: segment and share of it. */
  at: number;
  /** Along the ring: edge and share of it. */
  on: number;
  point: Point;
}

/**
 * The outline with the stretch of an edge that a line goes over replaced by the line, between its first and last
 * crossing; null where it does not cross one ring twice. Of the two ways to close it, the larger one is meant.
 */
export function reshape(outline: Outline, line: readonly Point[]): Outline | null {
  for (const [p, part] of outline.entries()) {
    for (const [r, ring] of part.entries()) {
      const crossings = crossingsOf(ring, line);
      const first = crossings[0];
      const last = crossings.at(-1);
      if (!first || !last || first === last) continue;
      const drawn = between(line, first, last);
      const ways = [arc(ring, last.on, first.on), arc(ring, first.on, last.on).reverse()].map((rest) =>
        Float64Array.from([...drawn, ...rest].flat()),
      );
      const size = (way: Ring) => Math.abs(signedArea(way));
      const made = ways.sort((a, b) => size(b) - size(a))[0] as Ring;
      if ((r === 0) !== signedArea(made) > 0) reverse(made);
      const next = outline.map(
        (each, i): Part => (i === p ? each.map((old, k) => (k === r ? made : old)) : each),
      );
      return clean(next);
    }
  }
  return null;
}

function crossingsOf(ring: Ring, line: readonly Point[]): Crossing[] {
  const found: Crossing[] = [];
  const n = ring.length / 2;
  for (let i = 1; i < line.length; i += 1) {
    const [a, b] = [line[i - 1] as Point, line[i] as Point];
    for (let e = 0; e < n; e += 1) {
      const c: Point = [ring[2 * e] as number, ring[2 * e + 1] as number];
      const f = (e + 1) % n;
      const d: Point = [ring[2 * f] as number, ring[2 * f + 1] as number];
      const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
      const across = rx * sy - ry * sx;
      if (across === 0) continue;
      const t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / across;
      const u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / across;
      if (t < 0 || t > 1 || u < 0 || u >= 1) continue;
      found.push({ at: i - 1 + t, on: e + u, point: [a[0] + t * rx, a[1] + t * ry] });
    }
  }
  return found.sort((p, q) => p.at - q.at);
}

/** The line from its first crossing to its last. */
function between(line: readonly Point[], first: Crossing, last: Crossing): Point[] {
  const inner = line.filter((_, i) => i > first.at && i < last.at);
  return [first.point, ...inner, last.point];
}

/** The ring's vertices after one place up to another, in its own direction. */
function arc(ring: Ring, from: number, to: number): Point[] {
  const n = ring.length / 2;
  const end = to > from ? to : to + n;
  const out: Point[] = [];
  for (let v = Math.floor(from) + 1; v <= end; v += 1)
    out.push([ring[2 * (v % n)] as number, ring[2 * (v % n) + 1] as number]);
  return out;
}

function reverse(ring: Ring): void {
  const points: Point[] = [];
  for (let v = 0; v < ring.length; v += 2) points.push([ring[v] as number, ring[v + 1] as number]);
  ring.set(points.reverse().flat());
}
