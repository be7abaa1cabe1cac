// @vitest-environment happy-dom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Project } from "../../src/api/projects";
import type { UploadSet } from "../../src/api/uploadSets";
import SetPreview from "../../src/images/SetPreview";
import { asked, show } from "../page";

const PROJECT = { id: "p1", version: 3, preferences: { colour: "red" } } as unknown as Project;
const IMAGE = {
  source: "Plate1/A01_f1",
  series: 0,
  name: "A01_f1",
  well: "A01",
  field: 1,
  width: 1080,
  height: 1080,
  n_frames: 1,
  frames_are: "time",
  n_channels: 2,
  channel_names: ["Brightfield", "EGFP"],
  n_slices: 3,
  pixel_size_um: [1.196, 1.196],
  pixel_size_from: "Index.idx.xml of Harmony beside the file",
  is_size_doubtful: false,
  has_times: true,
  n_files: 6,
  doubts: [],
};
const SET = {
  id: "s1",
  project_id: "p1",
  name: "Plate1",
  n_files: 8,
  n_arrived: 8,
  n_added: 0,
  state: "understood",
  reason: null,
  found: {
    plates: [
      { name: "Plate1", layout: "operetta", summary: "Operetta/Phenix plate Plate1: 1 well × 1 field" },
    ],
    images: [
      IMAGE,
      {
        ...IMAGE,
        source: "Plate1/pages.tif",
        well: "",
        n_frames: 4,
        frames_are: "page",
        pixel_size_um: null,
      },
      {
        source: "Plate1/B02_f1",
        series: 0,
        reason: "planes of B02_f1 are missing",
        channel_names: [],
        doubts: [],
      },
    ],
    n_images: 3,
    n_unreadable: 1,
    left_out: [{ name: "Plate1/a_thumb.tif", reason: "thumbnails" }],
    n_left_out: 1,
    n_beside: 1,
    notes: [],
    asks_axes: true,
    asks_interval: false,
  },
} as unknown as UploadSet;

test("what was understood is shown before anything is added", async () => {
  show(<SetPreview project={PROJECT} set={SET} />, { "POST /api/v1/upload-sets/s1/add": SET });
  expect(screen.getByText(/1 well × 1 field/)).toBeTruthy();
  const [, field, pages, lost] = screen.getAllByRole("row");
  expect(within(field as HTMLElement).getByText("Brightfield, EGFP")).toBeTruthy();
  expect(within(field as HTMLElement).getByText("1.196 µm")).toBeTruthy();
  expect(within(field as HTMLElement).getByText(/Harmony beside the file/)).toBeTruthy();
  expect(within(pages as HTMLElement).getByText(/4 pages of unknown meaning/)).toBeTruthy();
  expect(within(pages as HTMLElement).getByText(/no pixel size/)).toBeTruthy();
  expect(within(lost as HTMLElement).getByText("planes of B02_f1 are missing")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "1 file left out" }));
  expect(screen.getByText("Plate1/a_thumb.tif: thumbnails")).toBeTruthy();
  expect(asked.filter((each) => each.method !== "GET")).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Add 3 images" }));
  await waitFor(() => expect(asked.some((each) => each.path === "/api/v1/upload-sets/s1/add")).toBe(true));
});

test("what pages mean is asked for, kept with the project, and everything read again", async () => {
  const person = userEvent.setup();
  show(<SetPreview project={PROJECT} set={SET} />, {
    "PATCH /api/v1/projects/p1": PROJECT,
    "POST /api/v1/upload-sets/s1/read": SET,
  });
  await person.click(screen.getByRole("combobox", { name: "Pages of a file are" }));
  await person.click(screen.getByRole("option", { name: "times" }));
  await person.type(screen.getByRole("textbox", { name: "Time between time points" }), "every day");
  expect(screen.getByRole("button", { name: "Read again" })).toHaveProperty("disabled", true);
  await person.clear(screen.getByRole("textbox", { name: "Time between time points" }));
  await person.type(screen.getByRole("textbox", { name: "Time between time points" }), "1,5h");
  await person.click(screen.getByRole("button", { name: "Read again" }));
  await waitFor(() => expect(asked.some((each) => each.path === "/api/v1/upload-sets/s1/read")).toBe(true));
  expect(asked.find((each) => each.method === "PATCH")?.body).toEqual({
    preferences: { colour: "red", axes: "time", interval: "1.5h" },
  });
});

test("a set of which a file never came can be read or given up", async () => {
  const waiting = { ...SET, state: "arriving", n_arrived: 6 } as UploadSet;
  show(<SetPreview project={PROJECT} set={waiting} />, { "DELETE /api/v1/upload-sets/s1": {} });
  expect(screen.getByText("6 of 8 files are here")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Read what is here" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  await waitFor(() => expect(asked.some((each) => each.method === "DELETE")).toBe(true));
});
