// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { EditorController } from "../../../src/editor/controller";
import type { EditorObject } from "../../../src/editor/document";
import { EarlySteps } from "../../../src/editor/session/early";
import { isLeft, ownerOf } from "../../../src/editor/session/journal";
import { EditorSession } from "../../../src/editor/session/session";
import { MemoryJournal, MemoryService } from "./memory";

function object(number: number, size: number): EditorObject {
  return { number, className: "spheroid", outline: [[Float64Array.from([0, 0, size, 0, size, size])]] };
}

async function opened(service: MemoryService): Promise<EditorSession> {
  let lastId = 0;
  const parts = {
    resultId: "r",
    service: service.of("a"),
    journal: new MemoryJournal(),
    owner: "a",
    alive: async () => new Set(["a"]),
    newId: () => `a-${++lastId}`,
    later: () => undefined,
  };
  return EditorSession.open(parts, await service.outlines("r"));
}

async function saved(session: EditorSession): Promise<void> {
  for (let i = 0; i < 400 && !session.isIdle; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("what is drawn while the session opens is shown, kept, and chosen under its new number", async () => {
  const service = new MemoryService([object(1, 10)]);
  const controller = new EditorController();
  const early = new EarlySteps();
  controller.early = early;
  const number = early.newNumber();
  controller.perform("draw", [{ number, before: null, after: object(number, 50) }]);
  controller.perform("brush", [{ number, before: object(number, 50), after: object(number, 60) }]);
  controller.perform("remove", [{ number: 1, before: object(1, 10), after: null }]);
  expect([...early.on(new Map([[1, object(1, 10)]])).keys()]).toEqual([number]);

  const session = await opened(service);
  const numbers = early.handTo(session);
  expect(session.document.has(numbers.get(number) as number)).toBe(true);
  await saved(session);
  expect([...service.document.values()].map((each) => each.outline[0]?.[0]?.[2])).toEqual([60]);
  expect(early.isEmpty).toBe(true);
  expect(early.handTo(session).size).toBe(0); // once
});

test("a step on what somebody else changed meanwhile waits for a person to decide", async () => {
  const early = new EarlySteps();
  early.perform("brush", [{ number: 1, before: object(1, 10), after: object(1, 20) }]);
  const session = await opened(new MemoryService([object(1, 99)]));
  early.handTo(session);
  expect(session.sync.conflicts).toHaveLength(1);
  expect(session.isIdle).toBe(true);
});

test("where there are no outlines to draw into, it is said", () => {
  const controller = new EditorController();
  controller.perform("draw", [{ number: 0, before: null, after: object(0, 10) }]);
  expect(controller.refusal.get()?.reason).toBe("noOutlines");
});

test("a page takes over what this person left, not what another one did, nor what a page still has in hand", () => {
  const alive = new Set(["now", "beside"]);
  const taken = (owner: string) => isLeft({ owner }, ownerOf("ada", "now"), alive);
  expect(taken(ownerOf("ada", "gone"))).toBe(true);
  expect(taken(ownerOf("ada", "beside"))).toBe(false);
  expect(taken(ownerOf("eva", "gone"))).toBe(false);
});
