import type { ObjectRow } from "../analysis/queries";

export const ORDERS = ["flagged", "confidence", "small", "large"] as const;
export type Order = (typeof ORDERS)[number];

function area(row: ObjectRow): number | null {
  for (const name of ["area_um2", "area_px2"]) if (typeof row[name] === "number") return row[name];
  return null;
}

/** The objects to look at, most doubtful first. */
export function queueOf(rows: readonly ObjectRow[], order: Order): ObjectRow[] {
  const sure = (row: ObjectRow) => (typeof row.confidence === "number" ? row.confidence : 2); // drawn by hand: last
  switch (order) {
    case "flagged":
      return rows.filter((row) => Boolean(row.flags)).sort((a, b) => sure(a) - sure(b));
    case "confidence":
      return [...rows].sort((a, b) => sure(a) - sure(b));
    case "small":
      return [...rows].sort((a, b) => (area(a) ?? Infinity) - (area(b) ?? Infinity));
    case "large":
      return [...rows].sort((a, b) => (area(b) ?? -Infinity) - (area(a) ?? -Infinity));
  }
}
