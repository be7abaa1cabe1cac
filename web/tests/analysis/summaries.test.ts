import { expect, test } from "vitest";
import { groupsOf } from "../../src/analysis/statistics";
import { summariesFrom, summariesOf } from "../../src/analysis/summaries";
import { wantedOf } from "../../src/analysis/wanted";

test("the grid's order and filters become a question to the service", () => {
  expect(
    wantedOf(
      [{ field: "area_um2", sort: "desc" }],
      [
        { field: "area_um2", operator: ">=", value: "1000" },
        { field: "well", operator: "equals", value: "B03" },
        { field: "solidity", operator: "<", value: "" },
      ],
      [],
    ),
  ).toEqual({ sort: "area_um2", descending: true, well: "B03", where: ["area_um2:ge:1000"] });
  expect(wantedOf([], [], [])).toEqual({});
});

test("a question in another unit is asked in the stored one", () => {
  const wanted = wantedOf([{ field: "area_mm2" }], [{ field: "area_mm2", operator: ">", value: "0.5" }], []);
  expect(wanted).toEqual({ sort: "area_um2", descending: false, where: ["area_um2:gt:500000"] });
});

test("a filter that the service does not have is no filter that says less", () => {
  expect(wantedOf([], [{ field: "image", operator: "contains", value: "A01" }], [])).toBeNull();
  expect(wantedOf([], [], ["A01"])).toBeNull();
});

test("what is asked for as empty, and a word that no row has letter by letter, is no question to the service", () => {
  expect(wantedOf([], [{ field: "area_um2", operator: "isEmpty" }], [])).toBeNull();
  expect(wantedOf([], [{ field: "well", operator: "isAnyOf", value: [] }], [])).toEqual({});
  const equals = [{ field: "class_name", operator: "equals", value: "Spheroid" }];
  expect(wantedOf([], equals, [], (_field, value) => value === "spheroid")).toBeNull();
  expect(wantedOf([], equals, [], () => true)).toEqual({ class_name: "Spheroid" });
});

test("groups from the service are those that are made here", () => {
  const column = {
    column: "area",
    n: 0,
    n_na: 1,
    min: null,
    q1: null,
    median: null,
    q3: null,
    max: null,
    mean: null,
  };
  const rest = { sd: null, whisker_low: null, whisker_high: null, histogram: null };
  const group = (key: string | number | null, label: string | null) => ({
    group: key,
    label,
    n_objects: 1,
    columns: [{ ...column, ...rest }],
  });
  const there = summariesFrom(
    { group_by: "time_s", is_complete: true, groups: [group(86_400, "86400"), group(null, null)] },
    "All",
  );
  const here = summariesOf(
    groupsOf(
      [
        { id: "1", time_s: 86_400 },
        { id: "2", time_s: null },
      ],
      "time_s",
      "All",
    ),
    "area",
  );
  expect(there.groups).toEqual(here.groups);
});

test("numbers from the service are drawn like those that were summed up here", () => {
  const rows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 30].map((area, i) => ({ id: String(i), area }));
  const here = summariesOf(groupsOf(rows, "", "All"), "area");
  const there = summariesFrom(
    {
      group_by: "none",
      is_complete: true,
      groups: [
        {
          group: null,
          label: null,
          n_objects: 10,
          columns: [
            {
              column: "area",
              n: 10,
              n_na: 0,
              min: 1,
              q1: 3.25,
              median: 5.5,
              q3: 7.75,
              max: 30,
              mean: 7.5,
              sd: here.groups[0]?.box?.sd ?? null,
              whisker_low: 1,
              whisker_high: 9,
              histogram: { low: 0, high: 30, counts: [9, 0, 1] },
            },
          ],
        },
      ],
    },
    "All",
  );
  expect(there.groups[0]).toEqual({ ...here.groups[0], beyond: [] });
  expect(here.groups[0]?.beyond.map((row) => row.area)).toEqual([30]);
  expect(there.histogram).toEqual({ edges: [0, 10, 20, 30], counts: [9, 0, 1] });
});
