// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Legend } from "../../src/viewer/Legend";
import { show } from "../page";

test("the legend says what each colour means, and from which confidence on", () => {
  show(<Legend by="confidence" />);
  expect(screen.getAllByRole("listitem").map((each) => each.textContent?.replaceAll("\u00a0", " "))).toEqual([
    "High (≥ 90 %)",
    "Medium (≥ 70 %)",
    "Low (< 70 %)",
  ]);
});

test("a colour that follows a measure has no list of names", () => {
  show(<Legend by="area" />);
  expect(screen.queryByRole("list")).toBeNull();
});

test("a colour is named once, with all classes that have it and one for any other", () => {
  show(<Legend by="class" />);
  const names = screen.getAllByRole("listitem").map((each) => each.textContent);
  expect(names).toEqual(["spheroid, object", "core", "cell", "nucleus", "Other class"]);
});
