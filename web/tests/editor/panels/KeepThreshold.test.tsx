// @vitest-environment happy-dom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import type { Result } from "../../../src/api/results";
import { KeepThreshold } from "../../../src/editor/panels/KeepThreshold";
import { chosenImages } from "../../../src/images/chosen";
import { asked, show } from "../../page";

const SHOWN = { id: "v1", run_id: "r1", image_id: "i1", project_id: "p1", edited_at: null } as Result;
const SERVICE = {
  "GET /api/v1/runs/r1": {
    id: "r1",
    model_name: "classical",
    parameters: { channel: 1, diameter_um: 80, rules: "one_spheroid_a_well", region: "filled" },
  },
  "POST /api/v1/projects/p1/runs": { id: "r2", n_items: 2 },
};

beforeEach(() => chosenImages.set(null));

async function keepFor(scope: RegExp) {
  await userEvent.click(screen.getByRole("combobox", { name: "Apply to" }));
  await userEvent.click(within(await screen.findByRole("listbox")).getByRole("option", { name: scope }));
  return keep();
}

async function keep() {
  const button = screen.getByRole("button", { name: "Segment with this threshold" });
  await waitFor(() => expect(button).toHaveProperty("disabled", false));
  await userEvent.click(button);
  await waitFor(() => expect(asked.some((each) => each.method === "POST")).toBe(true));
  return asked.find((each) => each.method === "POST")?.body;
}

test("the image is segmented as it was, with the threshold that was tried", async () => {
  show(<KeepThreshold shown={SHOWN} threshold={0.37} />, SERVICE);
  expect(await keep()).toEqual({
    model: "classical",
    image_ids: ["i1"],
    only_missing: false,
    urgency: "now",
    parameters: { channel: 1, diameter_um: 80, rules: "one_spheroid_a_well", threshold: 0.37 },
  });
}, 120_000);

test("the images that are chosen in the gallery, and the whole project, can have it too", async () => {
  chosenImages.set({ projectId: "p1", ids: ["i2", "i3"] });
  show(<KeepThreshold shown={SHOWN} threshold={0.37} />, SERVICE);
  expect(await keepFor(/2 chosen images/)).toMatchObject({ image_ids: ["i2", "i3"], urgency: "bulk" });
  asked.length = 0;
  expect(await keepFor(/All images/)).toMatchObject({ image_ids: null, urgency: "bulk" });
}, 120_000);

test("images that are chosen in another project are not offered, and a corrected version stays on display", async () => {
  chosenImages.set({ projectId: "p9", ids: ["i9"] });
  show(<KeepThreshold shown={{ ...SHOWN, edited_at: "2026-11-26T10:00:00Z" }} threshold={0.37} />, SERVICE);
  await screen.findByText(/corrected by hand, so it stays on display/);
  await userEvent.click(screen.getByRole("combobox", { name: "Apply to" }));
  expect(within(await screen.findByRole("listbox")).queryByRole("option", { name: /chosen/ })).toBeNull();
}, 120_000);
