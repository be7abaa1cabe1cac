// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { setWantsRun } from "../../src/images/batchPlaces";
import { takeFiles } from "../../src/images/takeFiles";
import { uploads } from "../../src/images/uploadList";
import { network } from "../setup";

const PROJECT = "0190aaaa-0000-7000-8000-000000000000";
let nBatches = 0;
/** Method, path and whether a run is asked for, of what is said about batches. */
const said: [string, string, boolean][] = [];
let whileAnnounced: () => void = () => undefined;

beforeEach(() => {
  said.length = 0;
  whileAnnounced = () => undefined;
  network.answer = async (request) => {
    const { pathname } = new URL(request.url);
    const isJson = request.headers.get("content-type")?.includes("json");
    const body = isJson ? await request.json() : null;
    if (pathname.includes("upload-batches") && body)
      said.push([request.method, pathname.split("/").at(-1) ?? "", body.run !== null]);
    if (!pathname.endsWith("/upload-batches")) return Response.json({ items: [] }, { status: 201 });
    whileAnnounced();
    nBatches += 1;
    return Response.json({ id: `batch-${nBatches}` }, { status: 201 });
  };
});

/** Two files, which go together. */
async function take(...names: string[]) {
  const files = names.map((name) => ({ file: new File([new Uint8Array(100)], name), path: name }));
  await takeFiles(PROJECT, files);
  await vi.waitFor(
    () => expect([...uploads.get().values()].every((each) => each.state === "done")).toBe(true),
    { timeout: 30_000 },
  );
}

test("the last answer is the next upload's", async () => {
  setWantsRun(true);
  await take("a.png", "b.png");
  expect(said).toEqual([["POST", "upload-batches", true]]);
  said.length = 0;
  setWantsRun(false);
  await take("c.png", "d.png");
  expect(said).toEqual([["POST", "upload-batches", false]]);
});

test("whoever asks for the run while the upload is being announced gets it", async () => {
  setWantsRun(false);
  whileAnnounced = () => setWantsRun(true);
  await take("e.png", "f.png");
  expect(said).toEqual([
    ["POST", "upload-batches", false],
    ["PATCH", `batch-${nBatches}`, true],
  ]);
});
