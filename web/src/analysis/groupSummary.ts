import type { Group } from "./statistics";
import { finite, summarise } from "./statistics";
import type { ObjectRow } from "./table";

/** Mean, SD and n of each measure by group, a row a group, under the names that an export's `wells.csv` has. */
export function groupSummary(
  groups: readonly Group<ObjectRow>[],
  measures: readonly string[],
): { columns: string[]; rows: Record<string, unknown>[] } {
  const columns = [
    "group",
    "n_objects",
    ...measures.flatMap((each) => [`${each}_mean`, `${each}_sd`, `${each}_n`]),
  ];
  const rows = groups.map((group) => {
    const row: Record<string, unknown> = { group: group.name, n_objects: group.rows.length };
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
