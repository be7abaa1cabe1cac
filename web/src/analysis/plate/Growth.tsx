import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type Analysis, rowsOf } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { GrowthChart } from "./GrowthChart";
import { panelsOf } from "./growth";
import { PlainTable } from "./PlainTable";
import { conditionTitle } from "./titles";

interface Props {
  projectId: string;
  analysis: Analysis;
  onSave: (table: string) => void;
}

/** Curves of each compound beside its controls, and the growth rate of each well. */
export function Growth({ projectId, analysis, onSave }: Props) {
  const t = useText();
  const relative = rowsOf(analysis, "curves").filter((row) => row.measure === "relative_size");
  const panels = panelsOf(relative, rowsOf(analysis, "plate"), analysis.frames);
  const lines = panels.flatMap(({ curves }) => curves.flatMap(({ line }) => line));
  const most = Math.max(1, ...lines.map(({ mean }) => mean)) * 1.08;
  return (
    <Stack spacing={2}>
      {panels.length === 0 && <Alert severity="info">{t("plate.noCurves")}</Alert>}
      {panels.length > 0 && <Typography color="textSecondary">{t("plate.growthHelp")}</Typography>}
      <Box
        sx={{
          display: "grid",
          gap: 3,
          gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 420px), 1fr))",
        }}
      >
        {panels.map((panel) => (
          <GrowthChart
            key={panel.title}
            {...{ projectId, panel, most }}
            title={panel.title || t("plate.growth")}
            label={t("plate.relativeSize")}
            onData={() => onSave("curves")}
          />
        ))}
      </Box>
      <PlainTable
        caption={t("plate.rates")}
        rows={rowsOf(analysis, "growth").map((row) => ({
          ...row,
          condition: conditionTitle(String(row.condition ?? "")),
        }))}
        columns={{
          ...(rowsOf(analysis, "growth").some((row) => row.plate) ? { plate: t("plate.plate") } : {}),
          well: t("plate.well"),
          condition: t("plate.condition"),
          growth_rate_per_day: t("plate.ratePerDay"),
          growth_rate_per_day_low: "95 % ↓",
          growth_rate_per_day_high: "95 % ↑",
          r_squared: "R²",
          doubling_time_h: t("plate.doubling"),
          model: t("plate.model"),
          reasons: t("plate.remarks"),
        }}
      />
    </Stack>
  );
}
