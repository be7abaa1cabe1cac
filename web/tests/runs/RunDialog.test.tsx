// @vitest-environment happy-dom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Project } from "../../src/api/projects";
import RunDialog from "../../src/runs/RunDialog";
import { asked, show } from "../page";

const PROJECT = {
  id: "p1",
  name: "Plate 3",
  pixel_size_um: 1.3,
  region: "filled",
  kind: "spheroid",
  rules: "by_content",
  preferences: {},
} as Project;
const SERVICE = {
  "GET /api/v1/models": [
    { id: "c", name: "classical", title: "Classical (no network)", description: "" },
    { id: "m", name: "spheroid", title: "spheroid 1.1.0", description: "For spheroids." },
  ],
  "GET /api/v1/projects/p1/summary": {
    n_images: 240,
    n_objects: 0,
    by_state: { ready: 240 },
    by_segmentation_state: { none: 30, failed: 2, done: 208 },
  },
  "GET /api/v1/projects/p1/acquisition": {
    n_channels: 2,
    channel_names: ["DAPI", "GFP"],
    n_slices: 3,
    n_frames: 1,
    pixel_sizes_um: [],
    n_unsized: 5,
  },
  "POST /api/v1/projects/p1/runs": { id: "r1" },
};

async function choose(label: string, option: string | RegExp) {
  await userEvent.click(await screen.findByRole("combobox", { name: new RegExp(label) }));
  await userEvent.click(within(await screen.findByRole("listbox")).getByRole("option", { name: option }));
}

test("what was set is what the service is asked for", async () => {
  const close = vi.fn();
  const person = userEvent.setup();
  show(<RunDialog project={PROJECT} imageIds={["a", "b"]} onClose={close} />, SERVICE);
  await person.type(screen.getByRole("textbox", { name: /typical diameter/i }), "120,5");
  await choose("Channel", "GFP");
  await choose("Slice", "Maximum projection");
  await choose("Outlined and measured", "Without holes");
  await person.type(screen.getByRole("textbox", { name: /smallest diameter/i }), "40");
  await person.click(screen.getByRole("checkbox", { name: /at the border/ }));
  await person.click(screen.getByRole("button", { name: "Segment" }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  const run = asked.find((each) => each.method === "POST");
  expect(run?.body).toMatchObject({
    image_ids: ["a", "b"],
    only_missing: false,
    urgency: "now",
    parameters: {
      diameter_um: 120.5,
      diameter_px: null,
      threshold: null,
      expected_objects: null,
      channel: 1,
      z: "max",
      region: "net",
      rules: { split: "touching", min_diameter_um: 40, leave_out_border: true, keep_largest: null },
    },
  });
}, 120_000);

test("a preset fills the rules in and is asked for by its name; in pixels lengths are asked for in pixels", async () => {
  const close = vi.fn();
  show(<RunDialog project={PROJECT} imageIds={["a"]} onClose={close} />, SERVICE);
  await choose("Which objects count", "One spheroid a well");
  expect(screen.getByRole("textbox", { name: /keep the largest/i })).toHaveProperty("value", "1");
  await choose("Unit of lengths", "px");
  await userEvent.type(screen.getByRole("textbox", { name: /typical diameter/i }), "80");
  await userEvent.click(screen.getByRole("button", { name: "Segment" }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  const run = asked.find((each) => each.method === "POST");
  expect(run?.body).toMatchObject({
    parameters: { rules: "one_spheroid_a_well", diameter_px: 80, diameter_um: null },
  });
}, 120_000);

test("the number of images is named, and which model is recommended", async () => {
  show(<RunDialog project={PROJECT} imageIds={null} onClose={() => undefined} />, SERVICE);
  await screen.findByRole("heading", { name: "Segment 32 images" });
  await screen.findByText("Recommended (spheroid 1.1.0)");
  await userEvent.click(screen.getByRole("checkbox", { name: /without outlines/ }));
  await screen.findByRole("heading", { name: "Segment 240 images" });
});

test("images without a pixel size are said before the run, where nothing else gives one", async () => {
  const unsized = { ...PROJECT, pixel_size_um: null };
  show(<RunDialog project={unsized} imageIds={null} onClose={() => undefined} />, SERVICE);
  await screen.findByText(/5 images have no pixel size/);
  expect(screen.getByRole("link", { name: "Set the pixel size" }).getAttribute("href")).toBe(
    "/projects/p1/settings",
  );
});

test("of one image it is known, of some that were chosen what holds for the project is said", async () => {
  const unsized = { ...PROJECT, pixel_size_um: null };
  const image = (id: string, pixel_size_um: unknown) => ({
    [`GET /api/v1/images/${id}`]: { id, pixel_size_um },
  });
  const one = (id: string, size: unknown) =>
    show(<RunDialog project={unsized} imageIds={[id]} onClose={() => undefined} />, {
      ...SERVICE,
      ...image(id, size),
    });
  const sized = one("sized", { y: 1, x: 1 });
  await screen.findByText("Recommended (spheroid 1.1.0)");
  await waitFor(() => expect(asked.some((each) => each.path.endsWith("/images/sized"))).toBe(true));
  expect(screen.queryByText(/pixel size:/)).toBeNull();
  sized.unmount();
  const bare = one("bare", null);
  await screen.findByText(/^1 image has no pixel size: lengths/);
  bare.unmount();
  show(<RunDialog project={unsized} imageIds={["a", "b"]} onClose={() => undefined} />, SERVICE);
  await screen.findByText(/^Of this project 5 images have no pixel size: their lengths/);
});

test("a refused run leaves the dialog open and says why", async () => {
  const close = vi.fn();
  const { "POST /api/v1/projects/p1/runs": _, ...rest } = SERVICE;
  show(<RunDialog project={PROJECT} imageIds={null} onClose={close} />, rest);
  await userEvent.click(screen.getByRole("button", { name: "Segment" }));
  expect(await screen.findByText(/does not exist/)).toBeTruthy();
  expect(close).not.toHaveBeenCalled();
});

test("images that are still being prepared are named, and nothing is asked for while there is no other", async () => {
  const summary = {
    n_images: 6,
    n_objects: 0,
    by_state: { processing: 6 },
    by_segmentation_state: { none: 6 },
  };
  show(<RunDialog project={PROJECT} imageIds={null} onClose={() => undefined} />, {
    ...SERVICE,
    "GET /api/v1/projects/p1/summary": summary,
  });
  expect(await screen.findByText(/^6 images are still being prepared/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Segment" })).toHaveProperty("disabled", true);
});

test.each([
  ["spheroid", "by_content"],
  ["one_spheroid_a_well", "one_spheroid_a_well"],
  ["cells", "cells"],
] as const)("the runs of a project of %s begin with the rules %s", async (kind, rules) => {
  const close = vi.fn();
  show(<RunDialog project={{ ...PROJECT, kind, rules }} imageIds={["a"]} onClose={close} />, SERVICE);
  await userEvent.click(screen.getByRole("button", { name: "Segment" }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(asked.find((each) => each.method === "POST")?.body).toMatchObject({ parameters: { rules } });
});
