// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { EditorController } from "../../../src/editor/controller";
import { LiveMeasures } from "../../../src/editor/LiveMeasures";
import { FilterPanel } from "../../../src/editor/panels/FilterPanel";
import { rowsOf } from "../../../src/editor/panels/objectRows";
import { SmartBar } from "../../../src/editor/panels/SmartBar";
import type { Measuring } from "../../../src/geometry/measures";
import { show } from "../../page";
import { frame, square } from "../tools/hand";

const OBLONG: Measuring = { pixelSizeUm: { x: 0.5, y: 2 }, region: "net" };
// 40 × 40 px, with a hole of 20 × 20 px in the second
const DOCUMENT = new Map([square(1, 10, 10, 40), frame(2, 60, 10, 40)].map((each) => [each.number, each]));

test("the filter measures in µm by the sides of the pixels, and without the holes where the project wants that", async () => {
  const controller = new EditorController();
  controller.setDocument(DOCUMENT);
  show(
    <FilterPanel
      controller={controller}
      document={DOCUMENT}
      facts={new Map()}
      measuring={OBLONG}
      onClose={() => undefined}
    />,
  );
  expect(screen.getByLabelText("µm²")).toBeTruthy();
  await userEvent.type(screen.getByLabelText("µm²"), "1300"); // 1600 and 1200 µm²
  expect([...controller.selected.get()]).toEqual([2]);
  await userEvent.clear(screen.getByLabelText("µm²"));
  expect([...controller.selected.get()]).toEqual([]);
});

test("live measures say the same as the table", () => {
  const controller = new EditorController();
  controller.live.set(DOCUMENT.get(2)?.outline ?? null);
  show(<LiveMeasures controller={controller} measuring={OBLONG} />);
  expect(screen.getByTestId("live-measures").textContent).toContain("1,200.0 µm²");
  const known = { document: DOCUMENT, facts: new Map(), saved: new Map(), waiting: new Set<number>() };
  const rows = rowsOf(known, OBLONG);
  expect(rows.map((each) => each.area)).toEqual([1600, 1200]);
});

test("without a pixel size everything is in pixels and says so", () => {
  const controller = new EditorController();
  controller.live.set(DOCUMENT.get(2)?.outline ?? null);
  show(<LiveMeasures controller={controller} measuring={{ pixelSizeUm: null, region: "filled" }} />);
  expect(screen.getByTestId("live-measures").textContent).toContain("1,600 px²");
});

test("what the smart tool proposes is kept or left", async () => {
  const controller = new EditorController();
  const object = square(-1, 0, 0, 10);
  controller.proposal.set({ kind: "smart", changes: [{ number: -1, before: null, after: object }] });
  const smart = {
    isBusy: false,
    found: { objects: [], threshold: 0.4, diameterPx: 64 } as never,
    keep: vi.fn(),
    discard: vi.fn(),
    setThreshold: vi.fn(),
    setDiameter: vi.fn(),
  };
  show(<SmartBar controller={controller} smart={smart} />);
  expect(screen.getByText("64 px")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: /Keep/ }));
  expect(smart.keep).toHaveBeenCalled();
});
