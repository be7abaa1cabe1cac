import { clean } from "./boolean";
import { ringLength, signedArea } from "./measures";
import type { Outline, Ring } from "./outline";
import { simplifyRing } from "./simplify";

/** Rounded with a radius in pixels; the area stays. */
export function smoothOutline(outline: Outline, radius: number): Outline {
  if (radius <= 0) return outline;
  return clean(outline.map((part) => part.map((ring) => smoothRing(ring, radius))));
}

function smoothRing(ring: Ring, radius: number): Ring {
  const length = ringLength(ring);
  const n = Math.max(12, Math.min(4000, Math.ceil((length / radius) * 4)));
  const points = resample(ring, n);
  // a Gauss curve along the ring, with the radius as its width
  const width = (radius * n) / length;
  const reach = Math.min(Math.floor((n - 1) / 2), Math.ceil(width * 3));
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * width * width)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i += 1) {
    for (let k = -reach; k <= reach; k += 1) {
      const from = (i + k + n) % n;
      const weight = (weights[k + reach] as number) / sum;
      out[2 * i] = (out[2 * i] as number) + weight * (points[2 * from] as number);
      out[2 * i + 1] = (out[2 * i + 1] as number) + weight * (points[2 * from + 1] as number);
    }
  }
  // what rounding took from the area is given back all around
  for (let i = 0; i < 3; i += 1)
    push(out, (signedArea(ring) - signedArea(out)) / Math.max(1e-9, ringLength(out)));
  return simplifyRing(out, Math.min(0.1, radius / 20));
}

/** So many points at equal distances along a ring. */
export function resample(ring: Ring, n: number): Ring {
  const step = ringLength(ring) / n;
  const out = new Float64Array(2 * n);
  const count = ring.length / 2;
  let [v, travelled] = [0, 0];
  for (let i = 0; i < n; i += 1) {
    for (;;) {
      const w = (v + 1) % count;
      const [ax, ay] = [ring[2 * v] as number, ring[2 * v + 1] as number];
      const [bx, by] = [ring[2 * w] as number, ring[2 * w + 1] as number];
      const edge = Math.hypot(bx - ax, by - ay);
      const left = i * step - travelled;
      if (left <= edge || v === count - 1) {
        const share = edge === 0 ? 0 : Math.min(1, left / edge);
        out[2 * i] = ax + share * (bx - ax);
        out[2 * i + 1] = ay + share * (by - ay);
        break;
      }
      travelled += edge;
      v += 1;
    }
  }
  return out;
}

/** Moves every point along its normal, to the outside of a ring with positive area. */
function push(ring: Ring, distance: number): void {
  const n = ring.length / 2;
  const before = ring.slice();
  for (let i = 0; i < n; i += 1) {
    const [p, q] = [(i + n - 1) % n, (i + 1) % n];
    const tx = (before[2 * q] as number) - (before[2 * p] as number);
    const ty = (before[2 * q + 1] as number) - (before[2 * p + 1] as number);
    const length = Math.hypot(tx, ty) || 1;
    ring[2 * i] = (before[2 * i] as number) + (ty / length) * distance;
    ring[2 * i + 1] = (before[2 * i + 1] as number) - (tx / length) * distance;
  }
}
