// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { expect, test, vi } from "vitest";
import { useConditionOf } from "../../src/api/conditions";
import type { ImageSummary } from "../../src/api/images";
import type { ProjectContext } from "../../src/api/projects";
import Gallery from "../../src/images/Gallery";
import { ImageCard } from "../../src/images/ImageCard";
import { asked, show } from "../page";

// a store that never answers: uploads of an earlier visit are no matter here
vi.stubGlobal("IDBRequest", EventTarget);
vi.stubGlobal("indexedDB", { open: () => new EventTarget() });

const AT = "/projects/p1/images";
const API = "/api/v1/projects/p1";

function gallery(role: string) {
  const project = {
    id: "p1",
    name: "Plate 7",
    kind: "spheroid",
    rules: "by_content",
    role,
  } as unknown as ProjectContext["project"];
  return (
    <Routes>
      <Route element={<Outlet context={{ project } as ProjectContext} />}>
        <Route path="*" element={<Gallery />} />
      </Route>
    </Routes>
  );
}

function service(names: readonly string[]) {
  const items = names.map((name) => ({ id: name, name, state: "ready", flags: [], review: "unreviewed" }));
  return {
    [`GET ${API}/images`]: { items, next_cursor: null },
    [`GET ${API}/summary`]: { n_images: names.length, by_state: {}, by_segmentation_state: {} },
    [`POST ${API}/images/trash`]: null,
    [`POST ${API}/images/restore`]: null,
  };
}

function Card({ well }: { well: string }) {
  const image = {
    ...{ id: well, name: `${well}.png`, project_id: "p1", state: "ready", flags: [], review: "unreviewed" },
    ...{ segmentation_state: "done", n_objects: 1, n_frames: 1, plate: "P1", well, time_s: 86400 },
  } as unknown as ImageSummary;
  const condition = useConditionOf("p1")(image);
  const rest = {
    isSelected: false,
    isCurrent: false,
    isTrash: false,
    height: 208,
    onSelect: () => undefined,
  };
  return <ImageCard image={image} condition={condition} {...rest} />;
}

test("a card says what is in its well", async () => {
  const wells = [
    { plate: "", well: "a1", compound: "cisplatin", dose: "3", dose_unit: "µM", cell_line: "HT-29" },
  ];
  const answers = { [`GET ${API}/layout`]: { wells, exclusions: [], notes: [], version: 1 } };
  const both = (
    <>
      <Card well="A01" />
      <Card well="B02" />
    </>
  );
  show(both, answers, AT);
  await screen.findByText("1 object · P1 · A01 · 24 h · cisplatin 3 µM, HT-29");
  await screen.findByText("1 object · P1 · B02 · 24 h"); // a well that the layout does not name has no condition
});

const sent = (path: string) => asked.filter((each) => each.method === "POST" && each.path === path);

test("an empty project asks for images; who may only look is asked for none", async () => {
  const { unmount } = show(gallery("editor"), service([]), AT);
  await screen.findByText("Drop images or folders here");
  expect(screen.getAllByRole("button", { name: "Upload files" })).toHaveLength(2); // in the bar and in the middle
  unmount();
  show(gallery("viewer"), service([]), AT);
  await screen.findByText("Drop images or folders here");
  expect(screen.queryByRole("button", { name: "Upload files" })).toBeNull();
});

test("all images that the list has are chosen, also those that are not on the screen, and moved to the trash", async () => {
  const names = Array.from({ length: 60 }, (_, i) => `A${i + 1}.png`);
  show(gallery("editor"), service(names), AT);
  await userEvent.click(await screen.findByRole("button", { name: "Select all" }));
  await screen.findByRole("button", { name: "Segment 60 images" });
  await userEvent.click(screen.getByRole("button", { name: "Move to trash" }));
  await waitFor(() => expect(sent(`${API}/images/trash`)).toHaveLength(1));
  expect(sent(`${API}/images/trash`)[0]?.body).toEqual({ image_ids: names });
  await screen.findByRole("button", { name: "Segment all" }); // nothing is chosen any more
});

test("who may only look chooses, and finds nothing that would be refused", async () => {
  show(gallery("viewer"), service(["A1.png"]), AT);
  await userEvent.click(await screen.findByRole("button", { name: "Select all" }));
  expect(screen.queryByRole("button", { name: "Move to trash" })).toBeNull();
  expect(screen.queryByRole("button", { name: /Segment/ })).toBeNull();
});

test("a search without a hit says so, and does not ask for images", async () => {
  show(gallery("editor"), service([]), `${AT}?search=nothing`);
  await screen.findByText("No image matches");
  expect(screen.queryByText("Drop images or folders here")).toBeNull();
});

test("a request that the network cut off is sent again: what was thrown away stays away", async () => {
  let cuts = 1;
  const cut = () => {
    cuts -= 1;
    if (cuts >= 0) throw new TypeError("Failed to fetch");
    return null;
  };
  show(gallery("owner"), { ...service(["a"]), [`POST ${API}/images/trash`]: cut }, AT);
  await userEvent.click(await screen.findByRole("button", { name: "Select all" }));
  await userEvent.click(await screen.findByRole("button", { name: "Move to trash" }));
  await waitFor(() => expect(sent(`${API}/images/trash`)).toHaveLength(2));
});

test("what is known of all images beside the list does not keep one from being thrown away", async () => {
  const acquisition = {
    n_channels: 1,
    n_slices: 1,
    n_frames: 1,
    channel_names: [],
    pixel_sizes_um: [],
    n_unsized: 0,
  };
  const models = [{ id: "m", name: "spheroid", title: "spheroid 1.3.0", description: "" }];
  const summary = { n_images: 1, by_state: { ready: 1 }, by_segmentation_state: { none: 1 } };
  const more = {
    [`GET ${API}/acquisition`]: acquisition,
    [`GET ${API}/summary`]: summary,
    "GET /api/v1/models": models,
  };
  show(gallery("owner"), { ...service(["a"]), ...more }, AT);
  await userEvent.click(await screen.findByRole("button", { name: "Segment all" }));
  await waitFor(() => expect(asked.some((each) => each.path === `${API}/acquisition`)).toBe(true));
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await userEvent.click(await screen.findByRole("button", { name: "Select all" }));
  await userEvent.click(await screen.findByRole("button", { name: "Move to trash" }));
  await waitFor(() => expect(sent(`${API}/images/trash`)).toHaveLength(1));
});
