import { describe, expect, it } from "vitest";
import {
  emptyWell,
  painted,
  placeOf,
  plateOf,
  platesOf,
  series,
  wellName,
} from "../../src/analysis/plate/wells";

describe("wells", () => {
  it("names and finds every well of a plate of 1,536", () => {
    for (let row = 1; row <= 32; row++)
      for (let column = 1; column <= 48; column++)
        expect(placeOf(wellName(row, column))).toEqual({ row, column });
    expect(wellName(32, 48)).toBe("AF48");
  });

  it("takes no cell line for a well", () => {
    for (const name of ["A549", "H1299", "MCF7", "HepG2", "B16F10", "PANC1", "A0", ""])
      expect(placeOf(name)).toBeNull();
  });

  it("finds the smallest plate that has all the wells", () => {
    expect(plateOf([])).toEqual([8, 12]);
    expect(plateOf(["A01", "B03"])).toEqual([2, 3]);
    expect(plateOf(["H12"])).toEqual([8, 12]);
    expect(plateOf(["I01"])).toEqual([16, 24]);
  });

  it("paints some fields of some wells and leaves the others as they were", () => {
    const before = [{ ...emptyWell("A01"), compound: "x", dose: "1" }];
    const after = painted(before, "", ["A01", "A02"], () => ({ dose: "2" }));
    expect(after.map(({ well, compound, dose }) => [well, compound, dose])).toEqual([
      ["A01", "x", "2"],
      ["A02", "", "2"],
    ]);
    expect(before[0]?.dose).toBe("1");
  });

  it("keeps the wells of other plates", () => {
    const before = ["P1", "P2"].map((plate) => ({ ...emptyWell("A01", plate), compound: plate }));
    const after = painted(before, "P2", ["A01", "A02"], () => ({ compound: "x" }));
    expect(after.map(({ plate, well, compound }) => [plate, well, compound])).toEqual([
      ["P1", "A01", "P1"],
      ["P2", "A01", "x"],
      ["P2", "A02", "x"],
    ]);
  });

  it("lets a plate be chosen where there are several", () => {
    const [one, two] = ["P1", "P2"].map((plate) => ({ plate, well: "A01" }));
    if (!one || !two) throw new Error("two plates");
    expect(platesOf([], [])).toEqual([""]);
    expect(platesOf([emptyWell("A01")], [one])).toEqual([""]);
    expect(platesOf([emptyWell("A01", "P1")], [one])).toEqual(["P1"]);
    expect(platesOf([emptyWell("A01")], [one, two])).toEqual(["", "P1", "P2"]);
  });

  it("fills a dilution series", () => {
    expect(series(100, 10, 3)).toEqual(["100", "10", "1"]);
    expect(series(10, 3, 3)).toEqual(["10", "3.333", "1.111"]);
  });
});
