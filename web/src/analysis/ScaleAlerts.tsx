import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { Link } from "react-router";
import { type Project, useSummary } from "../api/projects";
import { useText } from "../i18n/useText";
import type { ObjectRow } from "./table";

/** How many objects of a table are measured in pixels although others are in µm; 0 where all are alike. */
function countOtherUnit(rows: readonly ObjectRow[]): number {
  const isSized = (row: ObjectRow) => typeof row.area_um2 === "number";
  const isInPixels = (row: ObjectRow) => !isSized(row) && typeof row.area_px2 === "number";
  const nInPixels = rows.filter(isInPixels).length;
  return rows.some(isSized) ? nInPixels : 0;
}

/** Says what a table's numbers cannot say themselves: that units are mixed, or that a change is not in them yet. */
export function ScaleAlerts({ project, rows }: { project: Project; rows: readonly ObjectRow[] }) {
  const t = useText();
  const { data } = useSummary(project.id);
  const nInPixels = countOtherUnit(rows);
  return (
    <>
      {project.exclusion && (
        <Alert
          severity="info"
          action={
            <Button component={Link} to={`/projects/${project.id}/settings`} size="small" color="inherit">
              {t("exclusion.rules")}
            </Button>
          }
        >
          {t("exclusion.inTable")}
        </Alert>
      )}
      {nInPixels > 0 && <Alert severity="warning">{t("results.mixedUnits", { count: nInPixels })}</Alert>}
      {data !== undefined && data.n_measuring > 0 && (
        <Alert severity="info">{t("results.measuringAgain", { count: data.n_measuring })}</Alert>
      )}
    </>
  );
}
