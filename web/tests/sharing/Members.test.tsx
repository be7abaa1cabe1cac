// @vitest-environment happy-dom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import type { Project } from "../../src/api/projects";
import { Members } from "../../src/sharing/Members";
import { asked, place, show } from "../page";

const member = (id: string, role: string) => ({
  user_id: id,
  name: `Name ${id}`,
  email: `${id}@x.org`,
  role,
});
const PEOPLE = [member("ada", "owner"), member("bob", "editor")];
const LINK = "http://lab.example/invitation#token=abc";
const service = (me: string) => ({
  "GET /api/v1/users/me": { id: me },
  "GET /api/v1/projects/p/members": PEOPLE,
  "GET /api/v1/projects/p/invitations": [
    { id: "i", email: "eve@x.org", role: "viewer", expires_at: "2026-12-12T00:00:00Z" },
  ],
  "POST /api/v1/projects/p/invitations/i/link": { url: LINK },
  "PATCH /api/v1/projects/p/members/bob": member("bob", "owner"),
  "DELETE /api/v1/projects/p/members/bob": () => new Response(null, { status: 204 }),
});
const project = (role: string) => ({ id: "p", name: "HeLa", role }) as Project;
const changes = () => asked.filter(({ method }) => ["PATCH", "DELETE"].includes(method));

beforeEach(() => {
  // biome-ignore lint/suspicious/noDocumentCookie: happy-dom has no Cookie Store
  document.cookie = "spheroseg_csrf=x";
});

test("a project is handed over only after a question, which can be answered with no", async () => {
  show(<Members project={project("owner")} />, service("ada"));
  await userEvent.click(await screen.findByRole("combobox", { name: "Role of bob@x.org" }));
  await userEvent.click(await screen.findByRole("option", { name: "Owner" }));
  const dialog = await screen.findByRole("alertdialog");
  within(dialog).getByText(/Name bob becomes the owner of “HeLa”, and you an editor/);
  await userEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(changes()).toEqual([]);
  await userEvent.click(await screen.findByRole("combobox", { name: "Role of bob@x.org" }));
  await userEvent.click(await screen.findByRole("option", { name: "Owner" }));
  await userEvent.click(await screen.findByRole("button", { name: "Hand the project over" }));
  await waitFor(() => expect(changes().map(({ body }) => body)).toEqual([{ role: "owner" }]));
});

test("so is somebody taken out", async () => {
  show(<Members project={project("owner")} />, service("ada"));
  await userEvent.click(await screen.findByRole("button", { name: "Remove bob@x.org" }));
  const dialog = await screen.findByRole("alertdialog");
  within(dialog).getByText("Name bob will no longer see “HeLa”.");
  expect(changes()).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Remove Name bob" }));
  await waitFor(() => expect(changes()).toHaveLength(1));
});

test("whoever does not own it can leave", async () => {
  show(<Members project={project("editor")} />, service("bob"), "/projects/p/settings");
  await userEvent.click(await screen.findByRole("button", { name: "Leave the project" }));
  const dialog = await screen.findByRole("alertdialog");
  await userEvent.click(within(dialog).getByRole("button", { name: "Leave the project" }));
  await waitFor(() => expect(place.now).toBe("/projects"));
  expect(changes().map(({ path }) => path)).toEqual(["/api/v1/projects/p/members/bob"]);
});

test("a link that cannot be copied is there to be read: it is told once", async () => {
  const { clipboard } = navigator;
  Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true }); // as without HTTPS
  show(<Members project={project("owner")} />, service("ada"));
  await userEvent.click(await screen.findByRole("button", { name: "Copy link" }));
  await screen.findByText(LINK);
  Object.defineProperty(navigator, "clipboard", { value: clipboard, configurable: true });
});
