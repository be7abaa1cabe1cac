// @vitest-environment happy-dom
import { DataGrid } from "@mui/x-data-grid";
import { fireEvent } from "@testing-library/react";
import { expect, test } from "vitest";
import { numberOperators, ordered } from "../../src/analysis/gridRules";
import { changeLanguage } from "../../src/i18n";
import { show } from "../page";

test("several numbers are read as the page's language writes them, and kept with a point", async () => {
  await changeLanguage("cs");
  const Numbers = numberOperators.find((each) => each.value === "isAnyOf")?.InputComponent;
  if (!Numbers) throw new Error("no field");
  const told: unknown[] = [];
  const apiRef = { current: { getLocaleText: () => "Hodnota" } };
  const field = () => page.getByRole("combobox") as HTMLInputElement;
  const page = show(
    <Numbers
      item={{ field: "area", operator: "isAnyOf", value: told.at(-1) }}
      applyValue={(item: { value?: unknown }) => told.push(item.value)}
      apiRef={apiRef as never}
    />,
  );
  fireEvent.change(field(), { target: { value: "0,65; 2.5" } });
  fireEvent.keyDown(field(), { key: "Enter" });
  expect(told).toEqual([["0.65", "2.5"]]);
  fireEvent.change(field(), { target: { value: "kdo" } });
  fireEvent.keyDown(field(), { key: "Enter" });
  expect(told).toHaveLength(1);
  expect(field().getAttribute("aria-invalid")).toBe("true");
  await changeLanguage("en");
});

test("what is not known is last, whichever way; words are in the order that people count in", () => {
  const sorted = (values: unknown[], isDescending: boolean) =>
    [...values].sort((a, b) => ordered(isDescending)(a as never, b as never, {} as never, {} as never));
  expect(sorted([3, null, 1, 2], false)).toEqual([1, 2, 3, null]);
  expect(sorted([3, null, 1, 2], true)).toEqual([3, 2, 1, null]);
  expect(sorted(["B10", "", "B2"], false)).toEqual(["B2", "B10", ""]);
  expect(DataGrid).toBeDefined();
});
