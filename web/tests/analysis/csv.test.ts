import { expect, test } from "vitest";
import { csvOf } from "../../src/analysis/csv";

test("commas, quotes and line ends are quoted; what is not there is empty; formulas are disarmed", () => {
  const rows = [
    { image: 'a "b", c.tif', area: 12.5, note: null },
    { image: "=HYPERLINK(1)", area: Number.NaN, note: "two\nlines" },
    { image: "x", area: -3, note: "-x" },
  ];
  expect(csvOf(["image", "area", "note"], rows)).toBe(
    'image,area,note\r\n"a ""b"", c.tif",12.5,\r\n\'=HYPERLINK(1),,"two\nlines"\r\nx,-3,\'-x\r\n',
  );
});
