import Box from "@mui/material/Box";
import { type Measuring, measure } from "../geometry/measures";
import { formatFixed } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { useStore } from "../store/store";
import type { EditorController } from "./controller";

/** Measures of the chosen object as it looks right now; they follow each movement. */
export function LiveMeasures({
  controller,
  measuring,
}: {
  controller: EditorController;
  measuring: Measuring;
}) {
  const t = useText();
  const outline = useStore(controller.live);
  if (!outline || outline.length === 0) return null;
  const values = measure(outline, measuring);
  const unit = measuring.pixelSizeUm ? "µm" : "px";
  const decimals = measuring.pixelSizeUm ? 1 : 0; // as in the table
  const rows: [string, string][] = [
    [t("editor.by_area"), `${formatFixed(values.area, decimals)} ${unit}²`],
    [t("editor.by_equivalentDiameter"), `${formatFixed(values.equivalentDiameter, decimals + 1)} ${unit}`],
    [t("editor.by_perimeter"), `${formatFixed(values.perimeter, decimals + 1)} ${unit}`],
    [t("editor.by_circularity"), formatFixed(values.circularity, 3)],
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
