import { ScatterChart } from "@mui/x-charts/ScatterChart";
import { useMemo } from "react";
import { formatNumber } from "../i18n/numbers";
import { columnTitle } from "./columns";
import { GROUP_COLOURS } from "./groupColours";
import { type Group, MOST_POINTS } from "./statistics";
import type { ObjectRow } from "./table";

interface Props {
  groups: readonly Group<ObjectRow>[];
  x: string;
  y: string;
  onOpen: (row: ObjectRow) => void;
}

/** Two measures against each other; a point opens its object. */
export default function Scatter({ groups, x, y, onOpen }: Props) {
  const series = useMemo(() => {
    const total = groups.reduce((sum, group) => sum + group.rows.length, 0);
    const step = Math.max(1, Math.ceil(total / MOST_POINTS));
    return groups.map((group, i) => {
      const rows = group.rows.filter(
        (row, k) => k % step === 0 && typeof row[x] === "number" && typeof row[y] === "number",
      );
      return {
        rows,
        id: group.key,
        label: group.title,
        color: GROUP_COLOURS[i % GROUP_COLOURS.length],
        markerSize: 3.5,
        data: rows.map((row) => ({ x: row[x] as number, y: row[y] as number, id: row.id })),
        valueFormatter: (point: { x: number; y: number } | null) =>
          point ? `${formatNumber(point.x)} · ${formatNumber(point.y)}` : "",
      };
    });
  }, [groups, x, y]);
  return (
    <ScatterChart
      height={340}
      hideLegend={groups.length < 2 || groups.length > 12}
      skipAnimation
      xAxis={[{ label: columnTitle(x), valueFormatter: (value: number) => formatNumber(value, 3) }]}
      yAxis={[{ label: columnTitle(y), valueFormatter: (value: number) => formatNumber(value, 3) }]}
      series={series.map(({ rows: _rows, ...each }) => each)}
      onItemClick={(_event: unknown, item: { seriesId: string | number; dataIndex: number }) => {
        const row = series.find((each) => each.id === item.seriesId)?.rows[item.dataIndex];
        if (row) onOpen(row);
      }}
    />
  );
}
