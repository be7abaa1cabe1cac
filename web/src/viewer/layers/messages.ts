import type { Outline } from "../../geometry/outline";
import type { OutlineLook, Window } from "./paint";

/** What the page tells the thread that draws. */
export type ToPainter =
  | {
      type: "put";
      keys: Int32Array;
      colours: readonly string[];
      shape: Int32Array;
      vertices: Float64Array;
      removed: readonly number[];
    }
  | { type: "colours"; keys: Int32Array; colours: readonly string[] }
  | { type: "state"; look: OutlineLook; selected: ReadonlySet<number>; hidden: ReadonlySet<number> }
  | { type: "draw"; window: Window };

/** What it answers: a drawing, and what it is of. */
export interface Drawn {
  window: Window;
  bitmap: ImageBitmap;
  ms: number;
}

/** Outlines as two arrays, which cross to another thread without being copied. */
export function packed(outlines: readonly Outline[]): { shape: Int32Array; vertices: Float64Array } {
  const shape: number[] = [];
  let n = 0;
  for (const outline of outlines) {
    shape.push(outline.length);
    for (const part of outline) {
      shape.push(part.length);
      for (const ring of part) {
        shape.push(ring.length);
        n += ring.length;
      }
    }
  }
  const vertices = new Float64Array(n);
  let at = 0;
  for (const outline of outlines)
    for (const part of outline)
      for (const ring of part) {
        vertices.set(ring, at);
        at += ring.length;
      }
  return { shape: Int32Array.from(shape), vertices };
}

export function unpacked(shape: Int32Array, vertices: Float64Array): Outline[] {
  const out: Outline[] = [];
  let [s, v] = [0, 0];
  const next = () => {
    s += 1;
    return shape[s - 1] as number;
  };
  while (s < shape.length) {
    out.push(
      Array.from({ length: next() }, () =>
        Array.from({ length: next() }, () => {
          const length = next();
          v += length;
          return vertices.subarray(v - length, v);
        }),
      ),
    );
  }
  return out;
}
