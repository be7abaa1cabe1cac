import type { DoseCurve, Exclusion, Row } from "../../api/analysis";
import type { LeftOutPoint } from "./DoseChart";

/** Whether somebody left the whole well out; an exclusion without a plate holds for the well on every plate. */
export const isOf = (each: Exclusion, plate: string, well: string) =>
  each.well === well && (!each.plate || each.plate === plate) && each.time_h === null;

/** The exclusions with a well left out for a reason, or counted again. */
export function toggled(
  exclusions: readonly Exclusion[],
  plate: string,
  well: string,
  reason: string,
): Exclusion[] {
  const rest = exclusions.filter((each) => !isOf(each, plate, well));
  return rest.length < exclusions.length
    ? rest
    : [...rest, { plate, well, time_h: null, reason, excluded_by: "" }];
}

/** The wells of a compound, and its controls, that were left out: hollow points that can be counted again. */
export function leftOutPoints(
  fit: DoseCurve,
  wells: readonly Row[],
  exclusions: readonly Exclusion[],
): LeftOutPoint[] {
  return wells.flatMap((row) => {
    const [plate, well] = [String(row.plate ?? ""), String(row.well)];
    const isIts = row.compound === fit.compound || (!row.compound && row.control === "negative");
    const isHere = isIts && plate === fit.plate && String(row.cell_line ?? "") === fit.cell_line;
    if (!isHere || !exclusions.some((each) => isOf(each, plate, well)) || fit.wells.includes(well)) return [];
    const response = typeof row.response === "number" ? row.response : null;
    return [{ well, dose: typeof row.dose === "number" ? row.dose : 0, response }];
  });
}
