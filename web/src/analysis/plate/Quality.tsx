import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link as RouterLink } from "react-router";
import {
  type Analysis,
  type AnalysisView,
  type Exclusion,
  type Row,
  rowsOf,
  useReviewOrder,
} from "../../api/analysis";
import { spoken } from "../../api/sentences";
import { useText } from "../../i18n/useText";
import { interval } from "./interval";
import { PlainTable } from "./PlainTable";

const MOST_STEPS = 25;
/** reasons that a person or a file adds something to */
const WITH_DETAIL = new Set(["by_hand", "layout", "failed_image"]);

type Cell = NonNullable<Row[string]>;

interface Props {
  projectId: string;
  analysis: Analysis;
  view: AnalysisView;
  /** the same with everything counted that a person left out; undefined: nothing was left out, or it is on its way */
  withAll: Analysis | undefined;
  exclusions: readonly Exclusion[];
  onToggle: ((plate: string, well: string) => void) | undefined;
}

/** How good the assay is, what was left out and what that changed, and which outlines are worth a look. */
export function Quality({ projectId, analysis, view, withAll, exclusions, onToggle }: Props) {
  const t = useText();
  const doses = rowsOf(analysis, "dose_response");
  const before = withAll ? rowsOf(withAll, "dose_response") : [];
  const effects: Row[] = doses.flatMap((row) => {
    const all = before.find((each) =>
      ["plate", "cell_line", "compound"].every((name) => each[name] === row[name]),
    );
    if (!all) return [];
    return [
      {
        compound: row.compound ?? "",
        n: `${all.n_wells} → ${row.n_wells}`,
        n_controls: `${all.n_controls} → ${row.n_controls}`,
        ic50: `${interval(all, "ic50_relative")} → ${interval(row, "ic50_relative")} ${row.dose_unit}`,
      },
    ];
  });
  const order = useReviewOrder(projectId, view, MOST_STEPS).data;
  return (
    <Stack spacing={3}>
      {analysis.notes.map((note) => (
        <Alert key={note} severity="info">
          {spoken(note)}
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
          n_negative: t("plate.nUntreated"),
          n_positive: t("plate.nKilling"),
          z_reason: t("plate.remarks"),
          edge_ratio: t("plate.edge"),
          edge_low: "95 % ↓",
          edge_high: "95 % ↑",
        }}
      />
      {rowsOf(analysis, "left_out").length === 0 && (
        <Typography color="textSecondary">{t("plate.nothingLeftOut")}</Typography>
      )}
      <PlainTable
        caption={t("plate.leftOut")}
        rows={rowsOf(analysis, "left_out").map((row) => ({
          ...row,
          detail: WITH_DETAIL.has(String(row.reason)) ? spoken(detailOf(row)) : "",
        }))}
        draw={(row, column) => {
          const [imageId = "", frame = ""] = String(row.image).split("/");
          return column === "name" && row.name ? linkOf(projectId, row, imageId, frame) : undefined;
        }}
        columns={{
          plate: t("plate.plate"),
          well: t("plate.well"),
          time_h: "h",
          name: t("info.file"),
          reason: t("plate.reason"),
          detail: t("plate.remarks"),
        }}
      />
      {exclusions.length > 0 && (
        <Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: "wrap" }}>
          {exclusions.map((each) => (
            <Button
              key={`${each.plate}/${each.well}/${each.time_h}`}
              size="small"
              variant="outlined"
              disabled={!onToggle}
              onClick={() => onToggle?.(each.plate ?? "", each.well)}
            >
              {`${[each.plate, each.well].filter(Boolean).join(" ")}: ${t("plate.takeBack")}`}
            </Button>
          ))}
        </Stack>
      )}
      <PlainTable
        caption={t("plate.effect")}
        rows={effects}
        columns={{
          compound: t("plate.compound"),
          n: "n",
          n_controls: t("plate.nControls"),
          ic50: t("plate.relativeIc50"),
        }}
      />
      {order && order.n_steps > 0 && order.can_change === false && (
        <Alert severity="success">{t("plate.reviewEnough")}</Alert>
      )}
      {order && order.n_steps > 0 && order.can_change === null && (
        <Alert severity="info">{t("plate.reviewUnknown")}</Alert>
      )}
      <PlainTable
        caption={t("plate.reviewOrder")}
        rows={(order?.steps ?? []).map((step): Row => ({ ...step }))}
        draw={(row, column) =>
          column === "name" ? linkOf(projectId, row, row.image_id ?? "", row.frame ?? 0) : undefined
        }
        columns={{
          compound: t("plate.compound"),
          well: t("plate.well"),
          time_h: "h",
          name: t("info.file"),
          ic50_factor: t("plate.factorOf"),
        }}
      />
    </Stack>
  );
}

/** The name of an image's file, which opens it. */
function linkOf(projectId: string, row: Row, imageId: Cell, frame: Cell) {
  return (
    <Link component={RouterLink} to={`/projects/${projectId}/images/${imageId}?frame=${frame}`}>
      {String(row.name ?? "")}
    </Link>
  );
}

/** Why, without the name of the file, which stands beside it. */
function detailOf(row: Row): string {
  const detail = String(row.detail ?? "");
  return row.name && detail.startsWith(`${row.name}: `) ? detail.slice(String(row.name).length + 2) : detail;
}
