// @vitest-environment happy-dom
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { OWN_SENTENCES, spoken } from "../../src/api/sentences";
import { changeLanguage, loadAllTexts, startTexts } from "../../src/i18n";

const PACKAGE = join(import.meta.dirname, "../../../src/spheroseg");
const FILES = [
  "segmentation/models/spheroid/model.json",
  "server/compute/segment.py",
  "analysis/experiment.py",
  "analysis/observations.py",
];
const said = FILES.map((file) => readFileSync(join(PACKAGE, file), "utf8")).join("\n");

beforeAll(async () => {
  await startTexts();
  await loadAllTexts();
});

test.each(OWN_SENTENCES)("the service still says: %s", (sentence) => {
  expect(said).toContain(`"${sentence}"`);
});

test("the shipped models describe themselves in the person's language; another's words stay", async () => {
  const card = JSON.parse(readFileSync(join(PACKAGE, FILES[0] as string), "utf8"));
  await changeLanguage("en");
  for (const sentence of OWN_SENTENCES) expect(spoken(sentence)).toBe(sentence);
  await changeLanguage("cs");
  expect(spoken(card.description)).toMatch(/^Obkresluje sféroidy/);
  expect(spoken("Our own model of cysts.")).toBe("Our own model of cysts.");
});
