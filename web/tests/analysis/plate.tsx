import type { Analysis } from "../../src/api/analysis";

const table = (rows: Record<string, unknown>[]) => ({
  columns: Object.keys(rows[0] ?? {}),
  rows: rows.map((row) => Object.values(row)),
});

export const WELLS = [
  {
    plate: "",
    well: "A01",
    condition: "untreated",
    compound: "",
    dose: null,
    cell_line: "",
    control: "negative",
  },
  { plate: "", well: "A02", condition: "alpha 1 µM", compound: "alpha", dose: 1, cell_line: "", control: "" },
  {
    plate: "",
    well: "A03",
    condition: "alpha 10 µM",
    compound: "alpha",
    dose: 10,
    cell_line: "",
    control: "",
  },
].map((well, i) => ({
  ...well,
  n_objects: 1,
  response: [6, 4, 2][i],
  relative_to_control: [1, 0.67, 0.33][i],
  status: "used",
  n_images: 2,
  n_reviewed: i === 0 ? 2 : 0,
}));

const times = [0, 24];

/** A plate of three wells at two times, as the service answers it. */
export const ANALYSIS = {
  response_name: "volume at 24 h",
  response_unit: "µm³",
  time_h: 24,
  times_h: times,
  notes: [],
  tables: {
    plate: table(WELLS),
    growth: table(
      WELLS.map((well, i) => ({
        plate: "",
        well: well.well,
        condition: well.condition,
        growth_rate_per_day: 0.6 - 0.3 * i,
        doubling_time_h: 27.7,
      })),
    ),
    curves: table(
      WELLS.flatMap((well) =>
        times.map((time_h) => ({
          plate: "",
          condition: well.condition,
          time_h,
          measure: "relative_size",
          n_wells: 1,
          mean: 1 + time_h / 24,
          low: null,
          high: null,
        })),
      ),
    ),
    dose_response: table([
      {
        plate: "",
        cell_line: "",
        compound: "alpha",
        dose_unit: "µM",
        model: "4PL",
        n_wells: 3,
        n_controls: 1,
        ic50_relative: 2.5,
        ic50_relative_low: 1.5,
        ic50_relative_high: 4,
        ic50_relative_relation: "=",
        ic50_absolute: 160,
        ic50_absolute_low: null,
        ic50_absolute_high: null,
        ic50_absolute_relation: ">",
        gr50: null,
        gr_max: 0.2,
        gr_reason: "too_few_doses",
        ndr_at_largest_dose: null,
        ndr_reason: "no_positive_control",
        flags: "",
        review_can_change: false,
      },
    ]),
    quality: table([{ plate: "", cell_line: "", z_prime: 0.9, robust_z_prime: 0.88, z_reason: "" }]),
    left_out: table([
      {
        plate: "",
        well: "A04",
        time_h: null,
        reason: "by_hand",
        detail: "bubble; a_big_one",
        image: "i8/2",
        name: "A04_x.tif",
      },
      {
        plate: "",
        well: "",
        time_h: null,
        reason: "failed_image",
        detail: "lost.tif: cut_off",
        image: "i9/0",
        name: "lost.tif",
      },
    ]),
  },
  fits: [
    {
      plate: "",
      cell_line: "",
      compound: "alpha",
      dose_unit: "µM",
      doses: [0, 1, 10],
      responses: [6, 4, 2],
      residuals: [0.1, -0.1, 0],
      wells: ["A01", "A02", "A03"],
      curve_doses: [0.5, 5, 20],
      curve_responses: [5.5, 3, 1.8],
    },
  ],
  frames: WELLS.flatMap((well, i) =>
    times.map((time_h, k) => ({
      plate: "",
      well: well.well,
      time_h,
      image: `i${2 * i + k + 1}/0`,
      name: `${well.well}_t${time_h}h.tif`,
      review: well.well === "A01" ? "accepted" : "unreviewed",
      relative_size: 1 + time_h / 24,
    })),
  ),
  n_pending: 0,
} as unknown as Analysis;

export const ORDER = {
  can_change: false,
  compounds: [],
  n_steps: 1,
  steps: [
    {
      image_id: "i4",
      frame: 0,
      name: "A02_24h.tif",
      plate: "",
      well: "A02",
      time_h: 24,
      compound: "alpha",
      cell_line: "",
      ic50_factor: 1.2,
      reviewed: false,
      can_change: false,
    },
  ],
};
