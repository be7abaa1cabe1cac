// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import Dashboard from "../../src/projects/Dashboard";
import ProjectPage from "../../src/projects/ProjectPage";
import { asked, show } from "../page";

const PROJECT = { id: "p", name: "HeLa", role: "owner", folder_id: null, deleted_at: null };
const summary = { n_images: 0, n_objects: 0, n_measuring: 0, size_bytes: 0, by_segmentation_state: {} };

const open = (answer: unknown) =>
  show(
    <ProjectPage />,
    {
      "GET /api/v1/projects/p": answer,
      "GET /api/v1/projects/p/summary": summary,
      "POST /api/v1/projects/p/restore": {},
    },
    "/projects/p",
    undefined,
    "/projects/:projectId",
  );

test("a link to a project in the trash says so, and takes it out", async () => {
  let isTrash = true;
  const project = () => ({ ...PROJECT, deleted_at: isTrash ? "2026-11-28T00:00:00Z" : null });
  open(project);
  await screen.findByText("“HeLa” is in the trash.");
  expect(screen.queryByRole("link", { name: "Settings" })).toBeNull();
  isTrash = false;
  await userEvent.click(screen.getByRole("button", { name: "Restore" }));
  await waitFor(() => expect(asked.some(({ path }) => path.endsWith("/p/restore"))).toBe(true));
});

test("who does not own it is not offered to take it out", async () => {
  open({ ...PROJECT, role: "viewer", deleted_at: "2026-11-28T00:00:00Z" });
  await screen.findByText("“HeLa” is in the trash.");
  expect(screen.queryByRole("button", { name: "Restore" })).toBeNull();
});

test.each([
  [404, "not_found"],
  [422, "invalid"],
])("an address of no project (%i) is a page that is not there, with a way back", async (status, code) => {
  open(() => Response.json({ code }, { status }));
  await screen.findByText("There is no page at this address");
  screen.getByRole("link", { name: "To the start page" });
});

test("so is a folder that was deleted", async () => {
  const service = { "GET /api/v1/folders": [], "GET /api/v1/projects": { items: [], next_cursor: null } };
  show(<Dashboard />, service, "/projects?folder=gone");
  await screen.findByText("There is no page at this address");
});
