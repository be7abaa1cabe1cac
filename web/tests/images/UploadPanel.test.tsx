// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { UploadPanel } from "../../src/images/UploadPanel";
import { type UploadItem, uploads } from "../../src/images/uploadList";
import { show } from "../page";

function listed(...items: Partial<UploadItem>[]) {
  const whole = items.map(
    (each, i): UploadItem => ({
      id: String(i),
      projectId: "p1",
      name: `${i}.tif`,
      size: 10,
      sent: 0,
      state: "failed",
      ...each,
    }),
  );
  uploads.set(() => new Map(whole.map((each) => [each.id, each])));
}

test("what the service refused is not tried again, what did not get through is", async () => {
  listed(
    { isRefused: true, reason: "The file is empty" },
    { reason: "No answer" },
    { state: "done", sent: 10 },
  );
  show(<UploadPanel projectId="p1" />);
  const status = screen.getByRole("status");
  expect(status.textContent).toBe(
    "1 of 3 files uploaded · 1 failed · 1 refused, which another try would not change",
  );
  await userEvent.click(screen.getByRole("button", { name: "Retry failed" }));
  expect([...uploads.get().values()].map((each) => each.state)).toEqual(["failed", "waiting", "done"]);
});

test("a run after the upload is offered as long as something is on its way or not segmented", async () => {
  let none = 1;
  const service = {
    "GET /api/v1/projects/p1/summary": () => ({ by_segmentation_state: { none, done: 2 } }),
    "GET /api/v1/projects/p1/upload-batches": [],
  };
  listed({ state: "done", sent: 10 });
  const { client } = show(<UploadPanel projectId="p1" />, service);
  await screen.findByRole("checkbox", { name: /Segment when all files are in/ });
  none = 0;
  await client.invalidateQueries();
  await waitFor(() => expect(screen.queryByRole("checkbox")).toBeNull());
});

test("where everything that failed was refused, no other try is offered", () => {
  listed({ isRefused: true, reason: "The file is empty" }, { state: "done", sent: 10 });
  show(<UploadPanel projectId="p1" />);
  screen.getByText(/1 refused/);
  expect(screen.queryByRole("button", { name: "Retry failed" })).toBeNull();
});
