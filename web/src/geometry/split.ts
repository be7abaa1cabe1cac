import { clean } from "./boolean";
import { isInside, signedArea } from "./measures";
import { GRID, type Outline, type Part, type Ring } from "./outline";
import { segmentsMeet } from "./simple";

type Point = readonly [number, number];

/** Square pixels that rounding may take from all pieces together, or add. */
const MOST_LOST = 0.25;

/**
 * The pieces that a line cuts a part into, largest first; together exactly the part. The line may have any number of
 * corners and crossings. An end that stops inside cuts nothing; a hole on the line becomes a bay of both pieces.
 */
export function splitPart(part: Part, line: readonly Point[]): Part[] {
  const graph = networkOf(part, line.map(onGrid));
  graph.prune();
  const walks = graph.walks().filter((walk) => !walk.isOutside);
  const faces = walks.filter((walk) => walk.area > 0);
  if (faces.length < 2) return [part];
  const holes = walks.filter((walk) => walk.area < 0);
  const pieces = faces.map((face) => ({ face, rings: [face.ring] }));
  for (const hole of holes) {
    const [x, y] = [hole.ring[0] as number, hole.ring[1] as number];
    const around = pieces
      .filter(({ face }) => face.area > -hole.area && isInside([face.ring], x, y))
      .sort((a, b) => a.face.area - b.face.area)[0];
    around?.rings.push(hole.ring);
  }
  const made = pieces
    .flatMap(({ rings }) => clean([rings.map((ring) => ring.map((value) => value / GRID))]))
    .sort((a, b) => signedArea(b[0] as Ring) - signedArea(a[0] as Ring));
  // a line that runs along an edge within the rounding can tangle the network: then nothing is cut
  const sum = made.reduce((total, each) => total + areaOf(each), 0);
  return Math.abs(sum - areaOf(part)) < MOST_LOST ? made : [part];
}

function areaOf(part: Part): number {
  return part.reduce((sum, ring) => sum + signedArea(ring), 0);
}

/** The same for all parts of an outline: what is cut off, and which parts the line misses. */
export function splitOutline(outline: Outline, line: readonly Point[]): Part[] {
  return outline.flatMap((part) => splitPart(part, line));
}

function onGrid([x, y]: Point): Point {
  return [Math.round(x * GRID), Math.round(y * GRID)];
}

interface Edge {
  a: Point;
  b: Point;
  isRing: boolean;
  cuts: Point[];
}

function networkOf(part: Part, line: readonly Point[]): Network {
  const edges: Edge[] = [];
  const rings = part.map((ring) => ring.map((value) => Math.round(value * GRID)));
  for (const ring of rings) {
    for (let v = 0; v < ring.length; v += 2) {
      const w = (v + 2) % ring.length;
      edges.push(
        edge([ring[v] as number, ring[v + 1] as number], [ring[w] as number, ring[w + 1] as number], true),
      );
    }
  }
  const nRing = edges.length;
  for (let i = 1; i < line.length; i += 1) edges.push(edge(line[i - 1] as Point, line[i] as Point, false));
  for (let i = nRing; i < edges.length; i += 1)
    for (let j = 0; j < i; j += 1) cross(edges[i] as Edge, edges[j] as Edge);
  const network = new Network();
  for (const each of edges) {
    const along = (p: Point) =>
      (p[0] - each.a[0]) * (each.b[0] - each.a[0]) + (p[1] - each.a[1]) * (each.b[1] - each.a[1]);
    const points = [each.a, ...each.cuts.sort((p, q) => along(p) - along(q)), each.b];
    for (let i = 1; i < points.length; i += 1) {
      const [p, q] = [points[i - 1] as Point, points[i] as Point];
      if (each.isRing) network.add(p, q, true);
      else if (isInside(rings, (p[0] + q[0]) / 2, (p[1] + q[1]) / 2)) network.add(p, q, false);
    }
  }
  return network;
}

function edge(a: Point, b: Point, isRing: boolean): Edge {
  return { a, b, isRing, cuts: [] };
}

/** Notes on both edges where they meet. */
function cross(one: Edge, other: Edge): void {
  const { a, b } = one;
  const { a: c, b: d } = other;
  if (!segmentsMeet(a, b, c, d)) return;
  const ends = [c, d].filter((p) => isOn(p, a, b)).map((p) => [one, p] as const);
  ends.push(...[a, b].filter((p) => isOn(p, c, d)).map((p) => [other, p] as const));
  if (ends.length > 0) {
    for (const [on, p] of ends) on.cuts.push(p);
    return;
  }
  const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / (rx * sy - ry * sx);
  const p: Point = [Math.round(a[0] + t * rx), Math.round(a[1] + t * ry)];
  one.cuts.push(p);
  other.cuts.push(p);
}

function isOn(p: Point, a: Point, b: Point): boolean {
  return segmentsMeet(p, p, a, b);
}

interface Walk {
  ring: Ring;
  area: number;
  /** On the far side of the part's edge. */
  isOutside: boolean;
}

/** Edges between points; its faces are what the lines divide the plane into. */
class Network {
  private readonly points: Point[] = [];
  private readonly index = new Map<string, number>();
  private readonly next: Map<number, "along" | "against" | "line">[] = [];

  add(p: Point, q: Point, isRing: boolean): void {
    const [a, b] = [this.node(p), this.node(q)];
    if (a === b) return;
    if (!isRing && this.next[a]?.has(b)) return;
    this.next[a]?.set(b, isRing ? "along" : "line");
    this.next[b]?.set(a, isRing ? "against" : "line");
  }

  /** Takes away ends that lead nowhere. */
  prune(): void {
    const open = this.next.flatMap((each, i) => (each.size === 1 ? [i] : []));
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      const [other] = this.next[i]?.keys() ?? [];
      if (other === undefined) continue;
      this.next[i]?.clear();
      this.next[other]?.delete(i);
      if (this.next[other]?.size === 1) open.push(other);
    }
  }

  walks(): Walk[] {
    const sorted = this.next.map((each, i) => {
      const [x, y] = this.points[i] as Point;
      const angle = (j: number) => {
        const [px, py] = this.points[j] as Point;
        return Math.atan2(py - y, px - x);
      };
      return [...each.keys()].sort((a, b) => angle(a) - angle(b));
    });
    const seen = new Set<string>();
    const found: Walk[] = [];
    for (let start = 0; start < sorted.length; start += 1) {
      for (const first of sorted[start] as number[]) {
        if (seen.has(`${start} ${first}`)) continue;
        const ring: number[] = [];
        let isOutside = false;
        let [from, to] = [start, first];
        while (!seen.has(`${from} ${to}`)) {
          seen.add(`${from} ${to}`);
          ring.push(...(this.points[from] as Point));
          if (this.next[from]?.get(to) === "against") isOutside = true;
          const around = sorted[to] as number[];
          const place = around.indexOf(from);
          const following = around[(place + around.length - 1) % around.length] as number;
          [from, to] = [to, following];
        }
        const made = Float64Array.from(ring);
        found.push({ ring: made, area: signedArea(made), isOutside });
      }
    }
    return found;
  }

  private node(p: Point): number {
    const key = `${p[0]} ${p[1]}`;
    const known = this.index.get(key);
    if (known !== undefined) return known;
    this.points.push(p);
    this.next.push(new Map());
    this.index.set(key, this.points.length - 1);
    return this.points.length - 1;
  }
}
