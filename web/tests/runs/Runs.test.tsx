// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { RunEnded } from "../../src/runs/RunEnded";
import Runs from "../../src/runs/Runs";
import { asked, show } from "../page";

const RUN = {
  id: "r1",
  project_id: "p1",
  created_by: "u1",
  created_by_name: "Ada",
  model_name: "spheroid",
  model_title: "spheroid 1.1.0",
  model_hash: "x",
  parameters: { diameter_um: 120, z: "max", channel: 1, region: "net", rules: "one_spheroid_a_well" },
  urgency: "bulk",
  state: "failed",
  n_items: 9,
  n_done: 8,
  n_failed: 1,
  n_queued: 0,
  n_running: 0,
  n_cancelled: 0,
  version: 3,
  created_at: "2026-11-26T10:00:00Z",
  started_at: "2026-11-26T10:00:05Z",
  finished_at: "2026-11-26T10:02:10Z",
};
const FAILED = {
  id: "x1",
  image_id: "i1",
  image_name: "plate_B03.tif",
  error_reason: "The file ends too early",
};

function page(element: React.ReactElement) {
  const context = { project: { id: "p1", role: "owner", name: "Plate 3" } };
  return (
    <Routes>
      <Route element={<Outlet context={context} />}>
        <Route path="*" element={element} />
      </Route>
    </Routes>
  );
}

test("a run says who, when, how long, by which version, with which choices", async () => {
  show(page(<Runs />), { "GET /api/v1/projects/p1/runs": { items: [RUN], next_cursor: null } });
  await screen.findByText("spheroid 1.1.0");
  await screen.findByText(/started by Ada · took 2 min 5 s/);
  await screen.findByText(
    "Channel: 2 · Maximum projection · Typical diameter: 120 µm · Without holes · One spheroid a well",
  );
});

test("what failed is named by its file, and is run again with the same choices", async () => {
  show(page(<Runs />), {
    "GET /api/v1/projects/p1/runs": { items: [RUN], next_cursor: null },
    "GET /api/v1/runs/r1/results": { items: [FAILED], next_cursor: null },
    "POST /api/v1/projects/p1/runs": RUN,
  });
  await userEvent.click(await screen.findByRole("button", { name: "1 failed" }));
  const link = await screen.findByRole("link", { name: "plate_B03.tif" });
  expect(link.parentElement?.textContent).toBe("plate_B03.tif – The file ends too early");
  await userEvent.click(screen.getByRole("button", { name: "Run the failed ones again" }));
  await waitFor(() =>
    expect(asked.find((each) => each.method === "POST")?.body).toMatchObject({
      image_ids: ["i1"],
      parameters: { diameter_um: 120, rules: "one_spheroid_a_well" },
    }),
  );
});

test("an image whose file cannot be read is not run again: the same file fails the same way", async () => {
  const unreadable = { ...FAILED, id: "x2", image_id: "i2", image_name: "cut.tif", error_code: "image_read" };
  let items = [FAILED, unreadable];
  const service = {
    "GET /api/v1/projects/p1/runs": { items: [RUN], next_cursor: null },
    "GET /api/v1/runs/r1/results": () => ({ items, next_cursor: null }),
    "POST /api/v1/projects/p1/runs": RUN,
  };
  const { unmount } = show(page(<Runs />), service);
  await userEvent.click(await screen.findByRole("button", { name: "1 failed" }));
  await screen.findByText("The file of 1 image cannot be read: another run would not change that.");
  await userEvent.click(screen.getByRole("button", { name: "Run the failed ones again" }));
  await waitFor(() =>
    expect(asked.find((each) => each.method === "POST")?.body).toMatchObject({ image_ids: ["i1"] }),
  );
  unmount();
  items = [unreadable];
  show(page(<Runs />), service);
  await userEvent.click(await screen.findByRole("button", { name: "1 failed" }));
  await screen.findByText(/cannot be read: another run/);
  expect(screen.queryByRole("button", { name: "Run the failed ones again" })).toBeNull();
});

test("when a run ends that was running here, the page leads on", async () => {
  let state = "running";
  const service = {
    "GET /api/v1/projects/p1/runs": () => ({ items: [{ ...RUN, state }], next_cursor: null }),
  };
  const { client } = show(<RunEnded projectId="p1" />, service, "/projects/p1");
  await waitFor(() => expect(asked.length).toBe(1));
  expect(screen.queryByRole("alert")).toBeNull();
  state = "failed";
  await client.invalidateQueries();
  const said = await screen.findByRole("alert");
  expect(said.textContent).toContain("Segmentation is done · 8 of 9 done · 1 failed");
  expect(screen.getByRole("link", { name: "Review the outlines" }).getAttribute("href")).toBe(
    "/projects/p1/review",
  );
  expect(screen.getByRole("link", { name: "See the results" }).getAttribute("href")).toBe(
    "/projects/p1/results",
  );
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a run that was cancelled is not said to be done", async () => {
  let ended = {};
  const service = {
    "GET /api/v1/projects/p1/runs": () => ({
      items: [{ ...RUN, state: "running", ...ended }],
      next_cursor: null,
    }),
  };
  const { client } = show(<RunEnded projectId="p1" />, service, "/projects/p1");
  await waitFor(() => expect(asked.length).toBe(1));
  ended = { state: "cancelled", n_done: 2, n_failed: 0, n_cancelled: 7 };
  await client.invalidateQueries();
  const said = await screen.findByRole("alert");
  expect(said.textContent).toContain("Segmentation was cancelled · 2 of 9 done · 7 cancelled");
});
