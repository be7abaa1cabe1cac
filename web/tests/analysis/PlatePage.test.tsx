// @vitest-environment happy-dom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import PlatePage from "../../src/analysis/plate/PlatePage";
import type { Project } from "../../src/api/projects";
import { asked, place, show } from "../page";
import { ANALYSIS, ORDER, WELLS } from "./plate";

const PROJECT = { id: "p1", name: "Plate 3", role: "editor" } as Project;
const LAYOUT = {
  wells: WELLS.map(({ well, compound, dose, control }) => ({
    plate: "",
    well,
    compound,
    dose: dose === null ? "" : String(dose),
    dose_unit: dose === null ? "" : "µM",
    control,
    compound_2: "",
    dose_2: "",
    dose_unit_2: "",
    cell_line: "",
    replicate: "",
    treatment_time_h: "",
    excluded: "",
  })),
  exclusions: [] as object[],
  notes: [],
  version: 3,
};
const SERVICE = {
  "GET /api/v1/projects/p1/layout": LAYOUT,
  "GET /api/v1/projects/p1/analysis": ANALYSIS,
  "GET /api/v1/projects/p1/images": { items: [{ id: "i1", well: "A03" }], next_cursor: null },
  "GET /api/v1/projects/p1/summary": { by_segmentation_state: { done: 6 } },
  "GET /api/v1/projects/p1/analysis/wells/A02": {
    frames: ANALYSIS.frames.filter((frame) => frame.well === "A02"),
  },
  "GET /api/v1/projects/p1/analysis/review-order": ORDER,
  "GET /api/v1/projects/p1/objects": {
    columns: ["well", "area_um2", "circularity", "perimeter_method"],
    rows: [],
    next_cursor: null,
  },
  "GET /api/v1/projects/p1/statistics": {
    group_by: "well",
    is_complete: true,
    groups: [{ group: "A02", label: "A02", n_objects: 1, columns: [{ column: "circularity", mean: 0.93 }] }],
  },
  "PUT /api/v1/projects/p1/layout": (body: object) => ({ ...LAYOUT, ...body, version: 4 }),
};

function open(tab: string, service: object = SERVICE, project = PROJECT) {
  return show(<PlatePage />, service as typeof SERVICE, `/plate?tab=${tab}`, { project });
}

const kept = () =>
  asked.find((each) => each.method === "PUT")?.body as { exclusions: object[]; wells: object[] };

test("of images that say no well nothing is asked, and the page says how they get one", async () => {
  const images = { items: [{ id: "i1", well: "" }], next_cursor: null };
  open("plate", { ...SERVICE, "GET /api/v1/projects/p1/images": images });
  await screen.findByText(/No image says yet which well it shows/);
  screen.getByRole("link", { name: "Images" });
  expect(asked.some((each) => each.path.endsWith("/analysis"))).toBe(false);
});

