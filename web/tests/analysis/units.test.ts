import { expect, test } from "vitest";
import { columnTitle } from "../../src/analysis/columns";
import { factorOf, nameIn, tableIn } from "../../src/analysis/units";

test("lengths, areas and volumes become those of the other unit; all else stays", () => {
  const row = {
    id: "a/1",
    area_um2: 2e6,
    feret_max_um: 1500,
    volume_um3: 3e9,
    circularity: 0.9,
    area_px2: 7,
  };
  const table = {
    columns: Object.keys(row).slice(1),
    rows: [row, { ...row, area_um2: null }],
    isComplete: true,
  };
  const shown = tableIn(table, "mm");
  expect(shown.columns).toEqual(["area_mm2", "feret_max_mm", "volume_mm3", "circularity", "area_px2"]);
  const [first, second] = shown.rows;
  expect(first?.area_mm2).toBeCloseTo(2, 12);
  expect(first?.feret_max_mm).toBeCloseTo(1.5, 12);
  expect(first?.volume_mm3).toBeCloseTo(3, 12);
  expect(first?.circularity).toBe(0.9);
  expect(first?.area_px2).toBe(7);
  expect(second?.area_mm2).toBeNull();
  expect(tableIn(table, "um")).toBe(table);
});

test("a name goes to the other unit and back", () => {
  for (const name of ["area_um2", "feret_max_um", "volume_um3", "solidity", "perimeter_px"]) {
    expect(nameIn(nameIn(name, "mm"), "um")).toBe(name);
  }
  expect(factorOf("area_um2")).toBe(1);
  expect(columnTitle("area_mm2")).toBe("Area (mm²)");
});
