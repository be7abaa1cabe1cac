// @vitest-environment happy-dom
import { expect, test } from "vitest";
import Histogram from "../../src/analysis/Histogram";
import { show } from "../page";

test("objects are counted in whole numbers, however few they are", async () => {
  const { container } = show(
    <div style={{ width: 600 }}>
      <Histogram bins={{ edges: [0, 1, 2], counts: [1, 1] }} measure="area_um2" />
    </div>,
  );
  const texts = () => [...container.querySelectorAll("text")].map((each) => each.textContent ?? "");
  await expect.poll(() => texts().includes("1"), { timeout: 30_000 }).toBe(true);
  expect(texts().filter((text) => /^0[.,]\d/.test(text))).toEqual([]);
});