describe("plate", () => {
  test("a well says what it is, arrows move, Enter shows its pictures", async () => {
    open("plate");
    const person = userEvent.setup();
    const first = await screen.findByRole("button", { name: /^A01, untreated, 6 µm³, reviewed$/ });
    first.focus();
    await person.keyboard("{ArrowRight}{Enter}");
    const strip = await screen.findByRole("region", { name: "A02" });
    const links = within(strip).getAllByRole("link");
    expect(links.map((each) => each.getAttribute("href"))).toEqual([
      "/projects/p1/images/i3?frame=0",
      "/projects/p1/images/i4?frame=0",
    ]);
  });

  test("any measure at any time is asked for and shown", async () => {
    open("plate");
    const shown = await screen.findByRole("combobox", { name: "Shown" });
    const row = (choice: HTMLElement) => choice.closest(".MuiStack-root");
    expect(row(shown)).toBe(row(screen.getByRole("combobox", { name: "Response" })));
    await waitFor(() => expect(within(shown).getByRole("option", { name: /circularity/i })).toBeTruthy());
    expect(within(shown).queryByRole("option", { name: /perimeter method/i })).toBeNull();
    await userEvent.selectOptions(shown, "circularity");
    expect(await screen.findByRole("button", { name: /^A02, alpha 1 µM, 0.93/ })).toBeTruthy();
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "At" }), "0");
    await waitFor(() => expect(place.now).toContain("maptime=0"));
  });

  test("what was reviewed is a measure too", async () => {
    open("plate&shown=review");
    expect(await screen.findByRole("button", { name: /A01.*2 of 2 images reviewed/ })).toBeTruthy();
    expect(screen.getByRole("button", { name: /A02.*0 of 2 images reviewed/ })).toBeTruthy();
  });

  test("a well is left out with a reason", async () => {
    open("plate&well=A02");
    await userEvent.type(await screen.findByRole("textbox", { name: "Reason" }), "bubble");
    await userEvent.click(screen.getByRole("button", { name: "Leave out" }));
    await waitFor(() =>
      expect(kept()?.exclusions).toMatchObject([{ well: "A02", reason: "bubble", time_h: null }]),
    );
  });
});

