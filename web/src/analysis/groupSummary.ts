import type { Group } from "./statistics";
import { finite, NO_GROUP, summarise } from "./statistics";
import type { ObjectRow } from "./table";

/** Mean, SD and n of each measure by group, a row a group, under the names that an export's `wells.csv` has; a time in hours. */
export function groupSummary(
  groups: readonly Group<ObjectRow>[],
  measures: readonly string[],
  by = "",
): { columns: string[]; rows: Record<string, unknown>[] } {
  const isTime = by === "time_s";
  const columns = [
    isTime ? "time_h" : "group",
    "n_objects",
    ...measures.flatMap((each) => [`${each}_mean`, `${each}_sd`, `${each}_n`]),
  ];
  const rows = groups.map((group) => {
    const row: Record<string, unknown> = {
      [isTime ? "time_h" : "group"]:
        isTime && group.name !== NO_GROUP ? Number(group.name) / 3600 : group.name,
      n_objects: group.rows.length,
    };
    for (const name of measures) {
      const found = summarise(finite(group.rows.map((each) => each[name])));
      row[`${name}_mean`] = found?.mean ?? null;
      row[`${name}_sd`] = found && found.n > 1 ? found.sd : null;
      row[`${name}_n`] = found?.n ?? 0;
    }
    return row;
  });
  return { columns, rows };
}
