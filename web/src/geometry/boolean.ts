import {
  Clipper64,
  ClipperOffset,
  ClipType,
  EndType,
  FillRule,
  JoinType,
  type Path64,
  PathType,
  type Point64,
  type PolyPath64,
  PolyTree64,
} from "clipper2-ts";
import { signedArea } from "./measures";
import { boxOf, GRID, type Outline, type Ring } from "./outline";
import { isSimple } from "./simple";

/** Pieces below this are the rounding of a cut (square pixels). */
const LEAST_AREA = 0.01;

/** Joined; what does not touch stays a part of its own. */
export function union(outlines: readonly Outline[]): Outline {
  return combine(ClipType.Union, outlines.flatMap(pathsOf), []);
}

/** What of the first lies in none of the others. */
export function subtract(outline: Outline, others: readonly Outline[]): Outline {
  return combine(ClipType.Difference, pathsOf(outline), others.flatMap(pathsOf));
}

export function intersect(a: Outline, b: Outline): Outline {
  return combine(ClipType.Intersection, pathsOf(a), pathsOf(b));
}

/** A valid outline of what a hand drew: crossings are resolved, rings turn as they should, all on the grid. */
export function clean(outline: Outline): Outline {
  return union([outline]);
}

/** Only what lies on the image. */
export function within(outline: Outline, width: number, height: number): Outline {
  if (outline.length === 0) return outline;
  const [left, top, right, bottom] = boxOf(outline);
  if (left >= 0 && top >= 0 && right <= width && bottom <= height) return outline;
  return intersect(outline, [[Float64Array.from([0, 0, width, 0, width, height, 0, height])]]);
}

/** Larger by so many pixels all around, smaller where negative; corners become round. */
export function grow(outline: Outline, px: number): Outline {
  return offset(pathsOf(outline), px * GRID, JoinType.Round);
}

/** The area that a round brush passes over. */
export function stroke(points: readonly (readonly [number, number])[], radius: number): Outline {
  const path = points.map(([x, y]) => ({ x: units(x), y: units(y) }));
  const made = new ClipperOffset(2, arcTolerance(radius));
  made.addPath(path, JoinType.Round, EndType.Round);
  const tree = new PolyTree64();
  made.execute(radius * GRID, tree);
  return tidy(outlineOf(tree));
}

function arcTolerance(radius: number): number {
  return Math.max(0.01, Math.min(0.1, radius / 300)) * GRID;
}

function offset(paths: Path64[], delta: number, join: JoinType): Outline {
  const made = new ClipperOffset(2, arcTolerance(Math.abs(delta) / GRID));
  made.addPaths(paths, join, EndType.Polygon);
  const tree = new PolyTree64();
  made.execute(delta, tree);
  return join === JoinType.Round ? tidy(outlineOf(tree)) : outlineOf(tree);
}

function combine(type: ClipType, subject: Path64[], clip: Path64[]): Outline {
  const clipper = new Clipper64();
  clipper.addPaths(subject, PathType.Subject);
  if (clip.length > 0) clipper.addPaths(clip, PathType.Clip);
  const tree = new PolyTree64();
  clipper.execute(type, FillRule.NonZero, tree);
  return tidy(outlineOf(tree));
}

function units(value: number): number {
  return Math.round(value * GRID);
}

function pathsOf(outline: Outline): Path64[] {
  const paths = outline.flatMap((part) =>
    part.map((ring, i) => {
      const drawn: Path64 = [];
      for (let v = 0; v < ring.length; v += 2)
        drawn.push({ x: units(ring[v] as number), y: units(ring[v + 1] as number) });
      const path = cornersOf(drawn);
      // by the non-zero rule a hole is a hole only if it turns the other way
      return i > 0 === signedArea(ring) > 0 && i > 0 ? path.reverse() : path;
    }),
  );
  return paths.filter((path) => path.length > 0); // the library stumbles over empty ones
}

/**
 * A closed path without points that turn nothing: doubled ones, those on a straight edge, and tips of spikes. They
 * enclose nothing, and the library never comes back from spikes that lie over each other.
 */
function cornersOf(path: Path64): Path64 {
  const kept: Path64 = [];
  for (const point of path) {
    while (kept.length > 0 && isStraight(kept.at(-2), kept.at(-1), point)) kept.pop();
    kept.push(point);
  }
  // where the end meets the start, the same from both sides
  let first = 0;
  for (let before = -1; before !== kept.length - first; ) {
    before = kept.length - first;
    while (kept.length - first > 1 && isStraight(kept.at(-2), kept.at(-1), kept[first])) kept.pop();
    while (kept.length - first > 1 && isStraight(kept.at(-1), kept[first], kept[first + 1])) first += 1;
  }
  return kept.length - first > 2 ? kept.slice(first) : [];
}

function isStraight(a: Point64 | undefined, b: Point64 | undefined, c: Point64 | undefined): boolean {
  if (!b || !c) return false;
  if (b.x === c.x && b.y === c.y) return true;
  return a !== undefined && (b.x - a.x) * (c.y - b.y) === (b.y - a.y) * (c.x - b.x);
}

function ringOf(path: Path64): Ring {
  const ring = new Float64Array(path.length * 2);
  path.forEach((point, i) => {
    ring[2 * i] = point.x / GRID;
    ring[2 * i + 1] = point.y / GRID;
  });
  return ring;
}

function outlineOf(tree: PolyPath64): Outline {
  const parts: Ring[][] = [];
  function visit(node: PolyPath64): void {
    for (let i = 0; i < node.count; i += 1) {
      const outer = node.child(i);
      const part = [ringOf(outer.poly ?? [])];
      for (let h = 0; h < outer.count; h += 1) {
        const hole = outer.child(h);
        part.push(ringOf(hole.poly ?? []));
        visit(hole); // islands in the hole
      }
      parts.push(part);
    }
  }
  visit(tree);
  return parts
    .filter((part) => signedArea(part[0] as Ring) > LEAST_AREA)
    .map((part) => part.filter((ring, i) => i === 0 || -signedArea(ring) > LEAST_AREA))
    .sort((a, b) => signedArea(b[0] as Ring) - signedArea(a[0] as Ring));
}

/** Rings that touch themselves are no outlines for the service: there they are opened by a few units of the grid. */
function tidy(outline: Outline): Outline {
  let made = outline;
  for (const delta of [0, 1, 2, 4]) {
    if (made.every((part) => part.every(isSimple))) return made;
    if (delta > 0) made = offset(pathsOf(made), -delta, JoinType.Miter);
    else made = outlineOf(resolved(pathsOf(made)));
  }
  return made.filter((part) => part.every(isSimple));
}

function resolved(paths: Path64[]): PolyTree64 {
  const clipper = new Clipper64();
  clipper.addPaths(paths, PathType.Subject);
  const tree = new PolyTree64();
  clipper.execute(ClipType.Union, FillRule.NonZero, tree);
  return tree;
}
