import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate, useOutletContext } from "react-router";
import { useText } from "../i18n/useText";
import type { ProjectContext } from "../projects/ProjectPage";
import { EmptyState } from "../ui/EmptyState";
import { DownloadIcon, TableIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ChartCard } from "./ChartCard";
import { csvOf, download } from "./csv";
import { type ObjectRow, useProjectTable } from "./queries";
import { useView } from "./view";

const ResultsGrid = lazy(() => import("./ResultsGrid"));

/** What the grid shows: rows that its filters let through in its order, and its columns. */
export interface Shown {
  rows: readonly ObjectRow[];
  columns: readonly string[];
}

export default function Results() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const table = useProjectTable(project.id);
  const [shown, setShown] = useState<Shown | null>(null);
  const rows = shown?.rows ?? table.data?.rows ?? [];
  const view = useView(table.data, rows);
  if (table.isPending) return <PageSkeleton />;
  if (table.isError) return <ProblemAlert error={table.error} onRetry={() => table.refetch()} />;
  if (table.data.rows.length === 0) {
    return (
      <EmptyState icon={<TableIcon />} title={t("results.none")}>
        {t("results.noneExplanation")}
      </EmptyState>
    );
  }
  const open = (row: ObjectRow) =>
    navigate(`/projects/${project.id}/images/${row.image_id}?frame=${row.frame}&object=${row.number}`);
  const columns = shown?.columns ?? table.data.columns;
  return (
    <Stack spacing={2} sx={{ flex: 1, minHeight: 0 }}>
      {!table.data.isComplete && (
        <Alert severity="info">{t("results.tooMany", { count: table.data.rows.length })}</Alert>
      )}
      <ChartCard
        view={view}
        rows={rows}
        onOpen={open}
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
          </>
        }
      />
      <Suspense fallback={<PageSkeleton />}>
        <ResultsGrid table={table.data} onShown={setShown} onOpen={open} />
      </Suspense>
    </Stack>
  );
}
