// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Project } from "../../src/api/projects";
import RunDialog from "../../src/runs/RunDialog";
import { asked, show } from "../page";

const PROJECT = { id: "p1", name: "Plate 3", pixel_size_um: 1.3 } as Project;
const SERVICE = {
  "GET /api/v1/models": [{ id: "m", name: "spheroid", title: "Spheroid", description: "For spheroids." }],
  "GET /api/v1/projects/p1/summary": { n_images: 240, n_objects: 0, by_state: { ready: 240 } },
  "POST /api/v1/projects/p1/runs": { id: "r1" },
};

test("what was set is what the service is asked for", async () => {
  const close = vi.fn();
  const person = userEvent.setup();
  show(<RunDialog project={PROJECT} imageIds={["a", "b"]} onClose={close} />, SERVICE);
  await person.type(screen.getByRole("spinbutton", { name: /diameter/i }), "120.5");
  await person.click(screen.getByRole("button", { name: "Segment" }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  const run = asked.find((each) => each.method === "POST");
  expect(run?.body).toMatchObject({
    image_ids: ["a", "b"],
    only_missing: false,
    urgency: "now",
    parameters: { diameter_um: 120.5, threshold: null, expected_objects: null },
  });
});

test("a refused run leaves the dialog open and says why", async () => {
  const close = vi.fn();
  const { "POST /api/v1/projects/p1/runs": _, ...rest } = SERVICE;
  show(<RunDialog project={PROJECT} imageIds={null} onClose={close} />, rest);
  await userEvent.click(screen.getByRole("button", { name: "Segment" }));
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(close).not.toHaveBeenCalled();
});
