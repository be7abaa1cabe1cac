import { formatFixed, formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { SimpleTable } from "../ui/SimpleTable";
import { columnTitle } from "./columns";
import { decimalsOf } from "./decimals";
import type { GroupSummary } from "./summaries";

const COLUMNS = ["group", "n", "missing", "mean", "sd", "median", "q1", "q3", "min", "max"] as const;

/** The numbers behind the charts, a line a group. */
export function StatisticsTable({ groups, measure }: { groups: readonly GroupSummary[]; measure: string }) {
  const t = useText();
  const decimals = decimalsOf(groups.flatMap(({ box }) => (box ? [box.mean, box.median] : [])));
  const write = (value: number) => (decimals === null ? formatNumber(value) : formatFixed(value, decimals));
  return (
    <SimpleTable
      caption={`${t("results.statistics")}: ${columnTitle(measure)}`}
      columns={COLUMNS.map((each) => t(`results.column_${each}`))}
      rows={groups.map(({ title, n, missing, box }) => {
        const shown = box && [box.mean, box.sd, box.median, box.q1, box.q3, box.min, box.max];
        const numbers = shown?.map(write) ?? Array.from({ length: 7 }, () => "–");
        return [title, formatNumber(n), formatNumber(missing), ...numbers];
      })}
    />
  );
}
