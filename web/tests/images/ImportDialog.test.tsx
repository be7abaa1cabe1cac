// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import ImportDialog from "../../src/images/ImportDialog";
import { splitOutlines } from "../../src/images/splitOutlines";
import { asked, show } from "../page";

const paired = (name: string, image: string | null, reason: string | null = null) => ({
  name,
  image_id: image,
  image_name: image && `${image}.tif`,
  reason,
});
const made = (n_objects: number, is_shown = true, notes: string[] = []) => ({
  result: { id: "v", n_objects },
  is_shown,
  notes,
});
const SERVICE = {
  "POST /api/v1/projects/p1/outlines/pairing": [
    paired("A01_masks.png", "A01"),
    paired("B02.roi", "B02"),
    paired("C03.geojson", "C03"),
    paired("D04.zip", null, "no image is named like it"),
  ],
  "POST /api/v1/images/A01/results/import": made(12),
  "POST /api/v1/images/B02/results/import": made(3, false),
  "POST /api/v1/images/C03/results/import": () =>
    Response.json({ code: "unusable_outlines", detail: "C03.geojson: it has no outlines" }, { status: 422 }),
};
const FILES = ["A01_masks.png", "B02.roi", "notes.docx", "C03.geojson", "D04.zip"].map(
  (name) => new File(["x"], name),
);

async function choose(files: File[]) {
  await userEvent.upload(screen.getByTestId("choose-files"), files);
}

test("each file goes to the image that is named like it; what is refused stops nothing and is said", async () => {
  show(<ImportDialog projectId="p1" imageIds={["A01", "B02", "C03"]} onClose={() => undefined} />, SERVICE);
  await choose(FILES);
  await screen.findByText("3 of 4 files have an image");
  expect(asked[0]?.body).toEqual({
    names: ["A01_masks.png", "B02.roi", "C03.geojson", "D04.zip"],
    image_ids: ["A01", "B02", "C03"],
  });
  await screen.findByText("no image is named like it");
  await userEvent.click(screen.getByRole("button", { name: "Import 3 files" }));
  await screen.findByText("2 of 4 files were imported");
  await screen.findByText("12 objects");
  await screen.findByText(/3 objects · another version/);
  await waitFor(() =>
    expect(screen.getByText(/cannot be used: C03.geojson: it has no outlines/)).toBeTruthy(),
  );
}, 120_000);

test("a file of many images is divided by the names in it, and each part goes to its image and time point", async () => {
  const coco = {
    images: [
      { id: 7, file_name: "A01.tif", frame: 2 },
      { id: 9, file_name: "gone.tif" },
    ],
    categories: [{ id: 1, name: "spheroid" }],
    annotations: [
      { id: 1, image_id: 9, category_id: 1 },
      { id: 2, image_id: 7, category_id: 1 },
    ],
  };
  const datumaro = { categories: {}, items: [{ id: "B02", annotations: [] }] };
  const cvat = '<annotations><meta/><image id="0" name="C03.png" width="9" height="9"/></annotations>';
  const images = new Map([
    ["A01.tif", "A01"],
    ["B02", "B02"],
    ["C03.png", "C03"],
  ]);
  show(<ImportDialog projectId="p1" imageIds={null} onClose={() => undefined} />, {
    ...SERVICE,
    "POST /api/v1/projects/p1/outlines/pairing": (body: unknown) =>
      (body as { names: string[] }).names.map((name) =>
        paired(name, images.get(name) ?? null, images.has(name) ? null : "no such image"),
      ),
    "POST /api/v1/images/A01/results/import": made(1),
    "POST /api/v1/images/C03/results/import": made(4),
  });
  await choose([
    new File([JSON.stringify(coco)], "instances.json"),
    new File([JSON.stringify(datumaro)], "default.json"),
    new File([cvat], "annotations.xml"),
  ]);
  await screen.findByText("3 of 4 files have an image");
  await screen.findByText("instances.json › gone.tif");
  await userEvent.click(screen.getByRole("button", { name: "Import 3 files" }));
  await screen.findByText("3 of 4 files were imported");
  const sent = asked.find(({ path }) => path === "/api/v1/images/A01/results/import")?.body as string;
  const own = { ...coco, images: [coco.images[0]], annotations: [coco.annotations[1]] };
  expect(sent).toContain(JSON.stringify(own));
  const [first] =
    (await splitOutlines({ file: new File([JSON.stringify(coco)], "a.json"), path: "a.json" })) ?? [];
  expect(first?.frame).toBe(2);
}, 120_000);

test("files that hold no outlines are said to be none, and nothing is asked", async () => {
  show(<ImportDialog projectId="p1" imageIds={null} onClose={() => undefined} />, SERVICE);
  await choose([new File(["x"], "notes.docx")]);
  await screen.findByText("None of these files can hold outlines.");
  expect(asked).toEqual([]);
}, 120_000);
