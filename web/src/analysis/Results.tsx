import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { lazy, Suspense, useMemo, useState } from "react";
import { useNavigate, useOutletContext } from "react-router";
import { useText } from "../i18n/useText";
import type { ProjectContext } from "../projects/ProjectPage";
import { EmptyState } from "../ui/EmptyState";
import { formatNumber } from "../ui/format";
import { DownloadIcon, TableIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { columnTitle, explanationOf } from "./columns";
import { csvOf, download } from "./csv";
import { type ObjectRow, useProjectTable } from "./queries";
import { finite, summarise } from "./statistics";

const ResultsGrid = lazy(() => import("./ResultsGrid"));
const Distribution = lazy(() => import("./Distribution"));
const GROUPS = ["", "well", "plate", "class_name", "image"] as const;
const PREFERRED = ["equivalent_diameter_um", "equivalent_diameter_px", "area_um2", "area_px2"];

export default function Results() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const table = useProjectTable(project.id);
  const [measure, setMeasure] = useState("");
  const [group, setGroup] = useState<(typeof GROUPS)[number]>("");
  const [visible, setVisible] = useState<readonly ObjectRow[] | null>(null);
  const rows = visible ?? table.data?.rows ?? [];
  const numeric = useMemo(() => {
    const sample = table.data?.rows.slice(0, 200) ?? [];
    return (table.data?.columns ?? []).filter(
      (name) => name !== "number" && sample.some((row) => typeof row[name] === "number"),
    );
  }, [table.data]);
  const shown = numeric.includes(measure)
    ? measure
    : (PREFERRED.find((each) => numeric.includes(each)) ?? numeric[0] ?? "");
  const summary = useMemo(() => summarise(finite(rows.map((row) => row[shown]))), [rows, shown]);
  if (table.isPending) return <PageSkeleton />;
  if (table.isError) return <ProblemAlert error={table.error} onRetry={() => table.refetch()} />;
  if (table.data.rows.length === 0) {
    return (
      <EmptyState icon={<TableIcon />} title={t("results.none")}>
        {t("results.noneExplanation")}
      </EmptyState>
    );
  }
  return (
    <Stack spacing={2} sx={{ flex: 1, minHeight: 0 }}>
      {!table.data.isComplete && (
        <Alert severity="info">{t("results.tooMany", { count: table.data.rows.length })}</Alert>
      )}
      <Card sx={{ p: 2 }} component="section" aria-label={t("results.distribution")}>
        <Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: "wrap", alignItems: "center" }}>
          <TextField
            select
            label={t("results.measure")}
            value={shown}
            onChange={(event) => setMeasure(event.target.value)}
            sx={{ width: 280 }}
          >
            {numeric.map((name) => (
              <MenuItem key={name} value={name} title={explanationOf(name)}>
                {columnTitle(name)}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            select
            label={t("results.groupBy")}
            value={group}
            onChange={(event) => setGroup(event.target.value as typeof group)}
            sx={{ width: 170 }}
          >
            {GROUPS.map((name) => (
              <MenuItem key={name} value={name}>
                {t(name === "" ? "results.noGroups" : `results.group_${name}`)}
              </MenuItem>
            ))}
          </TextField>
          {summary && (
            <Typography variant="body2" role="status">
              {t("results.summary", {
                count: summary.n,
                mean: formatNumber(summary.mean),
                sd: formatNumber(summary.sd),
                median: formatNumber(summary.median),
                q1: formatNumber(summary.q1),
                q3: formatNumber(summary.q3),
              })}
            </Typography>
          )}
          <Button
            sx={{ ml: "auto" }}
            startIcon={<DownloadIcon />}
            onClick={() => download(`${project.name}.csv`, "text/csv", csvOf(table.data.columns, rows))}
          >
            {t("results.downloadCsv")}
          </Button>
        </Stack>
        <Typography variant="body2" color="text.secondary" sx={{ mt: 1, whiteSpace: "pre-line" }}>
          {explanationOf(shown)}
        </Typography>
        <Suspense fallback={<Box sx={{ height: 240 }} />}>
          <Distribution rows={rows} measure={shown} group={group} />
        </Suspense>
      </Card>
      <Suspense fallback={<PageSkeleton />}>
        <ResultsGrid
          table={table.data}
          onVisible={setVisible}
          onOpen={(row) =>
            navigate(`/projects/${project.id}/images/${row.image_id}?frame=${row.frame}&object=${row.number}`)
          }
        />
      </Suspense>
    </Stack>
  );
}
