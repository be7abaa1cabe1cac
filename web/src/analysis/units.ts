import type { Schemas } from "../api/client";
import type { ProjectTable } from "./table";

/** Units of length that a table can be shown in; the service keeps micrometres. */
export const UNITS = ["um", "mm"] as const;
export type Unit = (typeof UNITS)[number];

const UM_A_MM = 1000;
const LENGTH = /_(um|mm)([23]?)$/;

/** The name of a column in another unit: "area_um2" in millimetres is "area_mm2". */
export function nameIn(column: string, unit: Unit): string {
  return column.replace(LENGTH, `_${unit}$2`);
}

/** By what a stored value is multiplied to be in the unit of the column's name. */
export function factorOf(column: string): number {
  const [, unit, power] = LENGTH.exec(column) ?? [];
  return unit === "mm" ? UM_A_MM ** -(Number(power) || 1) : 1;
}

/** The whole table in a unit. */
export function tableIn(table: ProjectTable, unit: Unit): ProjectTable {
  if (unit === "um") return table;
  const changed = table.columns.filter((name) => LENGTH.test(name));
  const rows = table.rows.map((row) => {
    const copy = { ...row };
    for (const name of changed) {
      const value = row[name];
      const shown = nameIn(name, unit);
      delete copy[name];
      copy[shown] = typeof value === "number" ? value * factorOf(shown) : value;
    }
    return copy;
  });
  return { ...table, columns: table.columns.map((name) => nameIn(name, unit)), rows };
}

type Column = Schemas["ColumnStatistics"];

/** Statistics of a stored column as those of the same column in another unit. */
export function statisticsIn(answer: Schemas["Statistics"], factor: number): Schemas["Statistics"] {
  const scaled = (value: number | null) => value && value * factor;
  const column = (each: Column): Column => ({
    ...each,
    min: scaled(each.min),
    q1: scaled(each.q1),
    median: scaled(each.median),
    q3: scaled(each.q3),
    max: scaled(each.max),
    mean: scaled(each.mean),
    sd: scaled(each.sd),
    whisker_low: scaled(each.whisker_low),
    whisker_high: scaled(each.whisker_high),
    histogram: each.histogram && {
      ...each.histogram,
      low: each.histogram.low * factor,
      high: each.histogram.high * factor,
    },
  });
  return {
    ...answer,
    groups: answer.groups.map((group) => ({ ...group, columns: group.columns.map(column) })),
  };
}
