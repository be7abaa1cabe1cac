// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Project } from "../../src/api/projects";
import { ProjectCard } from "../../src/projects/ProjectCard";
import { show } from "../page";

const PROJECT = {
  id: "p1",
  name: "Gemcitabine",
  description: "",
  role: "editor",
  owner_name: "Ada",
  updated_at: "2026-11-26T10:00:00Z",
  deleted_at: null,
  folder_id: null,
} as Project;
const SERVICE = {
  "GET /api/v1/projects/p1/summary": {
    n_images: 8,
    n_objects: 74,
    size_bytes: 0,
    by_state: { ready: 8 },
    by_segmentation_state: { done: 6, none: 2 },
    by_review_state: { accepted: 1, excluded: 1, unreviewed: 6 },
  },
  "GET /api/v1/projects/p1/images": { items: [], next_cursor: null },
};

test("a card says whose a project is, when it changed, and how far it is", async () => {
  show(<ProjectCard project={PROJECT} folders={[]} />, SERVICE);
  await screen.findByText(/75\s%\ssegmented · 25\s%\sreviewed/);
  expect(screen.getByText(/owner: Ada/).textContent).toMatch(/2026/);
});

test("what takes a project away is red, and only its owner is offered it", async () => {
  show(<ProjectCard project={{ ...PROJECT, role: "owner" }} folders={[]} />, SERVICE);
  await userEvent.click(screen.getByRole("button", { name: "Actions for Gemcitabine" }));
  const item = await screen.findByRole("menuitem", { name: "Move to trash" });
  expect(getComputedStyle(item).color).toMatch(/error|d32f2f/); // the theme of the page, or that of MUI alone
});
