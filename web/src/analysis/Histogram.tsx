import { BarChart } from "@mui/x-charts/BarChart";
import { formatNumber, inWhole } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { columnTitle } from "./columns";
import type { Histogram as Bins } from "./statistics";

export default function Histogram({ bins: found, measure }: { bins: Bins; measure: string }) {
  const t = useText();
  const { edges, counts } = found;
  const bins = counts.map((_, i) => `${formatNumber(edges[i])} – ${formatNumber(edges[i + 1])}`);
  return (
    <BarChart
      height={300}
      hideLegend
      skipAnimation
      xAxis={[
        {
          scaleType: "band",
          data: bins,
          label: columnTitle(measure),
          valueFormatter: (value: string, context) =>
            context.location === "tick" ? (value.split(" – ")[0] ?? "") : value,
          categoryGapRatio: 0.05,
          // a tick is where its bin begins
          tickPlacement: "start",
          tickLabelPlacement: "tick",
        },
      ]}
      // objects are counted: there are no halves of them
      yAxis={[
        { label: t("results.objects"), tickMinStep: 1, valueFormatter: (value: number) => inWhole(value) },
      ]}
      series={[{ data: counts, color: "var(--mui-palette-primary-main)", label: t("results.objects") }]}
    />
  );
}
