import { beforeAll, expect, test } from "vitest";
import { decimalsOf } from "../../src/analysis/decimals";
import { type Filter, filterOf, filterText, isFilled, passes, textOf } from "../../src/analysis/filter";
import { groupSummary } from "../../src/analysis/groupSummary";
import { groupsOf } from "../../src/analysis/statistics";
import { sampleOfNumbers } from "../../src/analysis/table";

beforeAll(() => {
  globalThis.localStorage ??= { getItem: () => null } as unknown as Storage;
});

const ROWS = [
  { id: "1", well: "B03", image: "a.tif", area_um2: 100, flags: "" },
  { id: "2", well: "B03", image: "b.tif", area_um2: 900, flags: "debris" },
  { id: "3", well: "C04", image: "c.tif", area_um2: null, flags: "" },
];
const of = (items: Filter["items"], words: string[] = []): Filter => ({ items, words });
const through = (filter: Filter) => ROWS.filter((row) => passes(row, filter)).map((row) => row.id);

test("conditions judge as the grid does; what is not known passes no comparison", () => {
  expect(through(of([{ field: "area_um2", operator: ">=", value: "100" }]))).toEqual(["1", "2"]);
  expect(through(of([{ field: "area_um2", operator: "<", value: "1000" }]))).toEqual(["1", "2"]);
  expect(through(of([{ field: "area_um2", operator: "isEmpty" }]))).toEqual(["3"]);
  expect(through(of([{ field: "well", operator: "isAnyOf", value: ["c04", "D05"] }]))).toEqual(["3"]);
  expect(through(of([{ field: "area_um2", operator: "isAnyOf", value: 900 }]))).toEqual(["2"]); // not a list yet
  expect(through(of([{ field: "area_um2", operator: ">=", value: ["900", "100"] }]))).toEqual([
    "1",
    "2",
    "3",
  ]);
  expect(through(of([{ field: "area_um2", operator: ">=", value: Number.NaN }]))).toEqual(["1", "2", "3"]);
  expect(through(of([{ field: "image", operator: "startsWith", value: "B" }]))).toEqual(["2"]);
  expect(through(of([], ["debris"]))).toEqual(["2"]);
  expect(through(of([{ field: "area_um2", operator: ">", value: "" }]))).toEqual(["1", "2", "3"]); // not filled in yet
});

test("a number that was read off the table finds its row, though the table shows fewer decimals than it holds", () => {
  const meets = (operator: string, value: unknown, area_um2: number) =>
    passes({ id: "1", area_um2 }, of([{ field: "area_um2", operator, value }]));
  expect(meets("=", "103.9", 103.935)).toBe(true);
  expect(meets("isAnyOf", [7, 103.9], 103.935)).toBe(true);
  expect(meets("!=", "103.9", 103.935)).toBe(false);
  expect(meets("=", "103.9", 103.96)).toBe(false);
  expect(meets("=", "104", 103.935)).toBe(false);
});

test("a filter stands in the address, and is read back from it", () => {
  const filter = of([{ field: "well", operator: "equals", value: "B03" }], ["tif"]);
  expect(filterOf(new URLSearchParams({ filter: textOf(filter) }))).toEqual(filter);
  expect(textOf(of([{ field: "well", operator: "equals", value: "" }]))).toBe("");
  expect(isFilled(filterOf(new URLSearchParams({ filter: "{broken" })))).toBe(false);
  expect(filterText(of([{ field: "area_um2", operator: ">=", value: 500 }]))).toMatch(/\(µm²\) ≥ 500$/);
});

test("numbers of a column have the same decimals, whole numbers none, tiny ones are left to powers of ten", () => {
  expect(decimalsOf([12.3456, 14.1, 9.87])).toBe(2);
  expect(decimalsOf([0.91, 0.875, 1])).toBe(4);
  expect(decimalsOf([120_345.6, 98_000.2])).toBe(0);
  expect(decimalsOf([1, 2, 3])).toBe(0);
  expect(decimalsOf([1e-7, 2e-7])).toBeNull();
});

test("the summary of a group is mean, sample SD and n; of one value there is no SD", () => {
  const groups = [
    { key: "B03", name: "B03", title: "B03", rows: ROWS.slice(0, 2) },
    { key: "C04", name: "C04", title: "C04", rows: ROWS.slice(2) },
  ];
  const { columns, rows } = groupSummary(groups, ["area_um2"]);
  expect(columns).toEqual(["group", "n_objects", "area_um2_mean", "area_um2_sd", "area_um2_n"]);
  expect(rows[0]).toMatchObject({ n_objects: 2, area_um2_mean: 500, area_um2_n: 2 });
  expect(rows[0]?.area_um2_sd as number).toBeCloseTo(565.685, 3);
  expect(rows[1]).toEqual({
    group: "C04",
    n_objects: 1,
    area_um2_mean: null,
    area_um2_sd: null,
    area_um2_n: 0,
  });
});

test("what is not known is unlike any number, and words count as they are read, too", () => {
  expect(through(of([{ field: "area_um2", operator: "!=", value: "0" }]))).toEqual(["1", "2", "3"]);
  expect(through(of([{ field: "flags", operator: "doesNotContain", value: "Debris" }]))).toEqual(["1", "3"]);
  const row = { id: "x", flags: "touches_border;debris", class_name: "spheroid" };
  expect(passes(row, of([{ field: "flags", operator: "contains", value: "touches b" }]))).toBe(true);
  expect(passes(row, of([{ field: "flags", operator: "contains", value: "touches_border" }]))).toBe(true);
  expect(passes(row, of([{ field: "class_name", operator: "equals", value: "Spheroid " }]))).toBe(true);
});

test("a word is looked for where words stand, not in ids and measures", () => {
  const row = { id: "a01/1", image_id: "01a2-a01f", image: "b.tif", well: "B03", number: 7, area_um2: 7 };
  expect(passes(row, of([], ["a01"]))).toBe(false);
  expect(passes(row, of([], ["b03"]))).toBe(true);
  expect(passes(row, of([], ["7"]))).toBe(true); // its number
  expect(passes({ ...row, number: 8 }, of([], ["7"]))).toBe(false);
});

test("a report says numbers that any of which may hold as its reader writes them", () => {
  expect(filterText(of([{ field: "area_um2", operator: "isAnyOf", value: ["0.5", "2"] }]))).toMatch(
    /= 0\.5; 2$/,
  );
});

test("a column is judged by all of its rows: it may be empty in many before the first number", () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({
    id: `${i}`,
    late: i > 4500 ? i / 8 : null,
    word: "x",
  }));
  expect(sampleOfNumbers(rows, "late").length).toBeGreaterThan(49);
  expect(sampleOfNumbers(rows, "word")).toEqual([]);
  expect(
    sampleOfNumbers(
      rows.map((row, i) => ({ ...row, one: i === 4321 ? 0.5 : null })),
      "one",
    ),
  ).toEqual([0.5]);
});

test("a summary by time says hours, whatever the page's language", () => {
  const groups = groupsOf(
    [
      { time_s: 1800, area: 2 },
      { time_s: null, area: 3 },
    ],
    "time_s",
    "All",
  );
  const { columns, rows } = groupSummary(groups as never, ["area"], "time_s");
  expect(columns[0]).toBe("time_h");
  expect(rows.map((row) => row.time_h)).toEqual([0.5, "–"]);
});
