// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { uploads } from "../../src/images/uploadList";
import { addUploads } from "../../src/images/uploads";
import { network } from "../setup";

const PROJECT = "0190aaaa-0000-7000-8000-000000000000";

test("small files go together, each with its place in a batch that is announced with the run", async () => {
  const asked: { path: string; query: URLSearchParams; body: string }[] = [];
  network.answer = async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    asked.push({ path: pathname, query: searchParams, body: await request.text() });
    if (pathname.endsWith("/upload-batches")) return Response.json({ id: "batch-1" }, { status: 201 });
    return Response.json({ items: [] }, { status: 201 });
  };
  const chosen = Array.from({ length: 120 }, (_, i) => ({
    file: new File([new Uint8Array(20_000)], `w${i}.png`, { lastModified: i }),
    path: `plate/w${i}.png`,
  }));
  const text = { file: new File(["x"], "notes.txt"), path: "plate/notes.txt" };
  expect(addUploads(PROJECT, [...chosen, text], { isRunWanted: true })).toBe(120);
  await vi.waitFor(
    () => expect([...uploads.get().values()].every((each) => each.state === "done")).toBe(true),
    {
      timeout: 30_000,
    },
  );
  const [announced, ...sent] = asked.filter(
    (each) => /upload-batches$|\/images$/.test(each.path) && each.body,
  );
  expect(JSON.parse(announced?.body ?? "")).toMatchObject({ n_files: 120, run: { only_missing: true } });
  expect(sent).toHaveLength(3);
  expect(sent.map((each) => each.query.get("batch"))).toEqual(["batch-1", "batch-1", "batch-1"]);
  const places = sent.flatMap((each) => each.query.getAll("place").map(Number));
  expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i));
});
