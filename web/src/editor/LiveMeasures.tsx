import Box from "@mui/material/Box";
import { measure } from "../geometry/measures";
import { useText } from "../i18n/useText";
import { useStore } from "../store/store";
import { formatNumber } from "../ui/format";
import type { Workbench } from "./workbench";

/** Measures of the chosen object as it looks right now; they follow the hand. */
export function LiveMeasures({ bench, pixelSizeUm }: { bench: Workbench; pixelSizeUm: number | null }) {
  const t = useText();
  const outline = useStore(bench.live);
  if (!outline || outline.length === 0) return null;
  const values = measure(outline, pixelSizeUm ?? 1);
  const unit = pixelSizeUm ? "µm" : "px";
  const rows: [string, string][] = [
    [t("editor.by_area"), `${formatNumber(values.area)} ${unit}²`],
    [t("editor.by_equivalentDiameter"), `${formatNumber(values.equivalentDiameter)} ${unit}`],
    [t("editor.by_perimeter"), `${formatNumber(values.perimeter)} ${unit}`],
    [t("editor.by_circularity"), formatNumber(values.circularity, 3)],
  ];
  return (
    <Box
      component="dl"
      data-testid="live-measures"
      aria-label={t("editor.liveMeasures")}
      sx={{
        position: "absolute",
        left: 12,
        bottom: 58,
        m: 0,
        px: 1,
        py: 0.5,
        display: "grid",
        gridTemplateColumns: "auto auto",
        columnGap: 1.5,
        fontSize: 12,
        color: "#ffffff",
        bgcolor: "rgba(0, 0, 0, 0.72)",
        borderRadius: 1,
        pointerEvents: "none",
        "& dd": { m: 0, textAlign: "right", fontVariantNumeric: "tabular-nums" },
      }}
    >
      {rows.map(([name, value]) => (
        <Box key={name} sx={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Box>
      ))}
    </Box>
  );
}
