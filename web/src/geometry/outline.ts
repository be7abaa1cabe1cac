/**
 * Outlines as the service sends them, and as the browser draws them.
 *
 * A ring is a flat array x0, y0, x1, y1, … on pixel edges, not closed. A part is an outer ring and its holes;
 * an object has one or more parts.
 */
export type Ring = Float64Array;
export type Part = readonly Ring[];
export type Outline = readonly Part[];

export class OutlineError extends Error {}

/** The number at `at` and where the next one begins: 7 bits a byte, little-endian, the top bit set on all but its last. */
export function readVarint(bytes: Uint8Array, at: number, end: number): [number, number] {
  let value = 0;
  let factor = 1;
  for (let i = at; i < end; i += 1) {
    const byte = bytes[i] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, i + 1];
    factor *= 128;
    if (factor > Number.MAX_SAFE_INTEGER) throw new OutlineError("a number is too long");
  }
  throw new OutlineError("an outline ends too early");
}

/** The outline that `bytes[start:end]` hold (the format is described in the service's `server/compute/outlines.py`). */
export function decodeOutline(bytes: Uint8Array, start = 0, end = bytes.length): Outline {
  if (end <= start) throw new OutlineError("an outline has at least one byte");
  const scale = 2 ** -(bytes[start] as number);
  let at = start + 1;
  function next(): number {
    const [value, after] = readVarint(bytes, at, end);
    at = after;
    return value;
  }
  function step(): number {
    const value = next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  let x = 0;
  let y = 0;
  const parts: Ring[][] = [];
  const nParts = next();
  for (let p = 0; p < nParts; p += 1) {
    const rings: Ring[] = [];
    const nRings = next();
    for (let r = 0; r < nRings; r += 1) {
      const nVertices = next();
      // two bytes at least for each vertex: a broken length must not reserve gigabytes
      if (nVertices * 2 > end - at) throw new OutlineError("an outline ends too early");
      const ring = new Float64Array(nVertices * 2);
      for (let v = 0; v < nVertices; v += 1) {
        x += step();
        y += step();
        ring[2 * v] = x * scale;
        ring[2 * v + 1] = y * scale;
      }
      rings.push(ring);
    }
    parts.push(rings);
  }
  if (at !== end) throw new OutlineError("an outline has bytes after its end");
  return parts;
}

const DRAWN_EXPONENT = 8;

/** The bytes of an outline; whole coordinates come back exactly, others to 1/256 px. */
export function encodeOutline(outline: Outline): Uint8Array {
  const isWhole = outline.every((part) => part.every((ring) => ring.every(Number.isInteger)));
  const exponent = isWhole ? 0 : DRAWN_EXPONENT;
  const out: number[] = [exponent];
  function put(value: number) {
    let rest = value;
    while (rest >= 0x80) {
      out.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    out.push(rest);
  }
  let x = 0;
  let y = 0;
  put(outline.length);
  for (const part of outline) {
    put(part.length);
    for (const ring of part) {
      put(ring.length / 2);
      for (let v = 0; v < ring.length; v += 2) {
        const nextX = Math.round((ring[v] as number) * 2 ** exponent);
        const nextY = Math.round((ring[v + 1] as number) * 2 ** exponent);
        for (const step of [nextX - x, nextY - y]) put(step >= 0 ? step * 2 : -step * 2 - 1);
        x = nextX;
        y = nextY;
      }
    }
  }
  return Uint8Array.from(out);
}

/** Drawn coordinates lie on a grid of 1/256 px: what is sent comes back as it was. */
export const GRID = 2 ** DRAWN_EXPONENT;

/** Whether two outlines are the same to 1/256 px, vertex by vertex. */
export function sameOutline(a: Outline, b: Outline): boolean {
  return (
    a.length === b.length &&
    a.every((part, p) => {
      const other = b[p] as Part;
      return (
        part.length === other.length &&
        part.every((ring, r) => {
          const twin = other[r] as Ring;
          if (ring.length !== twin.length) return false;
          for (let v = 0; v < ring.length; v += 1) {
            if (Math.round((ring[v] as number) * GRID) !== Math.round((twin[v] as number) * GRID))
              return false;
          }
          return true;
        })
      );
    })
  );
}

/** x_min, y_min, x_max, y_max. */
export type Box = readonly [number, number, number, number];

export function boxOf(outline: Outline): Box {
  let [xMin, yMin, xMax, yMax] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of outline) {
    const outer = part[0];
    if (!outer) continue;
    for (let v = 0; v < outer.length; v += 2) {
      const x = outer[v] as number;
      const y = outer[v + 1] as number;
      if (x < xMin) xMin = x;
      if (x > xMax) xMax = x;
      if (y < yMin) yMin = y;
      if (y > yMax) yMax = y;
    }
  }
  return [xMin, yMin, xMax, yMax];
}

export function overlaps(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}
