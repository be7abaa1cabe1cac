// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
});

const fresh = () => import("../../src/store/notifications");

test("an event is told once, however often it is heard, with where to see it", async () => {
  const { notifications, notifyOf, popup } = await fresh();
  notifyOf("run.done:1", "success", "“Plate 3”: 8 images are segmented.", "/projects/p/results");
  notifyOf("run.done:1", "success", "“Plate 3”: 8 images are segmented.", "/projects/p/results");
  expect(notifications.get().map((each) => each.href)).toEqual(["/projects/p/results"]);
  expect(popup.get()?.message).toBe("“Plate 3”: 8 images are segmented.");
});

test("what happened is there after a reload, read as it was, and what was only said is not", async () => {
  const before = await fresh();
  before.notifyOf("export.done:2", "success", "The export of “Plate 3” is ready.", "/projects/p/exports");
  before.notify("success", "Saved.");
  before.markAllRead();
  vi.resetModules();
  const { notifications } = await fresh();
  expect(notifications.get()).toMatchObject([
    { event: "export.done:2", href: "/projects/p/exports", isRead: true, severity: "success" },
  ]);
  expect(notifications.get()[0]?.at).toBeInstanceOf(Date);
});

test("another tab that told of an event first is not repeated, and clearing leaves nothing for the next person", async () => {
  const here = await fresh();
  vi.resetModules();
  const elsewhere = await fresh();
  elsewhere.notifyOf("run.done:3", "success", "a", "/x");
  here.notifyOf("run.done:3", "success", "a", "/x");
  expect(here.popup.get()).toBeNull();
  expect(here.notifications.get().length).toBe(1);
  here.clearNotifications();
  vi.resetModules();
  expect((await fresh()).notifications.get()).toEqual([]);
});
