// @vitest-environment happy-dom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { EditorController } from "../../../src/editor/controller";
import type { Operation } from "../../../src/editor/document";
import { AdjustPanel } from "../../../src/editor/panels/AdjustPanel";
import { ConflictPanel } from "../../../src/editor/panels/ConflictPanel";
import { CopyPanel } from "../../../src/editor/panels/CopyPanel";
import type { EditorSession } from "../../../src/editor/session/session";
import type { Conflict } from "../../../src/editor/session/syncState";
import { asked, show } from "../../page";
import { square } from "../tools/hand";

const MINE = square(1, 10, 10, 40);
const THEIRS = square(1, 60, 60, 20);
const MOVED: Operation = { id: "o1", kind: "move", changes: [{ number: 1, before: THEIRS, after: MINE }] };

function conflictPanel(part: Partial<Conflict> = {}, document = new Map([[1, THEIRS]])) {
  const controller = new EditorController();
  const resolve = vi.fn();
  const onShow = vi.fn();
  const conflict: Conflict = { id: "c1", operation: MOVED, reason: "changed", message: null, ...part };
  const session = { resolve } as unknown as EditorSession;
  show(<ConflictPanel {...{ controller, session, conflict, document, onShow }} nLeft={2} />);
  return { controller, resolve, onShow };
}

test("of two outlines of one object a person keeps one or both, and sees where it is and how many are left", async () => {
  const { controller, resolve, onShow } = conflictPanel();
  const dialog = screen.getByRole("alertdialog");
  expect(within(dialog).getByText(/\(2\)/)).toBeTruthy();
  expect(within(dialog).getByText(/Object 1:/)).toBeTruthy();
  expect(controller.conflict).toEqual({ mine: [MINE.outline], theirs: [THEIRS.outline] });
  expect(onShow).toHaveBeenCalledWith([10, 10, 50, 50]);
  for (const name of ["Keep mine", "Keep theirs", "Keep both"])
    await userEvent.click(screen.getByRole("button", { name }));
  expect(resolve.mock.calls).toEqual([
    ["c1", "mine"],
    ["c1", "theirs"],
    ["c1", "both"],
  ]);
});

test("where the other one deleted it there is no keeping both", () => {
  conflictPanel({}, new Map());
  expect(screen.queryByRole("button", { name: "Keep both" })).toBeNull();
});

test("a step that the service refuses says why, and is tried again or let go", async () => {
  const { resolve } = conflictPanel({ reason: "refused", message: "The outline crosses itself" });
  expect(screen.getByText("The outline crosses itself")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(resolve.mock.calls.map(([, choice]) => choice)).toEqual(["mine", "theirs"]);
});

function copyPanel(controller: EditorController, frame: number, onGo = vi.fn()) {
  const COPIED = { "POST /api/v1/results/r1/copy": (body: unknown) => ({ result_id: "r2", body }) };
  const panel = { controller, imageId: "i1", resultId: "r1", frame, nFrames: 4, onGo, onClose: vi.fn() };
  show(<CopyPanel {...panel} />, COPIED);
  return onGo;
}

test("chosen outlines are copied to as many of the next frames as there are, and the first of them is shown", async () => {
  const controller = new EditorController();
  controller.session.set({ isIdle: true } as never);
  controller.setDocument(new Map([[1, MINE]]));
  controller.selected.set(new Set([1]));
  const onGo = copyPanel(controller, 1);
  const many = screen.getByRole("textbox");
  await userEvent.clear(many);
  await userEvent.type(many, "9"); // two are left
  expect((screen.getByRole("button", { name: /^Copy/ }) as HTMLButtonElement).disabled).toBe(true);
  await userEvent.clear(many);
  await userEvent.type(many, "2");
  await userEvent.click(screen.getByRole("button", { name: /^Copy/ }));
  await waitFor(() => expect(onGo).toHaveBeenCalledWith(2));
  const sent = asked.filter(({ method }) => method === "POST");
  expect(sent.map(({ body }) => body)).toEqual([
    { numbers: [1], to_image_id: "i1", to_frame: 2 },
    { numbers: [1], to_image_id: "i1", to_frame: 3 },
  ]);
});

test("what is not saved yet cannot be copied, and after the last frame there is none", () => {
  copyPanel(new EditorController(), 1);
  expect((screen.getByRole("button", { name: /^Copy/ }) as HTMLButtonElement).disabled).toBe(true);
  copyPanel(new EditorController(), 3);
  expect(screen.getByText(/last/)).toBeTruthy();
});

test("without an object that can be adjusted nothing can be applied, and closing proposes nothing any more", async () => {
  const controller = new EditorController();
  const onClose = vi.fn();
  const { unmount } = show(<AdjustPanel controller={controller} how="grow" onClose={onClose} />);
  expect(screen.getByText("2 px")).toBeTruthy();
  expect((screen.getByRole("button", { name: /^Apply/ }) as HTMLButtonElement).disabled).toBe(true);
  await userEvent.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalled();
  unmount();
  expect(controller.proposal.get()).toBeNull();
});
