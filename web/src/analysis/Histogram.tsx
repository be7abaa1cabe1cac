import { BarChart } from "@mui/x-charts/BarChart";
import { formatFixed, formatNumber, inWhole } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { columnTitle } from "./columns";
import type { Histogram as Bins } from "./statistics";

const MOST_DECIMALS = 6;

export default function Histogram({ bins: found, measure }: { bins: Bins; measure: string }) {
  const t = useText();
  const { edges, counts } = found;
  const width = Math.abs((edges[1] ?? 1) - (edges[0] ?? 0)) || 1;
  const decimals = Math.max(0, -Math.floor(Math.log10(width) + 1e-9));
  // edges that are near each other have as many decimals as tell them apart
  const edge = (i: number) =>
    decimals > 0 && decimals <= MOST_DECIMALS ? formatFixed(edges[i], decimals) : formatNumber(edges[i]);
  return (
    <BarChart
      height={300}
      hideLegend
      skipAnimation
      xAxis={[
        {
          scaleType: "band",
          data: counts.map((_, i) => i), // texts that are alike would be one bin
          label: columnTitle(measure),
          valueFormatter: (bin: number, context) =>
            context.location === "tick" ? edge(bin) : `${edge(bin)} – ${edge(bin + 1)}`,
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
