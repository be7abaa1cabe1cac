import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useNavigate, useOutletContext } from "react-router";
import type { ProjectContext } from "../api/projects";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { DownloadIcon, TableIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ChartCard } from "./ChartCard";
import { csvOf, download } from "./csv";
import { useProjectTable, useStatistics } from "./queries";
import type { Shown } from "./ResultsGrid";
import { summariesFrom, summariesOf } from "./summaries";
import type { ObjectRow } from "./table";
import { nameIn } from "./units";
import { useUnit, useView } from "./view";
import { useDownload } from "./workbook";

const ResultsGrid = lazy(() => import("./ResultsGrid"));

export default function Results() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const table = useProjectTable(project.id);
  const [shown, setShown] = useState<Shown | null>(null);
  const { unit, shown: all } = useUnit(table.data);
  const rows = shown?.rows ?? all?.rows ?? [];
  const view = useView(all, rows);
  const isPart = table.data !== undefined && !table.data.isComplete;
  const server = useStatistics(project.id, view.measure, view.group, isPart);
  const { groups, measure } = view;
  const here = useMemo(() => summariesOf(groups, measure), [groups, measure]);
  const workbook = useDownload(project.id, project.name);
  if (table.isPending) return <PageSkeleton />;
  if (table.isError) return <ProblemAlert error={table.error} onRetry={() => table.refetch()} />;
  if (!all || table.data.rows.length === 0) {
    return (
      <EmptyState icon={<TableIcon />} title={t("results.none")}>
        {t("results.noneExplanation")}
      </EmptyState>
    );
  }
  const open = (row: ObjectRow) =>
    navigate(`/projects/${project.id}/images/${row.image_id}?frame=${row.frame}&object=${row.number}`);
  const columns = shown?.columns ?? all.columns;
  const stored = columns.map((name) => nameIn(name, "um"));
  return (
    <Stack spacing={2} sx={{ flex: 1, minHeight: 0 }}>
      {!table.data.isComplete && (
        <Alert severity="info">{t("results.tooMany", { count: table.data.rows.length })}</Alert>
      )}
      <ChartCard
        view={view}
        summaries={server.data ? summariesFrom(server.data, t("results.all")) : here}
        rows={rows}
        onOpen={open}
        unit={unit}
        onUnit={(next) => {
          setShown(null); // what the grid showed has other columns
          view.change({ unit: next });
        }}
        actions={
          <>
            <Button component={Link} to={`/projects/${project.id}/report?${view.search}`}>
              {t("results.report")}
            </Button>
            <Button
              startIcon={<DownloadIcon />}
              onClick={() => download(`${project.name}.csv`, "text/csv", csvOf(columns, rows))}
            >
              {t("results.downloadCsv")}
            </Button>
            <Button
              startIcon={<DownloadIcon />}
              loading={workbook.isPending}
              disabled={shown !== null && shown.wanted === null}
              title={shown !== null && shown.wanted === null ? t("results.notExpressible") : undefined}
              onClick={() => workbook.mutate({ format: "xlsx", columns: stored, unit, ...shown?.wanted })}
            >
              {t("results.downloadXlsx")}
            </Button>
          </>
        }
      />
      <Suspense fallback={<PageSkeleton />}>
        <ResultsGrid key={unit} table={all} onShown={setShown} onOpen={open} />
      </Suspense>
    </Stack>
  );
}
