// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { keys } from "../../src/api/keys";
import { queryClient } from "../../src/api/query";
import { hear } from "../../src/events/live";

const MEASURED = {
  topic: "image:i1",
  type: "objects.edited",
  kind: "measure",
  id: "r1",
  image_id: "i1",
  project_id: "p1",
};
const kept = {
  table: [...keys.objects("r1"), "table"],
  result: [...keys.objects("r1"), "result"],
  outlines: [...keys.objects("r1"), "outlines", null],
};
const isStale = (key: readonly unknown[]) => queryClient.getQueryState(key)?.isInvalidated;

beforeEach(() => {
  queryClient.clear();
  for (const key of Object.values(kept)) queryClient.setQueryData(key, []);
});

test("when outlines were measured again, the open table's numbers are read again, the outlines are not", async () => {
  hear(MEASURED);
  await vi.waitFor(() => expect(isStale(kept.table)).toBe(true), 5000);
  expect([isStale(kept.result), isStale(kept.outlines)]).toEqual([true, false]);
});

test("what somebody draws reads no table again: the answer to each edit has its numbers", async () => {
  const summary = keys.summary("p1");
  queryClient.setQueryData(summary, {});
  hear({ ...MEASURED, kind: "edit" });
  await vi.waitFor(() => expect(isStale(summary)).toBe(true), 5000);
  expect(isStale(kept.table)).toBe(false);
});
