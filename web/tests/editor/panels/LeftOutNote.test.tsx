// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { LeftOutNote } from "../../../src/editor/panels/ObjectsNotes";
import { show } from "../../page";

test("what the rules of the run left out is counted, with the rules that did it", () => {
  show(<LeftOutNote runCard={{ left_out: { by_content: 2, leave_out_border: 0, keep_largest: 1 } }} />, {});
  expect(screen.getByRole("alert").textContent).toBe(
    "3 left out by the rules of the run: Debris beside the one body, Keep the largest",
  );
});

test("where nothing was left out nothing is said", () => {
  show(<LeftOutNote runCard={{ left_out: { by_content: 0 } }} />, {});
  expect(screen.queryByRole("alert")).toBeNull();
});
