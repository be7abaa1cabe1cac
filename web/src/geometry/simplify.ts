import { toSegment } from "./measures";
import type { Outline, Ring } from "./outline";

/**
 * A ring with fewer vertices, none of the dropped ones further than `tolerance` from what is left
 * (Douglas and Peucker); at least three vertices stay.
 */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  const n = ring.length / 2;
  if (n <= 4 || tolerance <= 0) return ring;
  const x = (i: number) => ring[2 * (i % n)] as number;
  const y = (i: number) => ring[2 * (i % n) + 1] as number;
  const keep = new Uint8Array(n);
  // a closed ring is cut at its first vertex and at the one farthest from it
  let far = 0;
  let most = -1;
  for (let i = 1; i < n; i += 1) {
    const distance = (x(i) - x(0)) ** 2 + (y(i) - y(0)) ** 2;
    if (distance > most) [far, most] = [i, distance];
  }
  keep[0] = 1;
  keep[far] = 1;
  const open: [number, number][] = [
    [0, far],
    [far, n],
  ];
  const limit = tolerance * tolerance;
  let kept = 2;
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let worst = -1;
    let at = -1;
    for (let i = from + 1; i < to; i += 1) {
      const [distance] = toSegment(x(i), y(i), x(from), y(from), x(to), y(to));
      if (distance > worst) [at, worst] = [i, distance];
    }
    if (at < 0 || (worst <= limit && kept >= 3)) continue;
    keep[at] = 1;
    kept += 1;
    open.push([from, at], [at, to]);
  }
  const out = new Float64Array(kept * 2);
  let o = 0;
  for (let i = 0; i < n; i += 1) {
    if (!keep[i]) continue;
    out[o] = x(i);
    out[o + 1] = y(i);
    o += 2;
  }
  return out;
}

export function simplifyOutline(outline: Outline, tolerance: number): Outline {
  return outline.map((part) => part.map((ring) => simplifyRing(ring, tolerance)));
}

/** Levels of detail: level i holds for pictures where one screen pixel is at least 2^i image pixels. */
export class DetailLevels {
  private readonly levels: Outline[] = [];

  constructor(readonly full: Outline) {}

  /** The outline to draw where one screen pixel covers `resolution` image pixels; errors stay under 0.6 screen pixels. */
  at(resolution: number): Outline {
    if (resolution < 1) return this.full;
    const level = Math.min(10, Math.floor(Math.log2(resolution)));
    const made = this.levels[level] ?? simplifyOutline(this.full, 0.6 * 2 ** level);
    this.levels[level] = made;
    return made;
  }
}
