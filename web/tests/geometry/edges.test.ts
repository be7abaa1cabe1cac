import { expect, test } from "vitest";
import { stroke } from "../../src/geometry/boolean";
import { alongEdge, type Picture, snapToEdge, steepness } from "../../src/geometry/edges";
import { signedArea } from "../../src/geometry/measures";
import type { Ring } from "../../src/geometry/outline";

/** A bright disc of radius r in the middle of a dark picture, with a soft edge. */
function disc(r: number, size = 120): Picture {
  const values = new Float32Array(size * size);
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) {
      const away = Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2) - r;
      values[y * size + x] = 200 / (1 + Math.exp(away));
    }
  return { width: size, height: size, left: 10, top: 20, scale: 1, values };
}

test("the way from one side of a disc to the other goes around it, not through it", () => {
  const picture = disc(40);
  const way = alongEdge(picture, steepness(picture), [30, 80], [110, 80]);
  for (const [x, y] of way) expect(Math.abs(Math.hypot(x - 70, y - 80) - 40)).toBeLessThan(2.5);
  expect(way.length).toBeGreaterThan(80);
});

test("a rough outline goes to the edge of the disc", () => {
  const picture = disc(40);
  const rough = stroke([[72, 79]], 36);
  const snapped = snapToEdge(rough, picture, steepness(picture), 10);
  const ring = snapped[0]?.[0] as Ring;
  expect(signedArea(ring) / (Math.PI * 1600)).toBeCloseTo(1, 1);
  for (let v = 0; v < ring.length; v += 2)
    expect(Math.abs(Math.hypot((ring[v] as number) - 70, (ring[v + 1] as number) - 80) - 40)).toBeLessThan(2);
});
