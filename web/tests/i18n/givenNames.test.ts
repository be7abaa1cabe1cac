// @vitest-environment happy-dom
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeLanguage, loadAllTexts, startTexts } from "../../src/i18n";
import { channelTitle, classTitle } from "../../src/i18n/givenNames";

beforeAll(async () => {
  await startTexts();
  await loadAllTexts();
  await changeLanguage("cs");
});
afterAll(() => changeLanguage("en"));

test("classes of models and channels without a name are said in the reader's language, other names stay", () => {
  expect(["nucleus", "core", "our_own_cysts"].map(classTitle)).toEqual([
    "buněčné jádro",
    "jádro sféroidu",
    "our_own_cysts",
  ]);
  expect(["grey", "channel 2", "DAPI", ""].map(channelTitle)).toEqual(["šedá", "Kanál 2", "DAPI", ""]);
});
