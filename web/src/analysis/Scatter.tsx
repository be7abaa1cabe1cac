import { ScatterChart } from "@mui/x-charts/ScatterChart";
import { useMemo } from "react";
import { formatNumber } from "../ui/numbers";
import { columnTitle } from "./columns";
import { type Group, MOST_POINTS } from "./statistics";
import type { ObjectRow } from "./table";

const MOST_COLOURS = 8;
// told apart by people who see no red or no green as well (after Okabe and Ito), dark enough on white, light enough on black
const COLOURS = ["#0b7285", "#d9730d", "#7048e8", "#2b8a3e", "#c2255c", "#5c7c0d", "#1971c2", "#868e96"];

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
        id: group.name,
        label: group.name,
        color: COLOURS[i % MOST_COLOURS],
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
