import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type Analysis, type Exclusion, type Row, rowsOf } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { short } from "./Chart";
import { DoseChart } from "./DoseChart";
import { GrowthChart } from "./GrowthChart";
import { PlainTable } from "./PlainTable";

interface Props {
  tab: "growth" | "doses" | "quality";
  analysis: Analysis;
  exclusions: readonly Exclusion[];
  onToggle: ((well: string) => void) | undefined;
  onSave: (table: string) => void;
}

/** Growth, dose–response and quality, as the service computed them. */
export function Conclusions({ tab, analysis, exclusions, onToggle, onSave }: Props) {
  const t = useText();
  const doses = rowsOf(analysis, "dose_response");
  if (tab === "growth") {
    const rows = rowsOf(analysis, "curves").filter((row) => row.measure === "relative_size" && row.condition);
    return (
      <Stack spacing={2}>
        {rows.length > 0 && (
          <GrowthChart
            title={t("plate.growth")}
            rows={rows}
            label={t("plate.relativeSize")}
            onData={() => onSave("curves")}
          />
        )}
        <PlainTable
          caption={t("plate.rates")}
          rows={rowsOf(analysis, "growth")}
          columns={{
            well: t("plate.well"),
            condition: t("plate.condition"),
            growth_rate_per_day: "1/d",
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
  if (tab === "doses") {
    return (
      <Stack spacing={2}>
        {doses.length === 0 && <Alert severity="info">{t("plate.noDoses")}</Alert>}
        <Stack direction="row" useFlexGap sx={{ gap: 3, flexWrap: "wrap" }}>
          {analysis.fits.map((fit, i) => (
            <Stack
              key={`${fit.plate}/${fit.cell_line}/${fit.compound}`}
              sx={{ flex: "1 1 420px", maxWidth: 640 }}
            >
              <DoseChart
                fit={fit}
                row={doses[i] ?? {}}
                responseName={analysis.response_name}
                onData={() => onSave("dose_response")}
                {...(onToggle ? { onToggle } : {})}
              />
              <Typography data-testid={`ic50-${fit.compound}`} aria-live="polite">
                {`${t("plate.relativeIc50")} ${interval(doses[i], "ic50_relative")} ${fit.dose_unit} · ${t("plate.absoluteIc50")} ${interval(doses[i], "ic50_absolute")} ${fit.dose_unit}`}
              </Typography>
              {doses[i]?.flags && (
                <Typography color="warning">
                  {String(doses[i]?.flags).replaceAll(";", ", ").replaceAll("_", " ")}
                </Typography>
              )}
            </Stack>
          ))}
        </Stack>
        <Typography color="textSecondary">{t("plate.doseHelp")}</Typography>
        <Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: "wrap" }}>
          {exclusions.map((each) => (
            <Button
              key={each.well}
              size="small"
              variant="outlined"
              disabled={!onToggle}
              onClick={() => onToggle?.(each.well)}
            >
              {`${each.well}: ${t("plate.takeBack")}`}
            </Button>
          ))}
        </Stack>
        <PlainTable
          caption={t("plate.doses")}
          rows={doses}
          columns={{
            compound: t("plate.compound"),
            cell_line: t("plate.cell_line"),
            model: t("plate.model"),
            hill: "Hill",
            auc: "AUC",
            emax: "Emax",
            gr50: "GR50",
            n_wells: "n",
            flags: t("plate.remarks"),
          }}
        />
      </Stack>
    );
  }
  return (
    <Stack spacing={2}>
      {analysis.notes.map((note) => (
        <Alert key={note} severity="info">
          {note}
        </Alert>
      ))}
      <PlainTable
        caption={t("plate.quality")}
        rows={rowsOf(analysis, "quality")}
        columns={{
          plate: t("plate.plate"),
          cell_line: t("plate.cell_line"),
          z_prime: "Z′",
          robust_z_prime: t("plate.robustZ"),
          z_reason: t("plate.remarks"),
          edge_ratio: t("plate.edge"),
          edge_low: "95 % ↓",
          edge_high: "95 % ↑",
        }}
      />
      <PlainTable
        caption={t("plate.leftOut")}
        rows={rowsOf(analysis, "left_out")}
        columns={{
          well: t("plate.well"),
          time_h: "h",
          reason: t("plate.reason"),
          detail: t("plate.remarks"),
        }}
      />
      <PlainTable
        caption={t("plate.reviewOrder")}
        rows={rowsOf(analysis, "review_order").slice(0, 15)}
        columns={{
          compound: t("plate.compound"),
          well: t("plate.well"),
          time_h: "h",
          ic50_factor: t("plate.factorOf"),
        }}
      />
    </Stack>
  );
}

function interval(row: Row | undefined, name: string): string {
  const [value, low, high, relation] = [
    row?.[name],
    row?.[`${name}_low`],
    row?.[`${name}_high`],
    row?.[`${name}_relation`],
  ];
  if (typeof value !== "number") return "NA";
  if (relation !== "=") return `${relation} ${short(value)}`;
  return `${short(value)} [${typeof low === "number" ? short(low) : "…"}, ${typeof high === "number" ? short(high) : "…"}]`;
}
