import type { FilmFrame, Row } from "../../api/analysis";

/** A condition over time, with the wells it is made of. */
export interface Curve {
  name: string;
  /** null: a control, or a well without a compound */
  dose: number | null;
  line: { time: number; mean: number; low: number | null; high: number | null; n: number }[];
  points: { well: string; time: number; value: number; image: string }[];
}

export interface Panel {
  title: string;
  curves: Curve[];
}

const number = (value: Row[string] | undefined) => (typeof value === "number" ? value : null);
const at = (plate: unknown, well: unknown, time: unknown) =>
  `${plate ?? ""}/${well}/${Number(time).toFixed(3)}`;

/** A panel a compound, with the controls in each; doses in order. Points are wells at times, with the image they come from. */
export function panelsOf(
  curves: readonly Row[],
  wells: readonly Row[],
  frames: readonly FilmFrame[],
): Panel[] {
  const conditionOf = new Map(
    wells.map((row) => [`${row.plate ?? ""}/${row.well}`, String(row.condition ?? "")]),
  );
  const about = new Map(wells.map((row) => [String(row.condition ?? ""), row]));
  const found = new Map<string, Curve>();
  for (const row of curves) {
    const name = String(row.condition ?? "");
    const [time, mean] = [number(row.time_h), number(row.mean)];
    if (!name || time === null || mean === null) continue;
    const curve = found.get(name) ?? { name, dose: doseOf(about.get(name)), line: [], points: [] };
    curve.line.push({
      time,
      mean,
      low: number(row.low),
      high: number(row.high),
      n: number(row.n_wells) ?? 0,
    });
    found.set(name, curve);
  }
  // several images of a well at one time are one point
  const points = new Map(frames.map((each) => [at(each.plate, each.well, each.time_h), each]));
  for (const { plate, well, time_h: time, relative_size: value, image } of points.values()) {
    const curve = found.get(conditionOf.get(`${plate}/${well}`) ?? "");
    if (curve && value !== null) curve.points.push({ well, time, value, image });
  }
  for (const curve of found.values()) curve.line.sort((a, b) => a.time - b.time);
  const all = [...found.values()];
  const compounds = new Map<string, Curve[]>();
  for (const curve of all) {
    const compound = curve.dose === null ? "" : String(about.get(curve.name)?.compound ?? "");
    compounds.set(compound, [...(compounds.get(compound) ?? []), curve]);
  }
  const controls = compounds.get("") ?? [];
  compounds.delete("");
  if (compounds.size === 0) return controls.length > 0 ? [{ title: "", curves: controls }] : [];
  return [...compounds]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([title, ofIt]) => ({
      title,
      curves: [...controls, ...ofIt.sort((a, b) => (a.dose ?? 0) - (b.dose ?? 0))],
    }));
}

function doseOf(row: Row | undefined): number | null {
  const dose = number(row?.dose);
  return row?.compound && dose !== null && dose > 0 ? dose : null;
}
