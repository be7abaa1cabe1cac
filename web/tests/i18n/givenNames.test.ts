// @vitest-environment happy-dom
import { afterAll, beforeAll, expect, test } from "vitest";
import { groupsOf } from "../../src/analysis/statistics";
import { summariesFrom } from "../../src/analysis/summaries";
import { changeLanguage, loadAllTexts, startTexts } from "../../src/i18n";
import { channelTitle, classTitle } from "../../src/i18n/givenNames";

beforeAll(async () => {
  await startTexts();
  await loadAllTexts();
  await changeLanguage("cs");
});
afterAll(() => changeLanguage("en"));

test("groups by class are told in the reader's language, and keep their name for files", () => {
  const rows = [{ class_name: "nucleus" }, { class_name: "our_own_cysts" }];
  expect(groupsOf(rows, "class_name", "").map(({ name, title }) => [name, title])).toEqual([
    ["nucleus", "buněčné jádro"],
    ["our_own_cysts", "our_own_cysts"],
  ]);
  const column = { column: "area_um2", n: 0, n_na: 0, mean: null, sd: null, histogram: null };
  const answer = {
    group_by: "class_name",
    groups: [{ group: "nucleus", label: "nucleus", columns: [column] }],
  };
  expect(summariesFrom(answer as never, "").groups.map(({ title }) => title)).toEqual(["buněčné jádro"]);
});

test("classes of models and channels without a name are said in the reader's language, other names stay", () => {
  expect(["nucleus", "core", "our_own_cysts"].map(classTitle)).toEqual([
    "buněčné jádro",
    "jádro sféroidu",
    "our_own_cysts",
  ]);
  expect(["grey", "channel 2", "DAPI", ""].map(channelTitle)).toEqual(["šedá", "Kanál 2", "DAPI", ""]);
});
