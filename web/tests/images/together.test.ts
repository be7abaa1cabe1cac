// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { belongTogether, meantFiles } from "../../src/images/together";

const files = (...paths: string[]) =>
  paths.map((path) => ({ path, file: new File(["x"], path.split("/").at(-1) ?? path) }));

test.each([
  ["an index beside planes", ["p/Index.idx.xml", "p/r01c01f01p01-ch1sk1fk1fl1.tiff"]],
  ["planes of ImageXpress", ["p/P_A01_s1_w1.TIF", "p/P_A01_s1_w2.TIF"]],
  ["planes of Yokogawa", ["p/A01_T0001F001L01A01Z01C01.tif", "p/A01_T0001F001L01A01Z01C02.tif"]],
  ["pictures of Incucyte", ["VID1_A1_1_2024y01m02d_03h04m.tif", "VID1_A1_1_2024y01m02d_07h04m.tif"]],
  ["a photo with ZEN's metadata", ["B03.jpg", "B03_metadata.xml"]],
  ["an OME-TIFF set", ["a_p0.ome.tif", "a_p1.ome.tif"]],
  ["an OME-Zarr", ["scan/a.zarr/.zattrs", "scan/a.zarr/0/0/0/0/0/0"]],
  ["images with a folder of masks", ["d/images/A01.tif", "d/masks/A01.tif"]],
  ["images with masks beside them", ["d/A01.tif", "d/A01_cp_masks.png"]],
  ["images with thumbnails", ["d/A01.tif", "d/A01_thumb.tif"]],
  ["cellSens", ["a.vsi", "_a_/stack1/frame_t.ets"]],
])("%s belongs together", (_name, paths) => {
  expect(belongTogether(files(...paths))).toBe(true);
});

test("images that are images each for itself do not", () => {
  expect(belongTogether(files("plate 1/A01.tif", "plate 1/A02.tif", "plate 1/notes.txt"))).toBe(false);
  expect(belongTogether(files("one_A01_d3.tif", "one_A01_d4.tif"))).toBe(false);
  expect(belongTogether(files("a.ome.tif"))).toBe(false);
  expect(belongTogether(files("masks/A01.tif", "masks/A02.tif"))).toBe(false);
  expect(belongTogether(files("label-free/A01.tif", "stained/A01.tif"))).toBe(false);
});

test("an OME-Zarr is sent with its metadata", () => {
  const chosen = files("p/a.zarr/.zgroup", "p/a.zarr/.zattrs", "p/a.zarr/0/.zarray", "p/.hidden");
  expect(meantFiles(chosen).map((each) => each.path)).toEqual([
    "p/a.zarr/.zgroup",
    "p/a.zarr/.zattrs",
    "p/a.zarr/0/.zarray",
  ]);
});

test("hidden files, the system's and empty ones are not sent", () => {
  const empty = { path: "p/empty.tif", file: new File([], "empty.tif") };
  const chosen = [
    ...files("p/a.tif", "p/.DS_Store", "p/Thumbs.db", "__MACOSX/p/a.tif", "p/Index.xml"),
    empty,
  ];
  expect(meantFiles(chosen).map((each) => each.path)).toEqual(["p/a.tif", "p/Index.xml"]);
});
