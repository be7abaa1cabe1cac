// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
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

test("where everything that failed was refused, no other try is offered", () => {
  listed({ isRefused: true, reason: "The file is empty" }, { state: "done", sent: 10 });
  show(<UploadPanel projectId="p1" />);
  screen.getByText(/1 refused/);
  expect(screen.queryByRole("button", { name: "Retry failed" })).toBeNull();
});
