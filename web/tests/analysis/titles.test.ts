// @vitest-environment happy-dom
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { conditionTitle, inWords } from "../../src/analysis/plate/titles";
import { changeLanguage, hasText, loadAllTexts } from "../../src/i18n";

const library = join(import.meta.dirname, "../../../src/spheroseg/analysis");

/** The codes that a module of the library names in a table of theirs. */
function codesOf(file: string, table: string): string[] {
  const source = readFileSync(join(library, file), "utf8");
  const at = source.indexOf(`\n${table}`);
  const body = source.slice(at, source.indexOf("}", at));
  return [...body.matchAll(/^\s+"([a-z_0-9]+)":/gm)].map((match) => match[1] as string);
}

beforeAll(async () => {
  await loadAllTexts();
});

test("every reason and remark that the library has is said in the reader's language", async () => {
  const codes = [
    ...codesOf("dose_response.py", "FLAGS:"),
    ...codesOf("growth.py", "REASONS:"),
    ...codesOf("growth_inhibition.py", "NDR_REASONS:"),
    ...codesOf("observations.py", "REASONS ="),
  ];
  expect(codes.length).toBeGreaterThan(25);
  const key = (code: string) => code.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  expect(codes.filter((code) => !hasText(`plate.codes.${key(code)}`))).toEqual([]);
  await changeLanguage("cs");
  expect(inWords("steep;open_top")).toBe("velmi strmá, horní mez je extrapolovaná");
  expect(inWords("something_new")).toBe("something new");
  expect(conditionTitle("untreated, HT-29")).toBe("neošetřeno, HT-29");
  expect(conditionTitle("no compound")).toBe("bez látky");
  expect(conditionTitle("untreatedol 3 µM")).toBe("untreatedol 3 µM");
  expect(conditionTitle("cisplatin 0.64 µM + B 1.5 nM, HT-29")).toBe("cisplatin 0,64 µM + B 1,5 nM, HT-29");
  expect(conditionTitle("ver. 2.5 extract 3 %, line 4.2")).toBe("ver. 2.5 extract 3 %, line 4.2");
  await changeLanguage("en");
});