test("objects of a well are followed, and the last word on one at an hour counts", async () => {
  const columns = ["time_h", "object", "image", "relative_size", "track", "is_corrected"];
  const tracks = {
    columns,
    rows: [
      [0, 1, "i3/0", 1, 1, false],
      [24, 1, "i4/0", 2, 2, true],
    ],
  };
  const said = { plate: "", well: "A02", time_h: 24, object: 1, track: 2 };
  const [first, ...others] = ANALYSIS.tables.plate?.rows ?? [];
  const several = others.map((row) => [...row]);
  const at = ANALYSIS.tables.plate?.columns.indexOf("n_objects") ?? 0;
  if (several[0]) several[0][at] = 2;
  open("plate&well=A02", {
    ...SERVICE,
    "GET /api/v1/projects/p1/layout": { ...LAYOUT, links: [said] },
    "GET /api/v1/projects/p1/analysis": {
      ...ANALYSIS,
      tables: { ...ANALYSIS.tables, plate: { ...ANALYSIS.tables.plate, rows: [first, ...several] } },
    },
    "GET /api/v1/projects/p1/analysis/wells/A02/tracks": {
      tracks,
      growth: { columns: [], rows: [] },
      notes: ["object 7 at 24 h is gone; its link is not used"],
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Follow each object" }));
  expect(await screen.findByText(/object 7 at 24 h is gone/)).toBeTruthy();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Track of object 1 at 24 h" }), "3");
  await waitFor(() => expect(kept()).toMatchObject({ links: [{ ...said, track: 3 }] }));
});

describe("growth", () => {
  test("a condition shows its wells, and a point opens its image", async () => {
    open("growth");
    await userEvent.click(await screen.findByRole("button", { name: /^alpha 10 µM, n = 1/ }));
    await userEvent.click(screen.getByRole("link", { name: /A03, 24 h/ }));
    expect(place.now).toBe("/projects/p1/images/i6?frame=0");
  });
});

describe("dose–response", () => {
  test("interval and open end are said; a point is left out and comes back", async () => {
    open("doses");
    expect((await screen.findByTestId("ic50-alpha")).textContent).toContain(
      "2.5 [1.5 – 4] µM · absolute IC50 > 160 µM",
    );
    await userEvent.click(screen.getByTestId("point-alpha-A02"));
    await waitFor(() => expect(kept()?.exclusions).toMatchObject([{ well: "A02" }]));
  });

  test("a number that cannot be computed says why in its place", async () => {
    open("doses");
    const headings = (await screen.findAllByRole("columnheader")).map((each) => each.textContent);
    const cells = screen.getAllByRole("cell").map((each) => each.textContent);
    expect(cells[headings.indexOf("NDR")]).toBe("no killing control");
    expect(cells[headings.indexOf("GR50")]).toBe("fewer than four doses");
    expect(cells[headings.indexOf("GRmax")]).toBe("0.2000");
  });

  test("a left out well is a hollow point that counts again by key", async () => {
    const exclusions = [{ plate: "", well: "A03", time_h: null, reason: "debris", excluded_by: "Ada" }];
    const fit = ANALYSIS.fits[0];
    const two = { ...fit, doses: [0, 1], responses: [6, 4], residuals: [0, 0], wells: ["A01", "A02"] };
    open("doses", {
      ...SERVICE,
      "GET /api/v1/projects/p1/layout": { ...LAYOUT, exclusions },
      "GET /api/v1/projects/p1/analysis": { ...ANALYSIS, fits: [two] },
    });
    const point = await screen.findByTestId("point-alpha-A03");
    expect(point.getAttribute("aria-pressed")).toBe("true");
    point.focus();
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(kept()?.exclusions).toEqual([]));
  });

  test("somebody who may only look changes nothing", async () => {
    open("doses", SERVICE, { ...PROJECT, role: "viewer" } as Project);
    await userEvent.click(await screen.findByTestId("point-alpha-A02"));
    expect(kept()).toBeUndefined();
  });
});

test("quality says what was left out, why, and that looking further changes nothing", async () => {
  open("quality");
  expect(await screen.findByText("bubble; a_big_one")).toBeTruthy(); // a person's words stay as they are
  expect(screen.getByRole("link", { name: "A04_x.tif" }).getAttribute("href")).toBe(
    "/projects/p1/images/i8?frame=2",
  );
  expect(screen.getByText("cut_off")).toBeTruthy(); // the file's name stands beside it
  expect(await screen.findByText(/cannot move an IC50 further/)).toBeTruthy();
  expect(await screen.findByText(/2.5 \[1.5 – 4\] → 2.5 \[1.5 – 4\] µM/)).toBeTruthy();
  expect(screen.getByRole("link", { name: "A02_24h.tif" }).getAttribute("href")).toBe(
    "/projects/p1/images/i4?frame=0",
  );
});

test("where nobody knows what looking again can change, nothing else is said", async () => {
  open("quality", {
    ...SERVICE,
    "GET /api/v1/projects/p1/analysis/review-order": { ...ORDER, can_change: null },
  });
  expect(await screen.findByText(/nobody knows how far/)).toBeTruthy();
  expect(screen.queryByText(/cannot move an IC50 further/)).toBeNull();
});

describe("layout", () => {
  test("wells are painted, a series is filled, steps are undone, and all is kept", async () => {
    open("layout");
    const person = userEvent.setup();
    await person.selectOptions(await screen.findByRole("combobox", { name: "Wells" }), "96");
    await person.click(screen.getByRole("columnheader", { name: "5" }));
    await person.type(screen.getByRole("textbox", { name: "Compound" }), "beta");
    await person.type(screen.getByRole("textbox", { name: "Dose" }), "90");
    await person.click(screen.getByRole("button", { name: "Paint" }));
    expect(screen.getByRole("gridcell", { name: /^A05 beta 90/ })).toBeTruthy();
    await person.click(screen.getByRole("button", { name: "Undo" }));
    expect(screen.queryByRole("gridcell", { name: /^A05 beta/ })).toBeNull();
    await person.click(screen.getByRole("gridcell", { name: /^B05/ }));
    await person.keyboard("{Shift>}{ArrowRight}{ArrowRight}{/Shift}");
    await person.click(screen.getByRole("button", { name: "Fill series" }));
    await person.click(screen.getByRole("button", { name: "Save layout" }));
    await waitFor(() => expect(kept()).toBeDefined());
    const doses = kept().wells.filter((each) => "compound" in each && each.compound === "beta");
    expect(doses.map((each) => "dose" in each && each.dose)).toEqual(["90", "30", "10"]);
  });
});

describe("a layout that is being made", () => {
  const paint = async (compound: string) => {
    const person = userEvent.setup();
    await person.click(await screen.findByRole("columnheader", { name: "3" }));
    await person.type(screen.getByRole("textbox", { name: "Compound" }), compound);
    await person.click(screen.getByRole("button", { name: "Paint" }));
  };

  test("a pasted plate is shown with what was understood, and can be undone", async () => {
    const pasted = { ...LAYOUT.wells[0], well: "A02", compound: "gamma", dose: "5", control: "" };
    const notes = ["gamma: doses in nM (A02) were converted to µM"];
    open("layout", {
      ...SERVICE,
      "POST /api/v1/projects/p1/layout/read": {
        wells: [pasted],
        exclusions: [],
        links: [],
        notes,
        version: 0,
      },
    });
    const field = await screen.findByRole("textbox", { name: "Paste a layout" });
    await userEvent.click(field);
    await userEvent.paste("well\tcompound\tdose\tdose_unit\nA2\tgamma\t5000\tnM");
    expect(await screen.findByText(/were converted to µM/)).toBeTruthy();
    expect(screen.getByRole("gridcell", { name: /^A02 gamma 5/ })).toBeTruthy();
    expect(asked.find((each) => each.path.endsWith("/layout/read"))?.body).toMatchObject({ format: ".csv" });
    await userEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(screen.queryByRole("gridcell", { name: /gamma/ })).toBeNull();
  });

  test.each([
    ["POST /api/v1/projects/p1/layout/read", "the layout names these wells more than once: A01"],
    ["PUT /api/v1/projects/p1/layout", "alpha: the dose has no unit in A05, elsewhere µM"],
  ])("what %s refuses is said as the service says it", async (request, detail) => {
    const refusal = () =>
      Response.json(
        { code: "invalid_layout", title: "Invalid layout", status: 422, detail },
        { status: 422 },
      );
    open("layout", { ...SERVICE, [request]: refusal });
    if (request.startsWith("POST")) {
      await userEvent.click(await screen.findByRole("textbox", { name: "Paste a layout" }));
      await userEvent.paste("well\nA1\nA1");
    } else {
      await paint("beta");
      await userEvent.click(screen.getByRole("button", { name: "Save layout" }));
    }
    expect(await screen.findByText(new RegExp(detail))).toBeTruthy();
  });

  test("steps that nobody saved outlive another tab and another person's layout", async () => {
    const { client } = open("layout");
    await paint("beta");
    await userEvent.click(screen.getByRole("tab", { name: "Plate" }));
    await userEvent.click(screen.getByRole("tab", { name: "Layout" }));
    expect(screen.getByRole("gridcell", { name: /^A03 beta/ })).toBeTruthy();
    // a well that is left out changes the version and no well
    client.setQueryData(["project", "p1", "layout"], { ...LAYOUT, version: 4 });
    expect(screen.getByRole("gridcell", { name: /^A03 beta/ })).toBeTruthy();
    const others = { ...LAYOUT, wells: LAYOUT.wells.slice(1), version: 5 };
    client.setQueryData(["project", "p1", "layout"], others);
    expect(await screen.findByText(/Somebody else saved another layout/)).toBeTruthy();
    expect(screen.getByRole("gridcell", { name: /^A03 beta/ })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Show the saved one" }));
    expect(screen.queryByRole("gridcell", { name: /beta/ })).toBeNull();
  });
});

test("where nothing is outlined yet the page says so, and the layout can be made meanwhile", async () => {
  const nothing = {
    "GET /api/v1/projects/p1/layout": LAYOUT,
    "GET /api/v1/projects/p1/summary": { by_segmentation_state: { none: 6 } },
  };
  open("layout", nothing);
  expect(await screen.findByRole("grid")).toBeTruthy();
  await userEvent.click(screen.getByRole("tab", { name: "Plate" }));
  expect(await screen.findByText(/nothing to conclude yet/)).toBeTruthy();
  expect(asked.filter((each) => each.path.includes("/analysis"))).toEqual([]);
});
