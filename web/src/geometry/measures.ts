import { contourLength } from "./contour";
import type { Outline, Part, Ring } from "./outline";

/** Signed area of a ring (shoelace); positive for outer rings, which run clockwise on the screen. Square pixels. */
export function signedArea(ring: Ring): number {
  let twice = 0;
  let px = ring[ring.length - 2] as number;
  let py = ring[ring.length - 1] as number;
  for (let v = 0; v < ring.length; v += 2) {
    const x = ring[v] as number;
    const y = ring[v + 1] as number;
    twice += px * y - x * py;
    px = x;
    py = y;
  }
  return twice / 2;
}

/** Length of a closed ring. */
export function ringLength(ring: Ring): number {
  let length = 0;
  let px = ring[ring.length - 2] as number;
  let py = ring[ring.length - 1] as number;
  for (let v = 0; v < ring.length; v += 2) {
    const x = ring[v] as number;
    const y = ring[v + 1] as number;
    length += Math.hypot(x - px, y - py);
    px = x;
    py = y;
  }
  return length;
}

/** What is measured of an object: `core` is what was outlined, and its outline is measured as it is. */
export type Region = "filled" | "net" | "core";

/** The sides of a pixel. */
interface PixelSize {
  x: number;
  y: number;
}

/** How outlines are measured in an image: by its pixels, where they are known, and what of an object counts. */
export interface Measuring {
  pixelSizeUm: PixelSize | null;
  region: Region;
}

const IN_PIXELS: PixelSize = { x: 1, y: 1 };

export interface LiveMeasures {
  area: number;
  /** Of the outer rings, on the contour behind what was traced. */
  perimeter: number;
  equivalentDiameter: number;
  circularity: number;
  centroidX: number;
  centroidY: number;
}

/**
 * The measures that follow the hand while an outline is dragged, by the definitions of the service
 * (`measurement/definitions.py`): area ½·|Σ …| on pixel edges, D_eq √(4A/π), circularity 4πA/P².
 *
 * Lengths are in µm where the pixel size is known, else in pixels.
 */
export function measure(
  outline: Outline,
  { pixelSizeUm, region }: Measuring = { pixelSizeUm: null, region: "filled" },
): LiveMeasures {
  const side = pixelSizeUm ?? IN_PIXELS;
  let area = 0;
  let perimeter = 0;
  let mx = 0;
  let my = 0;
  for (const part of outline) {
    for (const [i, ring] of (region === "net" ? part : part.slice(0, 1)).entries()) {
      const sign = (i === 0 ? 1 : -1) * Math.sign(signedArea(ring) || 1);
      const moments = firstMoments(ring);
      area += sign * moments.area;
      mx += sign * moments.x;
      my += sign * moments.y;
    }
    if (part[0]) perimeter += contourLength(part[0], side);
  }
  const scaled = area * side.x * side.y;
  return {
    area: scaled,
    perimeter,
    equivalentDiameter: Math.sqrt((4 * scaled) / Math.PI),
    circularity: (4 * Math.PI * scaled) / perimeter ** 2,
    centroidX: (mx / area) * side.x,
    centroidY: (my / area) * side.y,
  };
}

function firstMoments(ring: Ring): { area: number; x: number; y: number } {
  // relative to the first vertex: small numbers keep their digits in images of 50,000 px
  const ox = ring[0] as number;
  const oy = ring[1] as number;
  let area = 0;
  let x = 0;
  let y = 0;
  let px = (ring[ring.length - 2] as number) - ox;
  let py = (ring[ring.length - 1] as number) - oy;
  for (let v = 0; v < ring.length; v += 2) {
    const qx = (ring[v] as number) - ox;
    const qy = (ring[v + 1] as number) - oy;
    const cross = px * qy - qx * py;
    area += cross / 2;
    x += ((px + qx) * cross) / 6;
    y += ((py + qy) * cross) / 6;
    px = qx;
    py = qy;
  }
  return { area, x: x + area * ox, y: y + area * oy };
}

/** Whether a point lies inside a part: in its outer ring and in none of its holes (even–odd rule). */
export function isInside(part: Part, x: number, y: number): boolean {
  let isIn = false;
  for (const ring of part) {
    let px = ring[ring.length - 2] as number;
    let py = ring[ring.length - 1] as number;
    for (let v = 0; v < ring.length; v += 2) {
      const qx = ring[v] as number;
      const qy = ring[v + 1] as number;
      if (qy > y !== py > y && x < ((px - qx) * (y - qy)) / (py - qy) + qx) isIn = !isIn;
      px = qx;
      py = qy;
    }
  }
  return isIn;
}

/** Squared distance of a point from a segment, and where along it (0…1) the nearest point is. */
export function toSegment(
  x: number,
  y: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): [number, number] {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const along = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length2));
  return [(x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2, along];
}
