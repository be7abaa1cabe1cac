import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import english from "../../src/i18n/locales/en.json";

test("every flag of the library has a text", () => {
  const file = new URL("../../../src/spheroseg/segmentation/quality/flags.py", import.meta.url);
  const codes = [...readFileSync(file, "utf8").matchAll(/^ {4}"([a-z_]+)": "/gm)].map(
    (found) => found[1] as string,
  );
  expect(codes).toContain("scale_uncertain");
  expect(codes.filter((code) => !(code in english.flags))).toEqual([]);
});
