// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Project } from "../../src/api/projects";
import Review from "../../src/review/Review";
import { asked, show } from "../page";

const PROJECT = { id: "p1", name: "Plate 3", role: "viewer" } as Project;
const STEP = {
  image_id: "i1",
  frame: 0,
  plate: "",
  well: "B05",
  time_h: 24,
  compound: "alpha",
  cell_line: "",
};
const SERVICE = {
  "GET /api/v1/projects/p1/summary": {
    n_images: 2,
    n_objects: 2,
    by_review_state: {},
    n_unreviewed_frames: 1,
  },
  "GET /api/v1/images/i1": { id: "i1", name: "B05.tif", relative_path: "" },
  "GET /api/v1/images/i1/frames": [{ frame: 0, review: "accepted", result_id: "r1" }],
};
const order = (can_change: boolean, steps: object[]) => ({
  "GET /api/v1/projects/p1/analysis/review-order": {
    can_change,
    compounds: [],
    steps,
    n_steps: steps.length,
  },
});

test("by what moves the result most: a frame that was accepted is passed over, and the page says that more can change it", async () => {
  show(<Review />, { ...SERVICE, ...order(true, [STEP, STEP]) }, "/review?order=influence", {
    project: PROJECT,
  });
  expect(await screen.findByText(/in the order in which they can move it/)).toBeTruthy();
  expect(await screen.findByText("Everything is reviewed")).toBeTruthy();
  expect(asked.filter((each) => each.path === "/api/v1/images/i1/frames")).toHaveLength(1);
});

test("and says when looking further changes nothing", async () => {
  show(<Review />, { ...SERVICE, ...order(false, []) }, "/review?order=influence", { project: PROJECT });
  await waitFor(() => expect(screen.getByText(/cannot move an IC50 further/)).toBeTruthy());
});
