// @vitest-environment happy-dom
import { beforeAll, beforeEach, expect, test } from "vitest";
import { tell } from "../../src/events/tell";
import { changeLanguage, loadAllTexts, startTexts, text } from "../../src/i18n";
import { clearNotifications, notifications } from "../../src/store/notifications";
import { network } from "../setup";

const DONE = { type: "run.done", id: "r1", project_id: "p1", n_items: 8, n_done: 8 };

beforeAll(async () => {
  localStorage.setItem("spheroseg.language", "en");
  await startTexts();
  network.answer = async () => Response.json({ id: "p1", name: "Plate 3" });
});

beforeEach(clearNotifications);

test("the end of one's own run is told once, with its project and where the results are", async () => {
  await tell({ ...DONE, topic: "project:p1" }); // whoever looks at the project hears it, too
  await tell({ ...DONE, topic: "user:u1" });
  await tell({ ...DONE, topic: "user:u1" });
  expect(notifications.get().map(({ message, href }) => [message, href])).toEqual([
    ["“Plate 3”: 8 images are segmented.", "/projects/p1/results"],
  ]);
});

test("a run that failed leads to the runs, an export to its file", async () => {
  await tell({ ...DONE, type: "run.failed", topic: "user:u1" });
  await tell({ type: "export.done", id: "e1", project_id: "p1", topic: "user:u1" });
  expect(notifications.get().map(({ severity, href }) => [severity, href])).toEqual([
    ["success", "/projects/p1/exports"],
    ["error", "/projects/p1/runs"],
  ]);
});

test("what happened is kept as what it says and of what, for a reader of another language", async () => {
  await tell({ ...DONE, topic: "user:u1" });
  await loadAllTexts();
  await tell({
    type: "batch.changed",
    id: "b1",
    project_id: "p1",
    topic: "user:u1",
    reason: "the file is empty",
  });
  expect(notifications.get().map(({ wording }) => wording)).toEqual([
    { key: "notifications.noRun", values: { reason: "the file is empty" } },
    { key: "notifications.runDone", values: { project: "Plate 3", count: 8 } },
  ]);
  await changeLanguage("cs");
  const { key, values } = notifications.get()[1]?.wording ?? { key: "", values: {} };
  expect(text(key as never, values)).toBe("„Plate 3“: 8 snímků je segmentováno.");
  await changeLanguage("en");
});
