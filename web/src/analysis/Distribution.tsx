import Box from "@mui/material/Box";
import { BarChart } from "@mui/x-charts/BarChart";
import { ScatterChart } from "@mui/x-charts/ScatterChart";
import { useMemo } from "react";
import { useText } from "../i18n/useText";
import { formatNumber } from "../ui/format";
import { columnTitle } from "./columns";
import type { ObjectRow } from "./queries";
import { finite, histogram } from "./statistics";

const COLOUR = "var(--mui-palette-primary-main)";
const MOST_GROUPS = 60;
const MOST_POINTS = 4000;

/** How a measure is spread: a histogram, or its values in each group. */
export default function Distribution({
  rows,
  measure,
  group,
}: {
  rows: readonly ObjectRow[];
  measure: string;
  group: string;
}) {
  return (
    <Box sx={{ width: "100%", height: 240, mt: 1 }}>
      {group === "" ? (
        <Bars rows={rows} measure={measure} />
      ) : (
        <Groups rows={rows} measure={measure} group={group} />
      )}
    </Box>
  );
}

function Bars({ rows, measure }: { rows: readonly ObjectRow[]; measure: string }) {
  const t = useText();
  const { edges, counts } = useMemo(
    () => histogram(finite(rows.map((row) => row[measure]))),
    [rows, measure],
  );
  const bins = counts.map((_, i) => `${formatNumber(edges[i])} – ${formatNumber(edges[i + 1])}`);
  return (
    <BarChart
      height={240}
      hideLegend
      xAxis={[
        {
          scaleType: "band",
          data: bins,
          label: columnTitle(measure),
          valueFormatter: (value: string, context) =>
            context.location === "tick" ? (value.split(" – ")[0] ?? "") : value,
          categoryGapRatio: 0.05,
        },
      ]}
      yAxis={[{ label: t("results.objects") }]}
      series={[{ data: counts, color: COLOUR, label: t("results.objects") }]}
    />
  );
}

function Groups({ rows, measure, group }: { rows: readonly ObjectRow[]; measure: string; group: string }) {
  const t = useText();
  const { names, points } = useMemo(() => {
    const found = [...new Set(rows.map((row) => String(row[group] || "–")))]
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
      .slice(0, MOST_GROUPS);
    const place = new Map(found.map((name, i) => [name, i]));
    const step = Math.max(1, Math.ceil(rows.length / MOST_POINTS));
    const seen = new Map<number, number>();
    const made = rows.flatMap((row, i) => {
      const x = place.get(String(row[group] || "–"));
      const y = row[measure];
      if (i % step !== 0 || x === undefined || typeof y !== "number") return [];
      // side by side instead of on top of each other, in the same way each time
      const n = (seen.get(x) ?? 0) + 1;
      seen.set(x, n);
      return [{ x: x + (((n * 0.618034) % 1) - 0.5) * 0.5, y, id: row.id }];
    });
    return { names: found, points: made };
  }, [rows, measure, group]);
  return (
    <ScatterChart
      height={240}
      hideLegend
      xAxis={[
        {
          min: -0.5,
          max: names.length - 0.5,
          tickInterval: names.map((_, i) => i),
          valueFormatter: (value: number) => names[Math.round(value)] ?? "",
        },
      ]}
      yAxis={[{ label: columnTitle(measure), valueFormatter: (value: number) => formatNumber(value, 3) }]}
      series={[
        {
          data: points,
          color: COLOUR,
          markerSize: 3,
          label: t("results.objects"),
          valueFormatter: (point) =>
            point ? `${names[Math.round(point.x)] ?? ""}: ${formatNumber(point.y)}` : "",
        },
      ]}
    />
  );
}
