import { expect, test } from "vitest";
import { reasonsOf } from "../../src/api/exclusion";

const RULES = {
  touches_border: true,
  min_diameter_um: 100,
  max_diameter_um: 400,
  min_circularity: 0.5,
  min_confidence: 0.5,
  flags: ["debris"],
};
const GOOD = { diameterUm: 200, circularity: 0.9, confidence: 0.9, flags: [] };

test("the reasons are those that the service writes into tables", () => {
  expect(reasonsOf(RULES, GOOD)).toEqual([]);
  expect(reasonsOf(RULES, { ...GOOD, diameterUm: 99 })).toEqual(["too_small"]);
  expect(reasonsOf(RULES, { ...GOOD, diameterUm: 401, circularity: 0.4 })).toEqual([
    "too_large",
    "not_round",
  ]);
  expect(reasonsOf(RULES, { ...GOOD, confidence: 0.2, flags: ["debris", "saturated"] })).toEqual([
    "debris",
    "unsure",
  ]);
  expect(reasonsOf(RULES, { ...GOOD, flags: ["touches_border"] })).toEqual(["touches_border"]);
});

test("what is not known, and a project without rules, leave everything in", () => {
  expect(reasonsOf(RULES, { diameterUm: null, circularity: null, confidence: null, flags: [] })).toEqual([]);
  expect(reasonsOf(null, { ...GOOD, diameterUm: 1 })).toEqual([]);
});
