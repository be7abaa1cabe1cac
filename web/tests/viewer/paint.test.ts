import { expect, test } from "vitest";
import { hatched, OutlinePainter } from "../../src/viewer/layers/paint";

/** A canvas that writes down what is asked of it. */
function recorder() {
  const calls: string[] = [];
  const canvas = { width: 100, height: 100 };
  const context = new Proxy({ canvas } as Record<string, unknown>, {
    get: (target, name: string) =>
      name in target
        ? target[name]
        : (...given: unknown[]) => calls.push(`${name} ${given.join(" ")}`.trim()),
    set: (target, name: string, value) => {
      target[name] = value;
      if (name === "strokeStyle") calls.push(`strokeStyle ${value}`);
      return true;
    },
  });
  return { calls, context: context as unknown as CanvasRenderingContext2D };
}

const square = (x: number) => [[Float64Array.of(x, 10, x + 30, 10, x + 30, 40, x, 40)]];
const WINDOW = { centre: [50, 50], resolution: 1, width: 100, height: 100, ratio: 1 } as const;

test("an object that does not count is hatched inside its outline, in its own colour; others are not", () => {
  const painter = new OutlinePainter();
  painter.put(
    [
      { key: 1, colour: "#00ff00", outline: square(5) },
      { key: 2, colour: hatched("#ff0000"), outline: square(55) },
    ],
    [],
  );
  const { calls, context } = recorder();
  painter.draw(context, WINDOW);
  expect(calls.filter((each) => each === "clip evenodd")).toHaveLength(1);
  expect(calls.filter((each) => each === "save")).toHaveLength(1);
  expect(calls.filter((each) => each === "restore")).toHaveLength(1);
  const inside = calls.slice(calls.indexOf("save"), calls.indexOf("restore"));
  expect(inside).toContain("strokeStyle #ff0000");
  expect(inside.filter((each) => each.startsWith("lineTo")).length).toBeGreaterThan(5);
  expect(calls).toContain("strokeStyle #00ff00");
  expect(calls.some((each) => each.includes("hatched"))).toBe(false);
});
