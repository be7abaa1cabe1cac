// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import ImportDialog from "../../src/images/ImportDialog";
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
  await waitFor(() => expect(screen.getByText("C03.geojson: it has no outlines")).toBeTruthy());
}, 120_000);

test("files that hold no outlines are said to be none, and nothing is asked", async () => {
  show(<ImportDialog projectId="p1" imageIds={null} onClose={() => undefined} />, SERVICE);
  await choose([new File(["x"], "notes.docx")]);
  await screen.findByText("None of these files can hold outlines.");
  expect(asked).toEqual([]);
}, 120_000);
