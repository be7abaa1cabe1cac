import { useEffect, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import { useText } from "../i18n/useText";
import { type Group, groupsOf } from "./statistics";
import type { ObjectRow, ProjectTable } from "./table";
import { nameIn, tableIn, UNITS, type Unit } from "./units";

export const CHARTS = ["histogram", "box", "scatter"] as const;
export type Chart = (typeof CHARTS)[number];
export const GROUPS = ["", "well", "plate", "class_name", "time_s", "image"] as const;
type GroupBy = (typeof GROUPS)[number];

const PREFERRED = [
  "equivalent_diameter_um",
  "equivalent_diameter_mm",
  "equivalent_diameter_px",
  "area_um2",
  "area_mm2",
  "area_px2",
];
const PREFERRED_AGAINST = ["circularity", "solidity", "confidence"];

/** What the results page shows; it stands in the address, so that a reload, a link and the report show the same. */
export interface View {
  chart: Chart;
  measure: string;
  against: string;
  group: GroupBy;
  /** Columns that hold numbers. */
  numeric: readonly string[];
  groups: readonly Group<ObjectRow>[];
  search: string;
  /** The same with what was changed since the page was last drawn: what is asked for when a button is pressed. */
  latest: () => string;
  change: (
    part: Partial<Record<"chart" | "measure" | "against" | "group" | "unit" | "filter", string>>,
  ) => void;
}

function unitIn(address: URLSearchParams): Unit {
  return UNITS.find((each) => each === address.get("unit")) ?? "um";
}

/** The table in the unit that the address names. */
export function useUnit(table: ProjectTable | undefined): { unit: Unit; shown: ProjectTable | undefined } {
  const unit = unitIn(useSearchParams()[0]);
  const shown = useMemo(() => table && tableIn(table, unit), [table, unit]);
  return { unit, shown };
}

export function useView(table: ProjectTable | undefined, rows: readonly ObjectRow[]): View {
  const t = useText();
  const [address, setAddress] = useSearchParams();
  // the page is drawn anew some time after a change; a second change, or a button, may come before
  const latest = useRef(address);
  useEffect(() => {
    latest.current = address;
  }, [address]);
  const numeric = useMemo(() => {
    return (table?.columns ?? []).filter(
      (name) => name !== "number" && table?.rows.some((row) => typeof row[name] === "number"),
    );
  }, [table]);
  const unit = unitIn(address);
  const pick = (asked: string | null, preferred: readonly string[]) => {
    const wanted = asked && nameIn(asked, unit); // the address may be of the time before another unit was chosen
    return wanted && numeric.includes(wanted)
      ? wanted
      : (preferred.find((each) => numeric.includes(each)) ?? numeric[0] ?? "");
  };
  const group = GROUPS.find((each) => each === address.get("group")) ?? "";
  const all = t("results.all");
  const groups = useMemo(() => groupsOf(rows, group, all), [rows, group, all]);
  return {
    chart: CHARTS.find((each) => each === address.get("chart")) ?? "histogram",
    measure: pick(address.get("measure"), PREFERRED),
    against: pick(address.get("against"), PREFERRED_AGAINST),
    group,
    numeric,
    groups,
    search: address.toString(),
    latest: () => latest.current.toString(),
    change: (part) => {
      latest.current = new URLSearchParams({ ...Object.fromEntries(latest.current), ...part });
      setAddress(latest.current, { replace: true });
    },
  };
}
