// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ReviewFrame } from "../../src/review/ReviewFrame";
import type { ReviewItem } from "../../src/review/reviewQueue";
import { asked, show } from "../page";

const ITEM = {
  image_id: "i1",
  result_id: null,
  image: "B03.tif",
  well: "B03",
  frame: 1,
  n_frames: 3,
  n_objects: 4,
  min_confidence: 0.4,
  flags: {},
  review: "unreviewed",
} as unknown as ReviewItem;
const SERVICE = { "PATCH /api/v1/images/i1/frames/1": {}, "PUT /api/v1/images/i1/frames/1/review": {} };

function frame(onMove: (step: number) => void, canEdit = true) {
  return <ReviewFrame projectId="p1" item={ITEM} next={undefined} canEdit={canEdit} onMove={onMove} />;
}

test("accepting tells the service and goes on", async () => {
  const move = vi.fn();
  show(frame(move), SERVICE);
  await userEvent.click(screen.getByRole("button", { name: "Accept" }));
  expect(move).toHaveBeenCalledWith(1);
  await waitFor(() => expect(asked.some((each) => each.method !== "GET")).toBe(true));
  expect(asked.find((each) => each.method !== "GET")?.body).toMatchObject({ state: "accepted" });
});

test("excluding asks for the reason first", async () => {
  const move = vi.fn();
  show(frame(move), SERVICE);
  await userEvent.click(screen.getByRole("button", { name: "Exclude" }));
  expect(move).not.toHaveBeenCalled();
  const [reason] = screen.getAllByRole("button", { name: /^1 · / });
  await userEvent.click(reason as HTMLElement);
  expect(move).toHaveBeenCalledWith(1);
  await waitFor(() => expect(asked.some((each) => each.method !== "GET")).toBe(true));
  expect(asked.find((each) => each.method !== "GET")?.body).toMatchObject({ state: "excluded" });
});

test("who may only look finds no button that would be refused", () => {
  show(
    frame(() => undefined, false),
    SERVICE,
  );
  expect(screen.queryByRole("button", { name: "Accept" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Exclude" })).toBeNull();
});
