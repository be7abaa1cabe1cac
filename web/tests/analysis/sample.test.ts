// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { sampleOf } from "../../src/analysis/sample";

const point = { image_id: "i", frame: 2, result_id: "r", number: 7 };

test("points of the service come in the page's unit, by group, and lead to their object", () => {
  const answer = {
    x: "area_um2",
    y: "circularity",
    n_objects: 250_000,
    points: [
      { ...point, group: "B10", x: 4_000_000, y: 0.5 },
      { ...point, number: 8, group: "B2", x: 1_000_000, y: 0.9 },
    ],
  };
  const sample = sampleOf(answer, { x: "area_mm2", y: "circularity", groupBy: "well" }, "all");
  expect(sample.count).toBe(250_000);
  expect(sample.groups.map((group) => group.name)).toEqual(["B2", "B10"]);
  expect(sample.groups[1]?.rows[0]).toMatchObject({
    id: "r/7",
    image_id: "i",
    frame: 2,
    number: 7,
    area_mm2: 4,
    circularity: 0.5,
  });
});
