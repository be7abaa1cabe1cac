import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type Analysis, type AnalysisView, type Exclusion, rowsOf } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { DoseChart } from "./DoseChart";
import { leftOutPoints } from "./exclusions";
import { interval } from "./interval";
import { PlainTable } from "./PlainTable";
import { inWords, responseTitle } from "./titles";

interface Props {
  analysis: Analysis;
  view: AnalysisView;
  exclusions: readonly Exclusion[];
  onToggle: ((plate: string, well: string) => void) | undefined;
  onSave: (table: string) => void;
}

/** Where it is said why a number could not be computed. */
const REASON_OF: Readonly<Record<string, string>> = { gr50: "gr_reason", ndr_at_largest_dose: "ndr_reason" };

/** A fit a compound: points that can be left out and counted again, intervals, residuals, and all numbers below. */
export function Doses({ analysis, view, exclusions, onToggle, onSave }: Props) {
  const t = useText();
  const doses = rowsOf(analysis, "dose_response");
  const wells = rowsOf(analysis, "plate");
  return (
    <Stack spacing={2}>
      {doses.length === 0 && <Alert severity="info">{t("plate.noDoses")}</Alert>}
      <Box
        sx={{
          display: "grid",
          gap: 3,
          gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 420px), 1fr))",
        }}
      >
        {analysis.fits.map((fit, i) => {
          const flags = doses[i]?.flags;
          return (
            <Stack key={`${fit.plate}/${fit.cell_line}/${fit.compound}`} sx={{ maxWidth: 640, minWidth: 0 }}>
              <DoseChart
                fit={fit}
                row={doses[i] ?? {}}
                responseName={responseTitle(analysis, view)}
                leftOut={leftOutPoints(fit, wells, exclusions)}
                onData={() => onSave("dose_response")}
                {...(onToggle ? { onToggle: (well: string) => onToggle(fit.plate, well) } : {})}
              />
              <Typography data-testid={`ic50-${fit.compound}`} aria-live="polite">
                <strong>{t("plate.relativeIc50")}</strong>
                {` ${interval(doses[i], "ic50_relative")} ${fit.dose_unit} · ${t("plate.absoluteIc50")} ${interval(doses[i], "ic50_absolute")} ${fit.dose_unit}`}
              </Typography>
              {typeof flags === "string" && flags !== "" && (
                <Typography sx={{ color: "warning.main" }}>{inWords(flags)}</Typography>
              )}
            </Stack>
          );
        })}
      </Box>
      {doses.length > 0 && <Typography color="textSecondary">{t("plate.doseHelp")}</Typography>}
      <PlainTable
        caption={t("plate.doses")}
        rows={doses}
        columns={{
          compound: t("plate.compound"),
          cell_line: t("plate.cell_line"),
          model: t("plate.model"),
          hill: "Hill",
          top: t("plate.top"),
          bottom: t("plate.bottom"),
          auc: "AUC",
          emax: "Emax",
          gr50: "GR50",
          gr_max: "GRmax",
          ndr_at_largest_dose: "NDR",
          n_wells: "n",
          n_controls: t("plate.nControls"),
          flags: t("plate.remarks"),
        }}
        draw={(row, column) => {
          const reason = REASON_OF[column];
          return reason && row[column] === null ? inWords(String(row[reason] ?? "")) : undefined;
        }}
      />
    </Stack>
  );
}
