import { useText } from "../i18n/useText";
import { formatNumber } from "../ui/format";
import { SimpleTable } from "../ui/SimpleTable";
import { columnTitle } from "./columns";
import type { ObjectRow } from "./queries";
import { boxOf, finite, type Group } from "./statistics";

const COLUMNS = ["group", "n", "missing", "mean", "sd", "median", "q1", "q3", "min", "max"] as const;

/** The numbers behind the charts, a line a group. */
export function StatisticsTable({
  groups,
  measure,
}: {
  groups: readonly Group<ObjectRow>[];
  measure: string;
}) {
  const t = useText();
  return (
    <SimpleTable
      caption={`${t("results.statistics")}: ${columnTitle(measure)}`}
      columns={COLUMNS.map((each) => t(`results.column_${each}`))}
      rows={groups.map((group) => {
        const values = finite(group.rows.map((row) => row[measure]));
        const box = boxOf(values);
        const missing = group.rows.length - values.length;
        if (!box) return [group.name, 0, missing, ...Array.from({ length: 7 }, () => "–")];
        const shown = [box.mean, box.sd, box.median, box.q1, box.q3, box.min, box.max];
        return [group.name, box.n, missing, ...shown.map((value) => formatNumber(value))];
      })}
    />
  );
}
