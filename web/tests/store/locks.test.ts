import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newId } from "../../src/store/newId";

const own = Object.getOwnPropertyDescriptor(navigator, "locks");

beforeEach(() => {
  vi.resetModules();
  // as where the page came by plain HTTP from another machine
  Object.defineProperty(navigator, "locks", { value: undefined, configurable: true });
});
afterEach(() => {
  if (own) Object.defineProperty(navigator, "locks", own);
  else Reflect.deleteProperty(navigator, "locks");
});

it("does one work of a name after the other, also after one that failed", async () => {
  const { oneAtATime } = await import("../../src/store/locks");
  const order: string[] = [];
  const work = (name: string, fails: boolean) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const first = oneAtATime("refresh", work("first", true));
  const second = oneAtATime("refresh", work("second", false));
  await expect(first).rejects.toThrow("first");
  expect(await second).toBe("second");
  expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});

it("knows of no other page", async () => {
  const { heldNames, hold } = await import("../../src/store/locks");
  hold("page.1");
  expect(await heldNames("page.")).toEqual([]);
});

it("makes identifiers of version 4, no two alike", () => {
  const made = Array.from({ length: 100 }, newId);
  for (const id of made)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(made).size).toBe(100);
});
